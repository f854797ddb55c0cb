/** `--keep` where a call wants a server otherwise than the one that is kept, or loses it. */
import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { resolveBinary } from "../../src/binary/locate.ts";
import { host } from "../../src/runtime/host.ts";
import { until } from "../agent.ts";
import { test, UNIX } from "../harness.ts";
import { world } from "./command.ts";

const answer = (request: { messages: readonly { role: string }[] }) =>
  `user messages: ${request.messages.filter(({ role }) => role === "user").length}`;

/** Runs the prompt in the server's shell, and answers with what that says. */
const shell = (request: {
  prompt: string;
  messages: readonly { role: string }[];
  toolResults: readonly { content: string }[];
}) => {
  if (request.messages.at(-1)!.role !== "tool") {
    return { toolCalls: [{ name: "bash", input: { command: request.prompt, description: "x" } }] };
  }
  return `said: ${request.toolResults.at(-1)!.content.trim()}`;
};

test("two --keep calls at once each get the environment that they were given", async () => {
  await using here = await world(shell);
  const keys = ["first-key", "second-key"];
  const runs = await Promise.all(
    keys.map((key) => here.run(["--keep", "echo $SOME_API_KEY"], { env: { SOME_API_KEY: key } })),
  );
  assertEquals(
    runs.map(({ code, out }) => [code, out]),
    keys.map((key) => [0, `said: ${key}\n`]),
    JSON.stringify(runs),
  );
  // the one that came second says why it started a server; there is one in the end
  assertEquals(runs.filter(({ err }) => err.includes("was started: SOME_API_KEY")).length, 1);
  assertEquals(runs.some(({ err }) => err.includes("-key")), false, "no value is shown");
  assertEquals((await here.servers()).length, 1);
}, { os: UNIX });

test("two --keep calls at once each get the permissions that they were given", async () => {
  await using here = await world(shell);
  const [denied, allowed] = await Promise.all([
    here.run(["--keep", "--permission", "deny", "touch denied.txt"]),
    here.run(["--keep", "--permission", "allow", "touch allowed.txt; echo made"]),
  ]);
  assertEquals([denied.code, allowed.code], [0, 0], denied.err + allowed.err);
  assertStringIncludes(allowed.out, "said: made");
  const { files } = host();
  assertEquals(await files.exists(join(here.directory, "denied.txt")), false);
  assertEquals(await files.exists(join(here.directory, "allowed.txt")), true);
  assertEquals((await here.servers()).length, 1);
}, { os: UNIX });

test(
  "--keep goes on with the session on a new server where the opencode program was replaced",
  async () => {
    await using here = await world(answer);
    const program = join(here.home, "opencode");
    const { path } = await resolveBinary();
    const put = async (command: string) => {
      const child = await host().spawn("sh", { args: ["-c", command, "sh", path, program] });
      assertEquals((await child.status).code, 0);
      await child.stdout!.cancel();
      await child.stderr!.cancel();
    };
    const env = { OPENCODE_BIN: program };
    await put('cp "$1" "$2"');
    assertEquals((await here.run(["--keep", "one"], { env })).out, "user messages: 1\n");
    const before = await here.servers();
    await put('cp "$1" "$2.new" && mv "$2.new" "$2"');
    const upgraded = await here.run(["--keep", "two"], { env });
    assertEquals([upgraded.code, upgraded.out], [0, "user messages: 2\n"], upgraded.err);
    assertStringIncludes(upgraded.err, "the opencode program");
    const after = await here.servers();
    assertEquals([after.length, before.length], [1, 1]);
    assertNotEquals(after, before);
    const third = await here.run(["--keep", "three"], { env });
    assertEquals([third.out, third.err], ["user messages: 3\n", ""]);
    assertEquals(await here.servers(), after, "nothing has changed since");
  },
  { os: UNIX },
);

test("--keep with another port moves the server there, and keeps the session", async () => {
  await using here = await world(answer);
  assertEquals((await here.run(["--keep", "one"])).out, "user messages: 1\n");
  const free = await host().serve(() => new Response());
  const port = String(free.port);
  await free.close();
  const moved = await here.run(["--keep", "--port", port, "--verbose", "two"]);
  assertEquals([moved.code, moved.out], [0, "user messages: 2\n"], moved.err);
  assertStringIncludes(moved.err, "--port");
  const servers = await here.servers();
  assertEquals(servers.length, 1);
  assertEquals((await here.run(["--keep", "--port", port, "three"])).out, "user messages: 3\n");
  assertEquals(await here.servers(), servers);
}, { os: UNIX });

test("--keep keeps the session where the server that a call wants can't be started", async () => {
  await using here = await world(answer);
  assertEquals((await here.run(["--keep", "one"])).out, "user messages: 1\n");
  const broken = await here.run(["--keep", "x"], {
    env: { OPENCODE_CONFIG_CONTENT: '{"model": 5}' },
  });
  assertEquals([broken.code, broken.out], [3, ""], broken.err);
  assertStringIncludes(broken.err, "OPENCODE_CONFIG_CONTENT");
  assertEquals((await here.run(["--keep", "two"])).out, "user messages: 2\n");
}, { os: UNIX });

test("--stop ends a call that runs on the kept server, with an error that says why", async () => {
  const never = new Promise(() => {});
  await using here = await world([{ parts: [{ text: "half " }, { until: never }] }]);
  const slow = await here.start(["--keep", "slow"]);
  await until(() => slow.written().out.includes("half"), "the answer begins", 60_000);
  const stopped = await here.run(["--stop"]);
  assertEquals([stopped.code, stopped.out], [0, `${here.directory}\n`], stopped.err);
  const { code, out, err } = await slow.done;
  assertEquals([code, out], [3, "half "], err);
  assertStringIncludes(err, "Another call stopped the kept server");
  assertEquals(err.trim().split("\n").length, 1, err);
  assertEquals(await here.servers(), []);
  const { files } = host();
  const left = await files.readDir(join(here.home, "state", "opencode-ts"));
  assertEquals(left.map(({ name }) => name), [], "no state, log or lock is left");
}, { os: UNIX });
