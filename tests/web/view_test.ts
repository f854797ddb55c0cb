import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import type { FullMessageView, PageEvent, PartView, SessionView } from "../../src/web/protocol.ts";
import { Texts } from "../../src/web/texts.ts";
import { countOf, pairsOf, rowsOf } from "../../src/web/view/diff.ts";
import {
  contextUse,
  dollars,
  duration,
  inputLine,
  steps,
  tokens,
} from "../../src/web/view/format.ts";
import {
  apply,
  conversation,
  emptyState,
  family,
  grouped,
  listed,
  shownMessages,
  takeMessages,
  takeState,
  waiting,
} from "../../src/web/view/state.ts";

const none = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };

function session(id: string, more: Partial<SessionView> = {}): SessionView {
  return { id, title: id, created: 1, updated: 1, cost: 0, tokens: none, ...more };
}

function message(
  id: string,
  created: number,
  more: Partial<FullMessageView> = {},
): FullMessageView {
  return { id, sessionId: "s", role: "assistant", created, parts: [], ...more };
}

test("apply builds a message from its events, and tells what changed", () => {
  const state = emptyState();
  const { parts: _, ...info } = message("m", 5);
  assertEquals(apply(state, { type: "message", message: info }), [
    { sessionId: "s", what: "messages" },
  ]);
  const at = { sessionId: "s", messageId: "m" };
  apply(state, { type: "part", ...at, part: { id: "p", type: "text", text: "a" } });
  assertEquals(apply(state, { type: "delta", ...at, partId: "p", text: "b" }), [
    { ...at, what: "message" },
  ]);
  apply(state, { type: "message", message: { ...info, completed: 9 } });
  assertEquals(conversation(state, "s").messages, [
    { ...info, completed: 9, parts: [{ id: "p", type: "text", text: "ab" }] },
  ]);
  assertEquals(apply(state, { type: "delta", ...at, partId: "unknown", text: "b" }), []);
  apply(state, { type: "part-removed", ...at, partId: "p" });
  assertEquals(conversation(state, "s").messages[0]!.parts, []);
});

test("takeMessages keeps what events told of meanwhile, and older pages go first", () => {
  const state = emptyState();
  const { parts: _, ...late } = message("m9", 9);
  apply(state, { type: "message", message: late });
  takeMessages(state, "s", { messages: [message("m5", 5), message("m6", 6)], before: "c" });
  takeMessages(state, "s", { messages: [message("m1", 1)] }, true);
  const { messages, before } = conversation(state, "s");
  assertEquals(messages.map(({ id }) => id), ["m1", "m5", "m6", "m9"]);
  assertEquals(before, undefined);
  // read anew after a gap: what was loaded before stays
  takeMessages(state, "s", { messages: [message("m6", 6), message("m9", 9)], before: "d" });
  assertEquals(conversation(state, "s").messages.length, 4);
  assertEquals(conversation(state, "s").before, undefined);
});

test("takeState means that the server is there, also where the event that said so was missed", () => {
  const state = emptyState();
  apply(state, { type: "server", up: false });
  assertEquals(state.serverUp, false);
  takeState(state, {
    directory: "/",
    version: "1",
    sessions: [],
    busy: {},
    permissions: [],
    questions: [],
    models: [],
    agents: [],
    seq: "x-1",
  });
  assertEquals(state.serverUp, true);
});

test("waiting finds what subagents ask, and idle clears it", () => {
  const state = emptyState();
  apply(state, { type: "session", session: session("s") });
  apply(state, { type: "session", session: session("child", { parentId: "s" }) });
  apply(state, { type: "session", session: session("deep", { parentId: "child" }) });
  const request = { permission: "bash", patterns: [], always: [] };
  apply(state, { type: "permission", request: { id: "r", sessionId: "deep", ...request } });
  assertEquals([...family(state, "s")].sort(), ["child", "deep", "s"]);
  assertEquals(waiting(state, "s").permissions.map(({ id }) => id), ["r"]);
  assertEquals(waiting(state, "other").permissions, []);
  apply(state, { type: "status", sessionId: "deep", status: { state: "idle" } });
  assertEquals(waiting(state, "s").permissions, []);
});

test("listed leaves out subagents, searches titles and puts the newest first", () => {
  const state = emptyState();
  for (
    const each of [
      session("a", { title: "Fix the tests", updated: 1 }),
      session("b", { title: "Write tests", updated: 3 }),
      session("c", { title: "Other", updated: 2 }),
      session("d", { title: "tests", parentId: "a" }),
    ]
  ) apply(state, { type: "session", session: each });
  assertEquals(listed(state).map(({ id }) => id), ["b", "c", "a"]);
  assertEquals(listed(state, "TESTS fix").map(({ id }) => id), ["a"]);
});

test("shownMessages hides what undo took back", () => {
  const messages = [message("a", 1), message("b", 2), message("c", 3)];
  assertEquals(shownMessages({ messages, todos: [] }, "b"), {
    shown: [messages[0]!],
    takenBack: 2,
  });
  assertEquals(shownMessages({ messages, todos: [] }, undefined).shown.length, 3);
});

test("rowsOf numbers the lines of a diff, and pairsOf puts changes beside each other", () => {
  const rows = rowsOf("--- a\n+++ b\n@@ -1,3 +1,3 @@\n a\n-b\n+B\n+x\n c\n@@ -9 +9 @@ f()\n z\n");
  assertEquals(rows.map(({ kind, before, after }) => [kind, before, after]), [
    ["same", 1, 1],
    ["removed", 2, undefined],
    ["added", undefined, 2],
    ["added", undefined, 3],
    ["same", 3, 4],
    ["gap", undefined, undefined],
    ["same", 9, 9],
  ]);
  assertEquals(countOf(rows), { added: 2, removed: 1 });
  const [, changed, added] = pairsOf(rows);
  assertEquals([changed!.left!.text, changed!.right!.text], ["b", "B"]);
  assertEquals([added!.left, added!.right!.text], [undefined, "x"]);
});

test("numbers are short and say their unit", () => {
  assertEquals([tokens(950), tokens(12_345), tokens(1_000_000)], ["950", "12.3k", "1M"]);
  assertEquals([dollars(0), dollars(0.0012), dollars(1.5)], ["$0", "$0.0012", "$1.50"]);
  assertEquals([duration(5), duration(1_500), duration(61_000)], ["5 ms", "1.5 s", "1 min 1 s"]);
  assertEquals(inputLine({ command: "a\n b" }), "a b");
  assertEquals(inputLine({}), "");
  assertEquals(inputLine({ questions: [{ question: "a?" }, { question: "b?" }, null] }), "a? b?");
  assertEquals(inputLine({ todos: [{ content: "x" }] }), "1 item");
  assertEquals(inputLine({ todos: [1, 2] }), "2 items");
});

test("steps sum up the cost, and contextUse takes the last answer", () => {
  const taken = { ...none, input: 10, output: 5 };
  const messages = [
    message("u", 1, { role: "user" }),
    message("a", 2, { tokens: taken, cost: 0.5, model: "p/m" }),
    message("b", 3, { tokens: { ...taken, cacheRead: 5 }, cost: 0.25, model: "p/m" }),
    message("c", 4, { tokens: none, model: "p/m", completed: 5 }),
    message("runs", 6, { tokens: none, model: "p/m" }),
  ];
  assertEquals(steps(messages).map(({ total }) => total), [0.5, 0.75, 0.75]);
  assertEquals(contextUse(messages, () => 100), { used: 20, context: 100 });
  assertEquals(contextUse(messages, () => 0), undefined);
});

test("a text that streams is the same whether a page was there, came in the middle or read it late", () => {
  const at = { sessionId: "s", messageId: "m", partId: "p" };
  const { parts: _, ...info } = message("m", 5);
  const texts = new Texts();
  const events = [
    { type: "message", message: info },
    { type: "part", ...at, part: { id: "p", type: "text", text: "" } },
    ...["one ", "two ", "three ", "four "].map((text) => ({ type: "delta", ...at, text })),
  ] as PageEvent[];
  const sent = events.map((event) => texts.take(event));
  const stored = () =>
    texts.fill([message("m", 5, { parts: [{ id: "p", type: "text", text: "" }] })]);
  assertEquals(sent.slice(2).map((event) => "at" in event ? event.at : undefined), [0, 4, 8, 14]);
  const text = (state: ReturnType<typeof emptyState>) =>
    conversation(state, "s").messages[0]?.parts[0];
  const whole: PartView = { id: "p", type: "text", text: "one two three four " };
  // what was read is older than the events, or newer: every order gives the same
  for (let heard = 0; heard <= sent.length; heard++) {
    for (let stands = 0; stands <= sent.length; stands++) {
      const state = emptyState();
      for (const event of sent.slice(0, heard)) apply(state, event);
      const early = new Texts();
      for (const event of events.slice(0, stands)) early.take(event);
      const parts: PartView[] = stands < 2 ? [] : [{ id: "p", type: "text", text: "" }];
      const read = stands === 0 ? [] : [message("m", 5, { parts })];
      takeMessages(state, "s", { messages: early.fill(read) });
      for (const event of sent.slice(heard)) apply(state, event);
      assertEquals(text(state), whole, `${heard} events, then a message after ${stands}`);
    }
  }
  assertEquals(stored()[0]!.parts[0], whole);
  texts.take({ type: "status", sessionId: "s", status: { state: "idle" } });
  assertEquals(stored()[0]!.parts[0], { ...whole, text: "" });
});

test("grouped keeps each message in its group, whatever comes before and after", () => {
  const numbers = new Map<string, number>();
  const many = Array.from({ length: 250 }, (_, i) => message(`m${i}`, i));
  const at = (from: number, to: number) => grouped(many.slice(from, to), numbers);
  assertEquals(at(200, 230).map((group) => [group.number, group.messages.length]), [[0, 20], [
    1,
    10,
  ]]);
  const before = new Map(numbers);
  const wider = at(150, 250);
  assertEquals(wider.flatMap(({ messages }) => messages), many.slice(150, 250));
  assertEquals(wider.map(({ number }) => number), [-3, -2, -1, 0, 1, 2]);
  for (const [id, number] of before) assertEquals(numbers.get(id), number);
  assertEquals(grouped([], new Map()), []);
});

test("takeMessages leaves no hole where many messages came while the page was away", () => {
  const state = emptyState();
  takeMessages(state, "s", { messages: [message("a", 1), message("b", 2)] });
  takeMessages(state, "s", { messages: [message("y", 8), message("z", 9)], before: "more" });
  assertEquals(conversation(state, "s").messages.map(({ id }) => id), ["y", "z"]);
  assertEquals(conversation(state, "s").before, "more");
});
