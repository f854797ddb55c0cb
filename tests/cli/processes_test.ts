/** Main paths as a real process; everything else runs through `main(argv, io)`. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { test, UNIX } from "../harness.ts";
import { world } from "./command.ts";
import { linesOf } from "./records.ts";

test("stop and --stop end the server that --keep left running", async () => {
  await using here = await world(() => "kept");
  assertEquals((await here.run(["--keep", "one"])).out, "kept\n");
  assertEquals((await here.servers()).length, 1);
  const stopped = await here.run(["stop"]);
  assertEquals([stopped.code, stopped.out], [0, `${here.directory}\n`], stopped.err);
  assertEquals(await here.servers(), []);
  const again = await here.run(["--stop"]);
  assertEquals([again.code, again.out], [0, ""]);
  assertStringIncludes(again.err, "No kept server");
}, { os: UNIX });

test("the command line runs its demo without a key, and says that it is one", async () => {
  await using here = await world([]);
  const { code, out, err } = await here.run(["--demo", "Say hello"]);
  assertEquals(code, 0, err);
  assertStringIncludes(out, "not a language model");
  assertStringIncludes(out, "> Say hello");
  assertStringIncludes(err, "demo");
  assertEquals(await here.servers(), []);
});

test("the command line lets the model work with tools, and asks nobody who is not there", async () => {
  const script = (request: { toolNames: readonly string[]; toolResults: readonly unknown[] }) => {
    const name = (end: string) => request.toolNames.find((one) => one.endsWith(end)) ?? end;
    if (request.toolResults.length > 0) return "done";
    return {
      toolCalls: [
        { name: name("_write"), input: { path: "made.txt", content: "made" } },
        { name: name("_bash"), input: { command: "touch never.txt" } },
      ],
    };
  };
  await using here = await world(script);
  const { code, out, err } = await here.run(["--auto-tools", "--json", "make it"]);
  assertEquals(code, 5, err); // the command was refused, as no one could be asked
  const { result, permission_denials } = linesOf(out).at(-1)!;
  assertEquals([result, (permission_denials as unknown[]).length], ["done", 1]);
  const { files } = host();
  assertEquals(await files.readText(join(here.directory, "made.txt")), "made");
  assertEquals(await files.exists(join(here.directory, "never.txt")), false);
  assertStringIncludes(err, "write made.txt");
});

test("the command line exits with 3 where its server can't be started, in one line", async () => {
  await using here = await world([]);
  const busy = await host().serve(() => new Response("mine"));
  const cases: [string[], Record<string, string>, string][] = [
    [["x"], { OPENCODE_CONFIG_CONTENT: '{"model": 5}' }, "model"],
    [["--port", String(busy.port), "x"], {}, "in use"],
  ];
  try {
    for (const [argv, env, message] of cases) {
      const { code, out, err } = await here.run(argv, { env });
      assertEquals([code, out], [3, ""], err);
      assertStringIncludes(err, message);
      assertEquals(err.trim().split("\n").length, 1, err);
    }
    assertEquals(await here.servers(), []);
  } finally {
    await busy.close();
  }
});

test("the command line's doctor looks at everything", async () => {
  await using here = await world([]);
  const json = await here.run(["doctor", "--json"]);
  const lines = JSON.parse(json.out) as { check: string; status: string; message: string }[];
  assert(lines.some(({ message }) => /^[1-9]\d* models of /.test(message)), json.out);
  assertEquals(lines.find(({ check }) => check === "program")?.status, "ok");
  // on the machine of the tests nothing is missing but, perhaps, a registry: which is no failure
  assertEquals([json.code, lines.filter(({ status }) => status === "fail")], [0, []]);
  assertEquals(await here.servers(), []);
});
