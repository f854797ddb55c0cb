import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer } from "../../src/server/server.ts";
import { test } from "../harness.ts";
import { world } from "./command.ts";

test("the command line streams the answer to standard output, and nothing else", async () => {
  await using here = await world(["The answer."]);
  const { code, out, err } = await here.run(["what", "is", "it"]);
  assertEquals([code, out], [0, "The answer.\n"], err);
  assertEquals(here.model.requests[0]!.prompt, "what is it");
  assertEquals(await here.servers(), []);
});

test("the command line runs its demo without a key, and says that it is one", async () => {
  await using here = await world([]);
  const { code, out, err } = await here.run(["--demo", "Say hello"]);
  assertEquals(code, 0, err);
  assertStringIncludes(out, "not a language model");
  assertStringIncludes(out, "> Say hello");
  assertStringIncludes(err, "demo");
  assertEquals(await here.servers(), []);
});

test("the command line takes its prompt from standard input, byte for byte", async () => {
  await using here = await world(["one", "two", "three"]);
  const input = 'from a "pipe" \\n 🚀\nwith lines\n';
  assertEquals((await here.run([], { input })).code, 0);
  assertEquals(here.model.requests.at(-1)!.prompt, input);
  assertEquals((await here.run(["explain", "-"], { input })).code, 0);
  assertEquals(here.model.requests.at(-1)!.prompt, `explain\n\n${input}`);
  // Bun takes a leading -- for itself
  assertEquals((await here.run(["--quiet", "--", "--help", "-m"])).code, 0);
  assertEquals(here.model.requests.at(-1)!.prompt, "--help -m");
});

test("the command line does not wait for standard input where a prompt was given", async () => {
  await using here = await world(["done"]);
  const { code, out } = await here.run(["go"], { input: "open" });
  assertEquals([code, out], [0, "done\n"]);
});

test("the command line exits with 2 on wrong words, in one line, and starts nothing", async () => {
  await using here = await world([]);
  const cases: [string[], string][] = [
    [["--nope", "x"], "Unknown flag --nope"],
    [[""], "There is no prompt"],
    [[], "There is no prompt"],
    [["  "], "There is no prompt"],
    [["-m", "noslash", "x"], '"provider/model"'],
    [["-d", "/does/not/exist", "x"], "no such directory"],
    [["-d", "opencode.json", "x"], "not a directory"],
  ];
  for (const [argv, message] of cases) {
    const { code, out, err } = await here.run(argv);
    assertEquals([code, out], [2, ""], `${argv} ${err}`);
    assertStringIncludes(err, message);
    assertEquals(err.trim().split("\n").length, 1, err);
  }
  assertEquals(here.model.requests.length, 0);
});

test("the command line prints help and version to standard output", async () => {
  await using here = await world([]);
  const help = await here.run(["--help"]);
  assertEquals([help.code, help.err], [0, ""]);
  assertStringIncludes(help.out, "--keep");
  const version = await here.run(["--version"]);
  assertEquals(version.code, 0);
  assert(/^opencode-ts \d+\.\d+\.\d+\n$/.test(version.out), version.out);
});

test("the command line exits with 1 where the model fails, with the server's words", async () => {
  await using here = await world([{ status: 401, body: { error: { message: "bad key" } } }]);
  const failed = await here.run(["x"]);
  assertEquals([failed.code, failed.out], [1, ""]);
  assertStringIncludes(failed.err, "bad key");
  const model = await here.run(["-m", "scripted/none", "x"]);
  assertEquals(model.code, 2);
  assertStringIncludes(model.err, "Unknown model");
  const agent = await here.run(["--agent", "nobody", "x"]);
  assertEquals(agent.code, 2);
  assertStringIncludes(agent.err, "Unknown agent");
  assertEquals(await here.servers(), []);
});

test("the command line exits with 1 where the program or its configuration can't be used", async () => {
  await using here = await world([]);
  const { files } = host();
  const fake = join(here.directory, "fake");
  await files.writeText(fake, "#!/bin/sh\necho hello\n", { mode: 0o755 });
  const cases: [string[], Record<string, string>, string][] = [
    [["x"], { OPENCODE_BIN: "/no/such/program" }, "/no/such/program"],
    [["x"], { OPENCODE_BIN: fake }, fake],
    [["x"], { OPENCODE_CONFIG_CONTENT: '{"model": 5}' }, "model"],
    [["x"], { OPENCODE_CONFIG_CONTENT: "{nonsense" }, "onfig"],
  ];
  for (const [argv, env, message] of cases) {
    const { code, out, err } = await here.run(argv, { env });
    assertEquals([code, out], [1, ""], err);
    assertStringIncludes(err, message);
    assertEquals(err.trim().split("\n").length, 1, err);
  }
  assertEquals(await here.servers(), []);
});

test("the command line says that a port is in use", async () => {
  await using here = await world([]);
  const busy = await host().serve(() => new Response("mine"));
  try {
    const { code, err } = await here.run(["--port", String(busy.port), "x"]);
    assertEquals(code, 1);
    assertStringIncludes(err, String(busy.port));
    assertStringIncludes(err, "in use");
    assertEquals(await here.servers(), []);
  } finally {
    await busy.close();
  }
});

test("the command line exits with 1 where a permission was refused for want of anybody to ask", async () => {
  const call = {
    toolCalls: [{ name: "bash", input: { command: "touch made", description: "x" } }],
  };
  await using here = await world([call, "I could not."]);
  const env = { OPENCODE_PERMISSION: '{"bash":"ask"}' };
  const { code, out, err } = await here.run(["go"], { env });
  assertEquals([code, out], [1, "I could not.\n"], err);
  assertStringIncludes(err, "touch made");
  assertEquals(await host().files.exists(join(here.directory, "made")), false);
});

test("the command line attaches to a running server, and leaves it running", async () => {
  await using here = await world(["attached", "again"]);
  await using server = await createOpencodeServer({
    isolated: true,
    cwd: here.directory,
    env: { OPENCODE_DISABLE_PROJECT_CONFIG: "0" },
  });
  const url = new URL(server.url);
  url.username = server.username;
  url.password = server.password;
  const first = await here.run(["--attach", url.href, "x"]);
  assertEquals([first.code, first.out], [0, "attached\n"], first.err);
  const env = { OPENCODE_SERVER_PASSWORD: server.password };
  const second = await here.run(["--attach", server.url, "-d", here.directory, "x"], { env });
  assertEquals([second.code, second.out], [0, "again\n"], second.err);
  const wrong = await here.run(["--attach", server.url, "x"]);
  assertEquals(wrong.code, 1);
  assertStringIncludes(wrong.err, "credentials");
  assertEquals(server.running, true);
});

test("the command line gives events as JSON lines, and a result at the end", async () => {
  await using here = await world([{ text: ["one ", "two"], usage: { input: 4, output: 2 } }]);
  const { code, out, err } = await here.run(["--json", "count"]);
  assertEquals(code, 0, err);
  const lines = out.trim().split("\n").map((line) => JSON.parse(line));
  // pieces that come together are one event
  const types = lines.map(({ type }) => type).filter((type, i, all) => type !== all[i - 1]);
  assertEquals(types, ["step", "text", "step", "result"]);
  const { outcome, text, model, usage } = lines.at(-1);
  assertEquals([outcome, text, model], ["completed", "one two", "scripted/model"]);
  assertEquals([usage.input, usage.output], [4, 2]);
});

test("the command line gives a failure as JSON lines too", async () => {
  await using here = await world([{ status: 401, body: { error: { message: "bad key" } } }]);
  const { code, out } = await here.run(["--json", "count"]);
  const last = JSON.parse(out.trim().split("\n").at(-1)!);
  assertEquals([code, last.type, last.outcome, last.error.code], [
    1,
    "result",
    "error",
    "turn_failed",
  ]);
});

test("the command line's doctor looks at everything, for people and as JSON", async () => {
  await using here = await world([]);
  const plain = await here.run(["doctor"]);
  assertStringIncludes(plain.out, "ok    program");
  const json = await here.run(["doctor", "--json"]);
  const lines = JSON.parse(json.out) as { check: string; status: string; message: string }[];
  assert(lines.some(({ message }) => /^[1-9]\d* models of /.test(message)), json.out);
  assert(lines.every(({ status }) => ["ok", "warn", "fail"].includes(status)));
  assertEquals(json.code, lines.some(({ status }) => status === "fail") ? 1 : 0);
  assertEquals(await here.servers(), []);
});

test("the command line lets the model work with tools, and asks nobody who is not there", async () => {
  const script = (request: { toolNames: readonly string[]; toolResults: readonly unknown[] }) => {
    const name = (end: string) => request.toolNames.find((one) => one.endsWith(end)) ?? end;
    if (request.toolResults.length === 0) {
      return {
        toolCalls: [
          { name: name("_write"), input: { path: "made.txt", content: "made" } },
          { name: name("_bash"), input: { command: "touch never.txt" } },
        ],
      };
    }
    return "done";
  };
  await using here = await world(script);
  const { code, out, err } = await here.run(["--auto-tools", "make it"]);
  assertEquals([code, out], [1, "done\n"], err); // the command was refused for want of anybody to ask
  const { files } = host();
  assertEquals(await files.readText(join(here.directory, "made.txt")), "made");
  assertEquals(await files.exists(join(here.directory, "never.txt")), false);
  assertStringIncludes(err, "write");
});

test(
  "the command line says where an answer could not be written, and not where nobody reads",
  async () => {
    await using here = await world(["lost", "unread"]);
    const full = await here.shell("/dev/full", ["hello"]);
    assertEquals(full.code, 1);
    assertStringIncludes(full.err, "Cannot write the answer");
    const help = await here.shell("/dev/full", ["--help"]);
    assertEquals([help.code, help.err.includes("Uncaught")], [1, false]);
  },
  { os: ["linux"] },
);

test("the command line ends its JSON with a result, also where there was no turn", async () => {
  await using here = await world([]);
  const { code, out } = await here.run(["--json", "-d", "/no/such/place", "x"]);
  const { type, outcome, error } = JSON.parse(out);
  assertEquals([code, type, outcome, error.code], [2, "result", "error", "invalid_argument"]);
});

test("the command line shows no password of an address that it refuses", async () => {
  await using here = await world([]);
  const { code, err } = await here.run(["--attach", "htp://user:secret@host", "x"]);
  assertEquals([code, err.includes("secret")], [2, false]);
});
