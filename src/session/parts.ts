/**
 * From the server's message parts to what a caller reads.
 *
 * @module
 */
import type { AssistantMessage, StepFinishPart, ToolPart } from "../api/types.gen.ts";
import type { ToolEvent, Usage } from "./events.ts";

/** Tokens and dollars of a message or a step. */
export function usageOf(
  of: Pick<AssistantMessage | StepFinishPart, "tokens" | "cost">,
): { usage: Usage; cost: number } {
  const { input, output, reasoning, cache } = of.tokens;
  return {
    usage: { input, output, reasoning, cacheRead: cache.read, cacheWrite: cache.write },
    cost: of.cost,
  };
}

/** A tool part as an event. */
export function toolEvent(part: ToolPart): ToolEvent {
  const { state } = part;
  const event: ToolEvent = {
    type: "tool",
    status: state.status,
    name: part.tool,
    callId: part.callID,
    input: state.input,
    sessionId: part.sessionID,
    messageId: part.messageID,
    partId: part.id,
  };
  if (state.status === "completed") event.output = state.output;
  if (state.status === "error") event.error = state.error;
  if ("title" in state && state.title !== undefined) event.title = state.title;
  if ("metadata" in state && state.metadata !== undefined) event.metadata = state.metadata;
  return event;
}
