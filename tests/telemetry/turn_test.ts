/** Spans of events that come in other pieces than usual. */
import { assertEquals } from "@std/assert";
import type { RoundState } from "../../src/dialect/types.ts";
import type { SpanData } from "../../src/telemetry/otlp/json.ts";
import { OtlpTracer } from "../../src/telemetry/otlp/tracer.ts";
import { Recorder } from "../../src/telemetry/recorder.ts";
import { TurnSpans } from "../../src/telemetry/turn.ts";
import { test } from "../harness.ts";

const round = (messageId: string, output: number): RoundState => ({
  sessionId: "ses_sub",
  messageId,
  provider: "p",
  model: "m",
  agent: "general",
  usage: { input: 0, output, reasoning: 0, cacheRead: 0, cacheWrite: 0 },
  cost: 0,
  over: true,
  startedAt: 0,
});

/** A turn, and the spans that have ended. */
function spans(): { turn: TurnSpans; ended: SpanData[] } {
  const ended: SpanData[] = [];
  const recorder = new Recorder(new OtlpTracer((span) => ended.push(span)), undefined);
  const asked = { text: "go", command: undefined, model: "p/m", agent: "build" };
  const turn = new TurnSpans({ sessionId: "ses_top", messageId: "msg_1", asked }, recorder);
  return { turn, ended };
}

test("a retry stands on its round, also where the server told of both in one piece", () => {
  const { turn, ended } = spans();
  const top = { ...round("msg_2", 5), sessionId: "ses_top", agent: "build" };
  const retry = { type: "retry" as const, sessionId: "ses_top", attempt: 1, message: "", next: 0 };
  turn.event(retry);
  turn.rounds([{ ...top, over: false }]);
  turn.rounds([top]);
  // the round before ends in the same piece
  turn.rounds([{ ...top, messageId: "msg_3", over: false }]);
  turn.event(retry);
  turn.rounds([{ ...top, messageId: "msg_3" }, { ...top, messageId: "msg_4", over: false }]);
  turn.rounds([{ ...top, messageId: "msg_4" }]);
  const retries = ended.filter(({ name }) => name === "chat m").map(({ events }) => events.length);
  assertEquals(retries, [1, 0, 1]);
});

test("a subagent's span counts a round that is told of together with its end", () => {
  const { turn, ended } = spans();
  const subagent = {
    type: "subagent" as const,
    sessionId: "ses_sub",
    parentId: "ses_top",
    title: "t",
  };
  turn.event({ ...subagent, status: "started" });
  turn.rounds([round("msg_2", 5)]);
  // one piece of the stream: its events come first, then the rounds
  turn.event({ ...subagent, status: "finished" });
  turn.rounds([round("msg_2", 5), round("msg_3", 7)]);
  const sub = ended.find(({ name }) => name === "invoke_agent general")!;
  assertEquals(sub.attributes["gen_ai.usage.output_tokens"], 12);
});
