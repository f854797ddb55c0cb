import { assertEquals, assertRejects } from "@std/assert";
import { BinaryNotFoundError, InvalidArgumentError } from "../../src/errors.ts";
import { opencode } from "../../src/facade/one_shot.ts";
import { host } from "../../src/runtime/host.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import type { ModelRequest } from "../../src/testing/script.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const count = (request: ModelRequest) =>
  `user messages: ${request.messages.filter(({ role }) => role === "user").length}`;

test("opencode asks, answers and leaves nothing behind", async () => {
  await using model = await scriptedModel(["Paris"]);
  const answer = await opencode("The capital of France?", { isolated: true, config: model.config });
  assertEquals([answer, model.requests[0]!.prompt], ["Paris", "The capital of France?"]);
});

test("opencode with autoTools offers a list of tools beside the built-in ones", async () => {
  await withAgent(["ok"], async ({ model, place }) => {
    const note = { name: "note", description: "", inputSchema: {}, execute: () => "noted" };
    await opencode("x", { ...place, autoTools: true, tools: [note], quiet: true });
    const own = (name: string) => model.requests[0]!.toolNames.some((one) => one.endsWith(name));
    assertEquals([own("_note"), own("_write"), own("_bash")], [true, true, true]);
  });
});

test("opencode with keep remembers, warns of other options, and a call without it is the last", async () => {
  await using model = await scriptedModel(count);
  const warnings: string[] = [];
  const warn = (message: string) => void warnings.push(message);
  const quiet = () => {};
  const logger = { debug: quiet, info: quiet, warn, error: quiet };
  const options = { isolated: true, config: model.config, keep: true, logger };
  assertEquals(await opencode("My name is Alice", options), "user messages: 1");
  assertEquals(await opencode("What's my name?", { keep: true, logger }), "user messages: 2");
  assertEquals(warnings, []);
  await opencode("And now?", { keep: true, logger, directory: "/tmp" });
  assertEquals(warnings.length, 1);
  assertEquals(await opencode("That's all"), "user messages: 4");
  assertEquals(await opencode("Anew", { ...options, keep: false }), "user messages: 1");
});

test("opencode.close ends a kept conversation", async () => {
  await withAgent(count, async ({ place }) => {
    const options = { ...place, keep: true };
    await opencode("one", options);
    await opencode.close();
    await opencode.close();
    assertEquals(await opencode("two", options), "user messages: 1");
    await opencode.close();
  });
});

test("opencode calls at the same time don't end each other", async () => {
  await using model = await scriptedModel((request) => ({ text: request.prompt, delay: 100 }));
  const options = { isolated: true, config: model.config };
  const answers = await Promise.all([
    opencode("a", { ...options, keep: true }),
    opencode("b", options),
    opencode("c", options),
  ]);
  assertEquals(answers, ["a", "b", "c"]);
  await opencode.close();
});

test("opencode starts anew where the kept server has died", async () => {
  const script = (request: ModelRequest) =>
    request.prompt === "who are you" && request.toolResults.length === 0
      ? { toolCalls: [{ name: "bash", input: { command: "echo $PPID", description: "x" } }] }
      : count(request);
  await using model = await scriptedModel(script);
  const options = { isolated: true, config: model.config, keep: true };
  await opencode("who are you", { ...options, quiet: true });
  const pid = Number(model.requests.at(-1)!.toolResults[0]!.content.trim());
  host().platform.kill(pid, "SIGKILL");
  await until(() => !host().platform.isAlive(pid), "the server is gone");
  assertEquals(await opencode("anew", options), "user messages: 1");
  await opencode.close();
});

test("opencode keeps no server that never came up", async () => {
  await assertRejects(
    () => opencode("x", { keep: true, binary: "/no/such/opencode" }),
    BinaryNotFoundError,
  );
  await withAgent(["fine"], async ({ place }) => {
    assertEquals(await opencode("x", place), "fine");
  });
  await assertRejects(() => opencode(""), InvalidArgumentError, "empty prompt");
});
