/**
 * `--output-format json` and `stream-json`.
 *
 * @module
 */
import type { Io } from "../io.ts";
import { MessageStream } from "./message_stream.ts";
import type { Ended, Opened, Output } from "./output.ts";
import type { TurnEvent } from "../../session/events.ts";
import { initRecord, lineOf, resultRecord } from "./records.ts";

/** One object at the end, with everything that a caller wants to know. */
export function jsonOutput(io: Io): Output {
  return {
    open: () => Promise.resolve(),
    event: () => Promise.resolve(),
    end: (ended) => io.out(lineOf(resultRecord(ended))),
  };
}

/** One object a line, as it happens; the last of each turn is its `result`. */
export function streamJsonOutput(io: Io): Output {
  let opened: Opened | undefined;
  let messages: MessageStream | undefined;
  return {
    async open(now) {
      opened = now;
      await io.out(lineOf(initRecord(now)));
    },
    async event(event: TurnEvent) {
      messages ??= new MessageStream(opened?.sessionId ?? event.sessionId, opened?.model ?? "");
      const lines = messages.feed(event).map(lineOf).join("");
      if (lines !== "") await io.out(lines);
    },
    async end(ended: Ended) {
      messages = undefined;
      const sessionId = ended.sessionId ?? opened?.sessionId;
      await io.out(lineOf(resultRecord({ ...ended, ...sessionId !== undefined && { sessionId } })));
    },
  };
}
