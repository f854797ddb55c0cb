/**
 * From the server's message parts to what a caller reads.
 *
 * @module
 */
import type { Part, ToolPart } from "../../api/types.gen.ts";
import type { ToolEvent } from "../events.ts";

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

/**
 * The arguments of a call, once they are known. Call ids are the provider's, and may repeat; where
 * two calls of one message have the same, neither's are shown.
 */
export function callInput(
  parts: readonly Part[],
  messageId: string,
  callId: string,
): Record<string, unknown> | undefined {
  const [call, other] = parts.filter((part): part is ToolPart =>
    part.type === "tool" && part.messageID === messageId && part.callID === callId
  );
  return call && !other && call.state.status !== "pending" ? call.state.input : undefined;
}

/** Whether a call does nothing itself but wait for a subagent's session (server 1.18.33). */
export function waitsForSubagent({ tool, state }: ToolPart): boolean {
  return tool === "task" ||
    "metadata" in state && typeof state.metadata?.["sessionId"] === "string";
}
