import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { host } from "../../src/runtime/host.ts";
import { askTurns, PROCEED, toolLine } from "../../src/session/ask.ts";
import { NOBODY_TO_ANSWER } from "../../src/session/turn/responder.ts";
import type { ToolEvent } from "../../src/session/events.ts";
import type { PromptOptions } from "../../src/session/options.ts";
import type { Question, QuestionHandler, QuestionReply } from "../../src/session/requests.ts";
import type { Turn } from "../../src/session/turn/turn.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

/** What is written to standard error while something runs. */
async function toldWhile(run: () => Promise<unknown>): Promise<string> {
  const { stderr } = host().terminal;
  const { write } = stderr;
  let told = "";
  stderr.write = (data) => Promise.resolve(void (told += data));
  try {
    await run();
  } finally {
    stderr.write = write;
  }
  return told;
}

test("Session.ask tells each tool call in a line on standard error, and none where it is quiet", async () => {
  // one call for each prompt
  const script = ({ toolNames, toolResults, prompt }: ModelRequest): ScriptStep => {
    const name = toolNames.find((one) => one.endsWith("_write"))!;
    const asked = prompt === "one" ? 0 : 1;
    return toolResults.length > asked
      ? { text: "done" }
      : { toolCalls: [{ name, input: { path: `${prompt}.txt`, content: "x" } }] };
  };
  await withAgent(script, async ({ ai, directory }) => {
    await using executor = new ToolExecutor({ workdir: directory });
    const session = await ai.createSession({ title: "t" });
    const told = await toldWhile(() => session.ask("one", { tools: executor }));
    assertEquals(told, '● write {"path":"one.txt","content":"x"}\n');
    const quiet = await toldWhile(() => session.ask("two", { tools: executor, quiet: true }));
    assertEquals(quiet, "");
    assert(await host().files.exists(`${directory}/two.txt`));
  });
});

const ended: ToolEvent = {
  type: "tool",
  status: "completed",
  name: "write",
  callId: "c",
  input: { path: "a" },
  messageId: "m",
  partId: "p",
  sessionId: "s",
};

test("toolLine says what was called once it has ended, and why it failed", () => {
  assertEquals(toolLine({ ...ended, status: "pending" }), undefined);
  assertEquals(toolLine({ ...ended, status: "running" }), undefined);
  assertEquals(toolLine(ended), '● write {"path":"a"}');
  const failed = { ...ended, status: "error", error: "no luck\nat line 1" } as const;
  assertEquals(toolLine(failed), '✗ write {"path":"a"}: no luck');
});

test("toolLine is one line of bounded length, without what a terminal would obey", () => {
  const long = toolLine({ ...ended, input: { text: "a".repeat(10_000) } })!;
  assert(long.length < 120 && long.endsWith("…"), long);
  const error = "\x1b[2J\x9b1A" + "b".repeat(10_000);
  const failed = toolLine({ ...ended, status: "error", name: "a\rb\nc", error })!;
  assert(failed.length < 300, failed);
  // deno-lint-ignore no-control-regex
  assertEquals(/[\u0000-\u001f\u007f-\u009f]/.test(failed), false);
});

/** The options that `askTurns` gives to the session for its first turn, and for a second one. */
async function turnsOf(options: PromptOptions, events: { type: string }[] = []) {
  const sent: [string, PromptOptions][] = [];
  const turn = { reply: Promise.resolve({ events }) } as unknown as Turn;
  const session = {
    stream(text: string, given: PromptOptions) {
      sent.push([text, given]);
      return turn;
    },
  };
  for await (const _ of askTurns((text, given) => session.stream(text, given), "x", options));
  return sent;
}

const leave: Question = {
  question: "Leave?",
  header: "Build Agent",
  options: ["Yes", "No"].map((label) => ({ label, description: "" })),
};
const other: Question = { ...leave, header: "Colour" };

async function answer(options: PromptOptions, ...questions: Question[]): Promise<QuestionReply> {
  const [[, { onQuestion }]] = await turnsOf(options) as [[string, PromptOptions]];
  const context = { signal: new AbortController().signal, session: { id: "s" } };
  return await (onQuestion as QuestionHandler)({ id: "q", sessionId: "s", questions }, context);
}

test("askTurns says yes where the agent asks to leave its plan and the caller gave tools", async () => {
  const tools = {} as ToolExecutor;
  const onQuestion = () => [["Maybe"]];
  assertEquals(await answer({ tools }, leave), [["Yes"]]);
  assertEquals(await answer({ tools, onQuestion }, leave), [["Yes"]]);
  assertEquals(await answer({}, leave), [["No"]]);
  assertEquals(await answer({ onQuestion }, leave), [["Maybe"]]);
});

test("askTurns sends nothing after a plan where the caller gave no tools", async () => {
  assertEquals((await turnsOf({ agent: "plan" }, [{ type: "tool" }])).length, 1);
});

test("Session.ask runs nothing of a plan without tools of the caller", async () => {
  const bash = { name: "bash", input: { command: "touch ran", description: "x" } };
  const script = ({ prompt, toolResults }: ModelRequest): ScriptStep =>
    toolResults.length > 0
      ? { text: "the plan" }
      : { toolCalls: [prompt === PROCEED ? bash : { name: "glob", input: { pattern: "*" } }] };
  await withAgent(script, async ({ ai, directory, model }) => {
    const answer = await ai.ask("x", { agent: "plan", quiet: true });
    assertEquals([answer, model.requests.length], ["the plan", 2]);
    assertEquals(await host().files.exists(`${directory}/ran`), false);
  });
});

test("askTurns hands all other questions to the caller's handler", async () => {
  const asked: string[][] = [];
  const options: PromptOptions = {
    onQuestion({ questions }) {
      asked.push(questions.map(({ header }) => header));
      return null;
    },
  };
  assertEquals(await answer(options, other), null);
  assertEquals(await answer(options, leave, other), null);
  assertEquals(await answer(options, { ...leave, options: [] }), null);
  assertEquals(asked, [["Colour"], ["Build Agent", "Colour"], ["Build Agent"]]);
});

test("askTurns says that nobody is there where there is no handler", async () => {
  assertEquals(await answer({}, other, other), [[NOBODY_TO_ANSWER], [NOBODY_TO_ANSWER]]);
});

test("askTurns plans without the caller's tools, and carries out with them, only after a plan", async () => {
  const tools = {} as ToolExecutor;
  const options: PromptOptions = { agent: "plan", tools };
  const sent = await turnsOf(options, [{ type: "tool" }]);
  assertEquals(sent.map(([text, { agent }]) => [text, agent]), [["x", "plan"], [PROCEED, "build"]]);
  assertEquals(sent.map((one) => one[1].tools === tools), [false, true]);
  assertEquals((await turnsOf(options, [{ type: "text" }])).length, 1);
  assertStringIncludes(PROCEED, "proceed");
});

test("Session.ask asks the facade's own onQuestion", async () => {
  const question = {
    question: "Which?",
    header: "Colour",
    options: [{ label: "red", description: "" }],
  };
  const asked: string[] = [];
  await withAgent(
    [{ toolCalls: [{ name: "question", input: { questions: [question] } }] }, "done"],
    async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      await session.ask("go", { quiet: true });
      assertEquals(asked, ["Colour"]);
    },
    {
      onQuestion: ({ questions }) => {
        asked.push(questions[0]!.header);
        return [["red"]];
      },
    },
  );
});
