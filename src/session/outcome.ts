/**
 * From the end of a turn to its reply.
 *
 * @module
 */
import { TurnAbortedError } from "../errors.ts";
import type { TurnEvent } from "./events.ts";
import { type Progress, turnError } from "./failure.ts";
import { Reply } from "./reply.ts";
import type { TurnState } from "./state.ts";

/** Why a turn was ended here. */
export interface Failure {
  error: unknown;
  /** Whether the caller wanted it. */
  aborted: boolean;
}

/** What a turn gave, and how it ended. */
export function replyOf(
  state: TurnState,
  failure: Failure | undefined,
  events: TurnEvent[],
  at: Progress,
): Reply {
  const { message, text } = state;
  let error = failure?.error;
  if (error === undefined && message?.error) error = turnError(message.error, at);
  const outcome = error === undefined
    ? "completed"
    : error instanceof TurnAbortedError || failure?.aborted
    ? "aborted"
    : "error";
  const { usage, cost } = state.spent;
  return new Reply({
    text,
    parts: message ? state.partsOf(message.id) : [],
    message,
    structured: message?.structured,
    structuredBy: message?.structured === undefined ? undefined : "tool",
    usage,
    cost,
    steps: state.rounds.begun,
    sessionId: state.sessionId,
    messageId: state.messageId,
    outcome,
    error,
    events,
  });
}
