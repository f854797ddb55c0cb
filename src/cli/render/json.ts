/**
 * A turn as lines of JSON, for programs.
 *
 * @module
 */
import type { TurnEvent } from "../../session/events.ts";
import type { Reply } from "../../session/reply.ts";

/** One line for an event; the last is a `result` with everything that a caller wants to know. */
export function jsonLine(event: TurnEvent): string {
  if (event.type === "done") return `${JSON.stringify(result(event.reply))}\n`;
  if (event.type !== "error") return `${JSON.stringify(event)}\n`;
  return `${JSON.stringify({ ...event, error: describeError(event.error) })}\n`;
}

/** The last line of a call that failed before there was a turn. */
export function failureLine(error: unknown): string {
  const record = { type: "result", outcome: "error", error: describeError(error) };
  return `${JSON.stringify(record)}\n`;
}

function result(reply: Reply): Record<string, unknown> {
  const { outcome, text, model, finish, usage, cost, steps, sessionId, messageId } = reply;
  return {
    type: "result",
    outcome,
    text,
    model,
    finish,
    usage,
    cost,
    steps,
    sessionId,
    messageId,
    ...reply.error !== undefined && { error: describeError(reply.error) },
  };
}

function describeError(error: unknown): { name: string; code?: string; message: string } {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const code = (error as { code?: unknown }).code;
  return {
    name: error.name,
    ...typeof code === "string" && { code },
    message: error.message,
  };
}
