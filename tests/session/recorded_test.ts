import { assert, assertEquals } from "@std/assert";
import type { ServerEvent } from "../../src/client/events.ts";
import type { TurnEvent } from "../../src/session/events.ts";
import { TurnState } from "../../src/dialect/v1/turn/state.ts";
import { separator } from "../../src/session/turn/turn.ts";
import { test } from "../harness.ts";
import { type Recording, recording, RECORDINGS, storedAfter, storedTexts } from "./recordings.ts";

/** A machine after these events, and the text as a reader of the stream gets it. */
function play(of: Recording, events: ServerEvent[]): {
  state: TurnState;
  out: TurnEvent[];
  text: string;
} {
  const state = new TurnState(of.sessionId, of.messageId);
  const out: TurnEvent[] = [];
  for (const event of events) out.push(...state.feed([structuredClone(event)]).events);
  return { state, out, text: streamed(out) };
}

function streamed(out: TurnEvent[]): string {
  let text = "";
  let last: string | undefined;
  for (const event of out) {
    if (event.type !== "text") continue;
    text += separator(last, event) + event.text;
    last = event.messageId;
  }
  return text;
}

const FAILURES: Partial<Record<string, string>> = {
  error: "APIError",
  abort: "MessageAbortedError",
};

function assertTurn(of: Recording, played: ReturnType<typeof play>, how: string): void {
  const { state, text } = played;
  const stored = storedTexts(of);
  assertEquals(text, stored.join("\n\n"), how);
  assertEquals(state.result.text, stored.at(-1) ?? "", how);
  assertEquals(state.result.message?.error?.name, FAILURES[of.name] as never, how);
  assertEquals([state.working, state.incomplete], [false, false], how);
}

const isIdle = (event: ServerEvent) =>
  event.type === "session.idle" ||
  event.type === "session.status" &&
    (event.properties as { status: { type: string } }).status.type === "idle";

/** Each event with the one after it changed about, from `first` on; pieces of text keep their order. */
function swapped(events: ServerEvent[], first: number): ServerEvent[] {
  const result = [...events];
  for (let i = first; i + 1 < result.length; i += 2) {
    const [a, b] = [result[i]!, result[i + 1]!];
    if (a.type === "message.part.delta" && b.type === "message.part.delta") continue;
    [result[i], result[i + 1]] = [b, a];
  }
  return result;
}

for (const name of RECORDINGS) {
  test(`TurnState gives the stored text and the outcome of a recorded turn: ${name}`, async () => {
    const of = await recording(name);
    assert(of.events.some(isIdle) && of.stored.length > 1);
    const whole = play(of, of.events);
    assertTurn(of, whole, "whole");
    assertEquals(whole.state.next, "ended");

    const twice = play(of, of.events.flatMap((event) => [event, event]));
    assertTurn(of, twice, "each event twice");
    assertEquals(twice.state.next, "ended");
    const plain = (out: TurnEvent[]) => out.filter(({ type }) => type !== "retry");
    assertEquals(plain(twice.out), plain(whole.out));

    const restless = play(of, of.events.filter((event) => !isIdle(event)));
    assertTurn(of, restless, "without idle");
    assertEquals(restless.state.next, "wait");

    for (const first of [0, 1]) {
      const other = play(of, swapped(of.events, first));
      assertTurn(of, other, `neighbours swapped from ${first}`);
      assertEquals(other.state.next, "ended");
      assertEquals(other.state.taken.steps, whole.state.taken.steps);
    }
  });

  test(`TurnState gives the stored text after a gap anywhere in a recorded turn: ${name}`, async () => {
    const of = await recording(name);
    for (let from = 0; from < of.events.length; from++) {
      for (const length of [0, 1, 2, 3, 7, 1000]) {
        const to = Math.min(from + length, of.events.length);
        const state = new TurnState(of.sessionId, of.messageId);
        const out: TurnEvent[] = [];
        out.push(...state.feed(of.events.slice(0, from)).events);
        state.gap();
        out.push(...state.reconcile(storedAfter(of, of.events.slice(0, to))).events);
        out.push(...state.feed(of.events.slice(to)).events);
        if (state.incomplete) out.push(...state.reconcile(of.stored, true).events);
        const how = `${length} events missing from ${from}`;
        assertEquals(streamed(out), storedTexts(of).join("\n\n"), how);
        assert(state.received, how);
      }
    }
  });
}
