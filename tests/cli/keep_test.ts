import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { type KeepOptions, keptConversation } from "../../src/cli/keep/keep.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import type { Platform } from "../../src/runtime/port.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";
import { world } from "./command.ts";

const answer = (request: { messages: readonly { role: string }[] }) =>
  `user messages: ${request.messages.filter(({ role }) => role === "user").length}`;

test("--keep remembers from call to call, and a call without it is the last", async () => {
  await using here = await world(answer);
  const first = await here.run(["--keep", "My name is Alice"]);
  assertEquals([first.code, first.out], [0, "user messages: 1\n"], first.err);
  const servers = await here.servers();
  assertEquals(servers.length, 1);
  const second = await here.run(["-k", "What is my name?"]);
  assertEquals([second.code, second.out], [0, "user messages: 2\n"], second.err);
  assertEquals(await here.servers(), servers);
  const last = await here.run(["That is all"]);
  assertEquals([last.code, last.out], [0, "user messages: 3\n"], last.err);
  assertEquals(await here.servers(), []);
  assertEquals((await here.run(["Anew"])).out, "user messages: 1\n");
});

test("--keep writes its state for the user alone", async () => {
  await using here = await world(answer);
  await here.run(["--keep", "hi"]);
  const { files } = host();
  const directory = join(here.home, "state", "opencode-ts");
  assertEquals((await files.stat(directory)).mode & 0o777, 0o700);
  for (const { name } of await files.readDir(directory)) {
    assertEquals((await files.stat(join(directory, name))).mode & 0o777, 0o600, name);
  }
  await here.run(["bye"]);
  assertEquals((await files.readDir(directory)).map(({ name }) => name), []);
});

test("--keep starts anew where the kept server is gone, and where its state makes no sense", async () => {
  await using here = await world(answer);
  await here.run(["--keep", "hi"]);
  const [pid] = await here.servers();
  host().platform.kill(pid!, "SIGKILL");
  await until(async () => (await here.servers()).length === 0, "the server is gone");
  const anew = await here.run(["--keep", "hi again"]);
  assertEquals([anew.code, anew.out], [0, "user messages: 1\n"], anew.err);
  assertStringIncludes(anew.err, "this is a new conversation");
  const { files } = host();
  const directory = join(here.home, "state", "opencode-ts");
  const state = (await files.readDir(directory)).find(({ name }) => name.endsWith(".json"))!;
  const kept = JSON.parse(await files.readText(join(directory, state.name)));
  // another process has the number now: it must not be touched
  const other = await host().spawn("sleep", { args: ["60"], stdout: "null", stderr: "null" });
  const path = join(directory, state.name);
  await files.writeText(
    path,
    JSON.stringify({ ...kept, pid: other.pid, url: "http://127.0.0.1:9" }),
  );
  const third = await here.run(["--keep", "and again"]);
  assertEquals([third.code, third.out], [0, "user messages: 1\n"], third.err);
  assertEquals(host().platform.isAlive(other.pid), true);
  other.kill("SIGKILL");
  await other.status;
  assertEquals((await here.run(["bye"])).code, 0);
});

test("--keep gives each of two first calls at once its own answer, from one server", async () => {
  await using here = await world((request) => ({ text: `re: ${request.prompt}`, delay: 300 }));
  const runs = await Promise.all([here.run(["--keep", "a"]), here.run(["--keep", "b"])]);
  assertEquals(runs.map(({ code, out }) => [code, out]), [[0, "re: a\n"], [0, "re: b\n"]]);
  assertEquals((await here.servers()).length, 1);
  assertEquals((await here.run(["c"])).out, "re: c\n");
});

test("a call that ends the conversation waits for the one that still runs", async () => {
  let release!: () => void;
  const gate = new Promise<void>((resolve) => release = resolve);
  const script = (request: { prompt: string }) =>
    request.prompt === "slow"
      ? { parts: [{ text: "half " }, { until: gate }, { text: "whole" }] }
      : "last";
  await using here = await world(script);
  const slow = await here.start(["--keep", "slow"]);
  await until(() => slow.written().out.includes("half"), "the first answer begins", 60_000);
  const last = await here.start(["last one"]);
  await until(() => last.written().err.includes("Waiting"), "the second call waits", 60_000);
  release();
  assertEquals((await slow.done).out, "half whole\n");
  const { code, out, err } = await last.done;
  assertEquals([code, out], [0, "last\n"], err);
  assertEquals(await here.servers(), []);
});

test("a call that fails does not end the conversation", async () => {
  await using here = await world(answer);
  await here.run(["--keep", "one"]);
  assertEquals((await here.run(["-m", "typo", "x"])).code, 2);
  assertEquals((await here.run(["--agent", "nobody", "x"])).code, 2);
  assertEquals((await here.servers()).length, 1);
  assertEquals((await here.run(["two"])).out, "user messages: 2\n");
  assertEquals(await here.servers(), []);
});

test("--keep says what to use instead on Windows", async () => {
  const runtime = host() as { platform: Platform };
  const { platform } = runtime;
  runtime.platform = Object.create(platform, { os: { value: "windows" } });
  try {
    const call = { args: { keep: true }, options: { directory: "." } } as unknown as KeepOptions;
    const error = await assertRejects(() => keptConversation(call), InvalidArgumentError);
    assertStringIncludes(error.message, "opencode serve");
    assertStringIncludes(error.message, "--attach");
  } finally {
    runtime.platform = platform;
  }
});
