import { assert, assertEquals } from "@std/assert";
import type { StoredMessage } from "../../src/dialect/types.ts";
import { test } from "../harness.ts";
import {
  assistant,
  assistantInfo,
  delta,
  done,
  event,
  failed,
  idle,
  plainTurn,
  play,
  SESSION,
  status,
  textOf,
  textPart,
  user,
} from "./wire.ts";

test("TurnState ends a plain turn with its text", () => {
  const { state, text } = play(plainTurn());
  assertEquals([state.next, text, state.result.text], ["ended", "Hello", "Hello"]);
});

test("TurnState is not moved by idle before the answer: it doubts", () => {
  const { state } = play([idle(), status("idle")]);
  assertEquals(state.next, "ask");
});

test("TurnState forgets its doubt when the session turns busy", () => {
  const { state } = play([idle(), user(), status("busy")]);
  assertEquals(state.next, "wait");
});

test("TurnState survives the second idle of the turn before", () => {
  const { state, text } = play([idle(), ...plainTurn()]);
  assertEquals([state.next, text], ["ended", "Hello"]);
});

test("TurnState does not end on a completed message alone", () => {
  const events = plainTurn().slice(0, -2);
  assertEquals(play(events).state.next, "wait");
});

test("TurnState gives the text once when the first event of a message shows it completed", () => {
  const { state, text } = play([
    user(),
    done(),
    textPart("Hello", { end: 5 }),
    delta("Hel"),
    delta("lo"),
    textPart("Hello", { end: 5 }),
    done(),
    status("idle"),
  ]);
  assertEquals([state.next, text], ["ended", "Hello"]);
});

test("TurnState gives the text once when every event comes twice", () => {
  const { state, text } = play(plainTurn().flatMap((one) => [one, one]));
  assertEquals([state.next, text], ["ended", "Hello"]);
});

test("TurnState keeps parts that come before their message", () => {
  const events = [
    user(),
    status("busy"),
    textPart(""),
    delta("Hel"),
    assistant(),
    delta("lo"),
    textPart("Hello", { end: 5 }),
    done(),
    idle(),
  ];
  const { state, text } = play(events);
  assertEquals([state.next, text], ["ended", "Hello"]);
});

test("TurnState gives the rest of the text when the idle comes before the last part", () => {
  const { state, out } = play([user(), assistant(), textPart(""), delta("Hel"), done(), idle()]);
  assertEquals([state.next, state.incomplete], ["ended", true]);
  const stored = [{
    info: assistantInfo({ completed: 3000 }),
    parts: [{
      id: "prt_t1",
      sessionID: SESSION,
      messageID: "msg_a1",
      type: "text",
      text: "Hello",
      time: { start: 1, end: 5 },
    }],
  }] as unknown as StoredMessage[];
  out.push(...state.reconcile(stored, true).events);
  assertEquals([textOf(out), state.incomplete], ["Hello", false]);
});

test("TurnState takes a late subscriber's deltas up to the closing part", () => {
  const { text } = play([
    user(),
    assistant(),
    delta("lo"),
    textPart("Hello", { end: 5 }),
    done(),
    idle(),
  ]);
  assertEquals(text, "Hello");
});

test("TurnState leaves out the user's echo and other sessions", () => {
  const echo = textPart("my prompt", { id: "prt_u", messageID: "msg_u1", end: 2 });
  const other = event("message.part.delta", {
    sessionID: "ses_other",
    messageID: "msg_x",
    partID: "prt_x",
    field: "text",
    delta: "not mine",
  });
  const events = plainTurn();
  events.splice(1, 0, echo, other);
  assertEquals(play(events).text, "Hello");
});

test("TurnState leaves out the answer to an older prompt", () => {
  const old = [
    assistant({ id: "msg_old", parentID: "msg_u0" }),
    textPart("old", { id: "prt_o", messageID: "msg_old", end: 1 }),
  ];
  assertEquals(play([...old, ...plainTurn()]).text, "Hello");
});

test("TurnState goes on over several rounds, and its text is that of the last", () => {
  const { state, text } = play([
    user(),
    assistant(),
    textPart("Let me look.", { end: 1 }),
    done({ finish: "tool-calls" }),
    assistant({ id: "msg_a2" }),
    textPart("It is 42.", { id: "prt_t2", messageID: "msg_a2", end: 2 }),
    done({ id: "msg_a2" }),
    idle(),
  ]);
  assertEquals([state.next, text, state.result.text], [
    "ended",
    "Let me look.It is 42.",
    "It is 42.",
  ]);
});

/** The first part of a user message. */
function userPart(messageID: string, fields: Record<string, unknown>) {
  const part = {
    id: `prt_${messageID}`,
    sessionID: SESSION,
    messageID,
    type: "text",
    text: "x",
    ...fields,
  };
  return event("message.part.updated", { sessionID: SESSION, part });
}

/** A second user message in the turn, with its answer. */
function continued(part: Record<string, unknown>) {
  return [
    user(),
    done({ finish: "tool-calls" }),
    user("msg_u2", 1500),
    userPart("msg_u2", part),
    assistant({ id: "msg_a2", parentID: "msg_u2" }),
    textPart("done", { id: "prt_t2", messageID: "msg_a2", end: 2 }),
    done({ id: "msg_a2", parentID: "msg_u2" }),
    idle(),
  ];
}

test("TurnState counts answers to the server's own message after ours: a plan's approval, a compaction", () => {
  for (const part of [{ synthetic: true }, { type: "compaction", auto: true }]) {
    const { state } = play(continued(part));
    assertEquals([state.next, state.result.text], ["ended", "done"]);
  }
});

test("TurnState leaves out the answer to a prompt that another client sent in its middle", () => {
  const { state, text } = play(continued({}));
  assertEquals([state.next, text], ["ended", ""]);
});

test("TurnState leaves out the summary that a compaction writes", () => {
  const { text, state } = play([
    user(),
    user("msg_u2", 1500),
    userPart("msg_u2", { type: "compaction", auto: true }),
    assistant({ id: "msg_c", parentID: "msg_u2", summary: true }),
    textPart("a summary", { id: "prt_c", messageID: "msg_c", end: 2 }),
    done({ id: "msg_c", parentID: "msg_u2", summary: true }),
    idle(),
  ]);
  assertEquals([text, state.result.message], ["", undefined]);
});

test("TurnState doubts an error that comes without an answer", () => {
  const { state } = play([failed("UnknownError", "Model not found: a/b.")]);
  assertEquals(state.next, "ask");
  const idleNow = state.idle();
  assert(idleNow !== "ended" && idleNow.error.message.includes("Model not found: a/b."));
});

test("TurnState ends with the error of its message, whatever number of idles come", () => {
  const error = { name: "APIError", data: { message: "no", statusCode: 401 } };
  const { state } = play(failedTurn(error));
  assertEquals([state.next, state.result.message?.error], ["ended", error as never]);
});

test("TurnState follows subagents, and their text stays out", () => {
  const child = {
    id: "ses_2",
    parentID: SESSION,
    title: "look around",
  };
  const { out, text, state } = play([
    user(),
    assistant(),
    event("session.created", { sessionID: "ses_2", info: child }),
    event("message.part.delta", {
      sessionID: "ses_2",
      messageID: "msg_c",
      partID: "prt_c",
      field: "text",
      delta: "inner",
    }),
    idle("ses_2"),
    idle("ses_2"),
    done(),
    idle(),
  ]);
  assertEquals(text, "");
  assertEquals(
    out.filter((one) => one.type === "subagent").map((one) => one.status),
    ["started", "finished"],
  );
  assert(state.tree.has("ses_2"));
});

test("TurnState sums what the whole tree took", () => {
  const { state } = play([
    user(),
    done({ cost: 0.5 }),
    event("session.created", {
      sessionID: "ses_2",
      info: { id: "ses_2", parentID: SESSION, title: "" },
    }),
    done({ id: "msg_c", sessionID: "ses_2", parentID: "msg_cu", cost: 0.25 }),
    idle(),
  ]);
  assertEquals(state.taken.cost, 0.75);
  assertEquals(state.taken.usage, {
    input: 2,
    output: 4,
    reasoning: 6,
    cacheRead: 8,
    cacheWrite: 10,
  });
});

test("TurnState passes over events of types that it does not know", () => {
  const events = plainTurn();
  events.splice(3, 0, event("session.next.glitter", { sessionID: SESSION, nested: { a: [1] } }));
  assertEquals(play(events).text, "Hello");
});

const ERROR = { name: "APIError", data: { message: "no", statusCode: 400 } };

/** A turn whose model failed. */
const failedTurn = (error: object = ERROR) => [
  user(),
  status("busy"),
  assistant(),
  failed("APIError", "no"),
  status("idle"),
  idle(),
  assistant({ completed: 3000, error, cost: 2 }),
  status("idle"),
  idle(),
];

test("TurnState keeps what an event told when the store's older word comes after it", () => {
  const { state } = play(failedTurn());
  const parts = [{ id: "prt_t1", messageID: "msg_a1", sessionID: SESSION, type: "text", text: "" }];
  state.reconcile([{ info: assistantInfo(), parts }] as unknown as StoredMessage[]);
  assertEquals([state.next, state.result.cost], ["ended", 2]);
  assertEquals(state.result.error?.message.includes("status 400"), true);
});

test("TurnState keeps a whole part when the store's older word comes after it", () => {
  const { state } = play(plainTurn());
  const part = { id: "prt_t1", messageID: "msg_a1", sessionID: SESSION, type: "text", text: "" };
  state.reconcile([{ info: assistantInfo(), parts: [part] }] as unknown as StoredMessage[]);
  const [kept] = state.result.parts;
  assertEquals(kept?.type === "text" && kept.text, "Hello");
});

test("TurnState fails a turn whose message is completed and holds neither an end nor an error", () => {
  // an abort while the server waits to try its provider again (server 1.18.33)
  const { state } = play([user(), status("busy"), assistant({ completed: 3000 }), status("idle")]);
  assertEquals([state.next, state.result.error?.name], ["ended", "TurnAbortedError"]);
});

test("TurnState takes the session's error for a message that is completed without one", () => {
  const before = failedTurn().slice(0, 4);
  const { state } = play([...before, assistant({ completed: 3000 }), status("idle")]);
  assertEquals([state.next, state.result.error?.message.includes("no (APIError)")], [
    "ended",
    true,
  ]);
});

const REJECTED = "The user rejected permission to use this specific tool call";
for (
  const [status, error, aborted] of [
    ["completed", "", true],
    ["error", "File not found: /x", true],
    ["error", `${REJECTED} with the following feedback: no.`, true],
    ["error", `${REJECTED}.`, false], // a refused call ends the turn, by the user's wish
    ["error", "The user dismissed this question", false],
  ] as const
) {
  test(`TurnState knows whether a turn was cut off between two steps: a call's end is ${status} ${error}`, () => {
    const part = {
      id: "prt_c",
      sessionID: SESSION,
      messageID: "msg_a1",
      type: "tool",
      state: { status, input: {}, error, output: "hi" },
    };
    const { state: turn } = play([
      user(),
      event("session.status", { sessionID: SESSION, status: { type: "busy" } }),
      assistant(),
      event("message.part.updated", { sessionID: SESSION, part }),
      done({ finish: "tool-calls" }),
      idle(),
    ]);
    assertEquals(turn.next, "ended");
    assertEquals(turn.result.error?.name, aborted ? "TurnAbortedError" : undefined);
  });
}
