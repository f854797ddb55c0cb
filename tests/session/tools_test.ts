import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { ToolRoundsExceededError } from "../../src/errors.ts";
import { opencode } from "../../src/facade/one_shot.ts";
import { host } from "../../src/runtime/host.ts";
import { tool } from "../../src/tools/define.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { calls } from "./local_calls.ts";

test("Session.ask leaves the session and the server as they were", async () => {
  await withAgent(calls("glob", { pattern: "*" }), async ({ ai, model, directory }) => {
    await using executor = new ToolExecutor({ workdir: directory });
    const session = await ai.createSession({ title: "t" });
    await session.ask("look", { tools: executor, quiet: true });
    await session.prompt("and now without");
    const offered = model.requests.at(-1)!.toolNames;
    assert(offered.includes("bash") && offered.includes("write"), offered.join());
    assertEquals(offered.filter((name) => name.startsWith("localtools_")), []);
  });
});

test("Session.ask never runs what is denied or refused, and the model reads why", async () => {
  await withAgent(calls("bash", { command: "touch made" }), async ({ ai, directory }) => {
    const session = await ai.createSession({ title: "t" });
    await using denied = new ToolExecutor({ workdir: directory, permissions: { bash: "deny" } });
    const no = await session.ask("go", { tools: denied, quiet: true });
    assertStringIncludes(no, "bash was not run");
    await using asked = new ToolExecutor({ workdir: directory, confirm: () => false });
    const refused = await session.ask("go", { tools: asked, quiet: true });
    assertStringIncludes(refused, "bash was not run");
    assertEquals(await host().files.exists(join(directory, "made")), false);
  });
});

test("Session.stream names our tools by their own names in its events", async () => {
  await withAgent(calls("read", { path: "data.json" }), async ({ ai, directory }) => {
    await host().files.writeText(join(directory, "data.json"), "{}");
    await using executor = new ToolExecutor({ workdir: directory });
    const session = await ai.createSession({ title: "t" });
    const reply = await session.prompt("read", { tools: executor, collect: true });
    const names = reply.events.map((event) => event.type === "tool" ? event.name : undefined);
    assertEquals([...new Set(names.filter(Boolean))], ["read"]);
  });
});

for (const given of [3, undefined]) {
  const limit = given ?? 25;
  test(`Session.ask ends a model that calls tools in more than ${limit} rounds when maxToolRounds is ${given}`, async () => {
    await withAgent(calls("step", {}, 99), async ({ ai }) => {
      let count = 0;
      // What comes past the limit waits for its end: otherwise a quick model could be ahead of it.
      const step = tool({
        name: "step",
        description: "Counts",
        inputSchema: { type: "object", properties: {} },
        execute: (_, { signal }) =>
          ++count <= limit ? `${count}` : new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(signal.reason), { once: true });
          }),
      });
      const results: string[] = [];
      await using executor = new ToolExecutor({
        builtins: false,
        tools: [step],
        audit: ({ result }) => results.push(result.status),
      });
      const session = await ai.createSession({ title: "t" });
      const maxToolRounds = given === undefined ? {} : { maxToolRounds: given };
      await assertRejects(
        () => session.ask("go", { tools: executor, quiet: true, ...maxToolRounds }),
        ToolRoundsExceededError,
        `more than ${limit} rounds (maxToolRounds)`,
      );
      assertEquals(results.filter((status) => status === "ok").length, limit, results.join());
      assert(results.length <= limit + 1, results.join());
      assertEquals(await ai.client.session.status(), {});
    });
  });
}

test("Session.ask tells an agent that made a plan once to proceed, with the caller's tools, and gives that answer", async () => {
  const look = { toolCalls: [{ name: "glob", input: { pattern: "*" } }] };
  await using executor = new ToolExecutor({ builtins: false, tools: [] });
  for (const tools of [undefined, executor]) {
    await withAgent([look, "my plan", "done"], async ({ ai, model }) => {
      const session = await ai.createSession({ title: "t" });
      const options = { agent: "plan", quiet: true, ...tools && { tools } };
      assertEquals(await session.ask("plan it", options), tools ? "done" : "my plan");
      const prompts = model.requests.map(({ prompt }) => prompt.split("\n")[0]);
      assertEquals([...new Set(prompts)], [
        "plan it",
        ...tools ? ["Exit plan mode and proceed"] : [],
      ]);
    });
  }
});

test("Session.ask sends nothing behind the user's back after a plain answer, of a planning agent too", async () => {
  await withAgent(() => "the answer", async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    assertEquals(await session.ask("question"), "the answer");
    assertEquals(await session.ask("question", { agent: "plan" }), "the answer");
    assertEquals(model.requests.length, 2);
  });
});

test("opencode runs tools here with autoTools", async () => {
  const script = calls("write", { path: "auto.txt", content: "made" });
  await withAgent(script, async ({ place, directory }) => {
    await opencode("Create auto.txt", { ...place, autoTools: true, quiet: true });
    assertEquals(await host().files.readText(join(directory, "auto.txt")), "made");
  });
});
