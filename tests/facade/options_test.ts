import { assertEquals, assertRejects } from "@std/assert";
import { InvalidArgumentError, StructuredOutputError } from "../../src/errors.ts";
import { opencode } from "../../src/facade/one_shot.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { resolveOptions } from "../../src/facade/options.ts";
import { PROCEED } from "../../src/session/ask.ts";
import { resolvePrompt } from "../../src/session/resolve.ts";
import type { Session } from "../../src/session/session.ts";
import type { Only } from "../../src/session/turn/request.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { tool } from "../../src/tools/define.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

test("resolveOptions hands each option to the parts that it is for, and changes nothing", () => {
  const logger = console;
  const options = Object.freeze({
    model: "a/b",
    config: { autoupdate: false },
    password: "secret",
    startTimeout: 1,
    requestTimeout: Infinity,
    idleTimeout: 3,
    signal: new AbortController().signal,
    logger,
  });
  assertEquals(resolveOptions(options), {
    server: {
      config: { autoupdate: false, model: "a/b" },
      password: "secret",
      timeout: 1,
      logger,
    },
    client: { password: "secret", timeout: Infinity, logger },
    prompt: { model: "a/b", idleTimeout: 3 },
    call: { signal: options.signal },
    place: { config: { autoupdate: false } },
  });
});

test("resolveOptions takes old names, and a request's bound is none of a turn", () => {
  const { server, client, prompt } = resolveOptions({ serverTimeout: 1, clientTimeout: 2 });
  assertEquals([server.timeout, client.timeout, prompt], [1, 2, {}]);
  const both = resolveOptions({ serverTimeout: 1, startTimeout: 3 });
  assertEquals(both.server.timeout, 3);
});

test("options that a call can't use are errors of types", () => {
  const never = (_: (ai: Opencode, session: Session) => unknown) => {};
  // @ts-expect-error: files go with a prompt
  never(() => new Opencode({ files: ["a"] }));
  // @ts-expect-error: it gives text, no events
  never((ai) => ai.ask("x", { collect: true }));
  // @ts-expect-error: it gives text, no events
  never((ai) => ai.askStream("x", { collect: true }));
  // @ts-expect-error: it gives text, no events
  never(() => opencode("x", { collect: true }));
  // @ts-expect-error: the schema is the format
  never((ai) => ai.object("x", { schema: {}, format: { type: "text" } }));
  // @ts-expect-error: a command has no place for it
  never((_, session) => session.command("x", "", { system: "x" }));
  // @ts-expect-error: nothing is tried again in a stream
  never((ai) => ai.stream("x", { format: { type: "json_schema", schema: {}, retryCount: 1 } }));
  // @ts-expect-error: it gives text, no data
  never((ai) => ai.askStream("x", { format: { type: "text" } }));
  // @ts-expect-error: it gives text, no events
  never((_, session) => session.ask("x", { collect: true }));
  // @ts-expect-error: what is told on the terminal is the business of ask
  never((_, session) => session.prompt("x", { quiet: true }));
  // @ts-expect-error: a prompt's own
  never((ai) => ai.createSession({ files: ["a"] }));
  // @ts-expect-error: no such word
  never(() => new Opencode({ permissions: "all" }));
});

test("an option that goes nowhere does not compile", () => {
  const limits = { timeout: 1 };
  limits satisfies Only<"timeout", typeof limits>;
  const more = { timeout: 1, added: "x" };
  // @ts-expect-error: the rest of an options object may have nothing but the limits
  more satisfies Only<"timeout", typeof more>;
});

test("resolvePrompt lets the layers below show where an option is undefined", () => {
  const { model, maxSteps, maxToolRounds, idleTimeout } = resolvePrompt(
    { model: "a/b", maxSteps: 1, idleTimeout: 5 },
    { model: undefined as never, maxSteps: 2 },
    { tools: [] },
  );
  assertEquals([model, maxSteps, maxToolRounds, idleTimeout], ["a/b", 2, 25, 5]);
});

test("the facade's format is that of each prompt, and its values are checked", async () => {
  const format = { type: "json_schema", schema: { type: "integer" } } as const;
  const script = ({ toolNames }: ModelRequest): ScriptStep =>
    toolNames.includes("StructuredOutput")
      ? { toolCalls: [{ name: "StructuredOutput", input: { value: "no integer" } }] }
      : { text: "text" };
  await withAgent(script, async ({ ai }) => {
    await assertRejects(() => ai.prompt("x"), StructuredOutputError);
  }, { format });
});

test("object by text keeps the facade's system prompt", async () => {
  await withAgent(() => "1", async ({ ai, model }) => {
    assertEquals(await ai.object("x", { schema: { type: "integer" }, by: "text" }), 1);
    const { system } = model.requests.at(-1)!;
    assertEquals([system.includes("Be brief."), system.includes("JSON Schema")], [true, true]);
  }, { system: "Be brief." });
});

test("appendSystemPrompt is added to the agent's system prompt, after system", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    const before = (await ai.ask("x", { quiet: true }), model.requests.at(-1)!.system);
    await ai.ask("x", { system: "One.", appendSystemPrompt: "Two.", quiet: true });
    const { system } = model.requests.at(-1)!;
    assertEquals(system.includes("One.\n\nTwo."), true);
    assertEquals(system.includes(before.slice(0, 200)), true);
  });
});

test("a plan is made without the facade's tools, and carried out with them", async () => {
  const ran: string[] = [];
  const note = tool({
    name: "note",
    description: "Notes",
    inputSchema: { type: "object" },
    execute: () => (ran.push("note"), "noted"),
  });
  const script = ({ prompt, toolNames, toolResults }: ModelRequest): ScriptStep => {
    const local = toolNames.find((name) => name.endsWith("_note"));
    if (!prompt.includes(PROCEED)) {
      return toolResults.length > 0
        ? { text: local ? "tools in the plan" : "the plan" }
        : { toolCalls: [{ name: "glob", input: { pattern: "*" } }] };
    }
    return ran.length > 0 ? { text: "done" } : { toolCalls: [{ name: local!, input: {} }] };
  };
  await withAgent(script, async ({ ai, model }) => {
    assertEquals(await ai.ask("x", { agent: "plan", quiet: true }), "done");
    assertEquals(ran, ["note"]);
    assertEquals(model.requests[0]!.toolNames.some((name) => name.endsWith("_note")), false);
  }, { tools: [note] });
});

test("permissions with a word that it doesn't have is an error at once", async () => {
  let thrown: unknown;
  try {
    new Opencode({ permissions: "none" as never });
  } catch (error) {
    thrown = error;
  }
  assertEquals(thrown instanceof InvalidArgumentError, true);
  await assertRejects(
    () => new Opencode().createSession({ permissions: "constructor" as never }),
    InvalidArgumentError,
    '"readonly"',
  );
});

test("createSession's agent, model and permissions are those of its prompts", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t", agent: "plan", permissions: "deny" });
    assertEquals((await session.prompt("x")).message?.agent, "plan");
    assertEquals(model.requests.at(-1)!.toolNames.includes("bash"), false);
    const other = await session.prompt("x", { agent: "build", permissions: "default" });
    assertEquals(other.message?.agent, "build");
    assertEquals(model.requests.at(-1)!.toolNames.includes("bash"), true);
  });
});
