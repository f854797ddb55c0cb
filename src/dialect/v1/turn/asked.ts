/**
 * From the events that ask to what is asked.
 *
 * @module
 */
import type { ServerEvent } from "../../../client/events.ts";
import type { PermissionRequest, QuestionRequest } from "../../requests.ts";
import type { Asked } from "../../types.ts";
import type { WirePermission, WireQuestion } from "../wire.ts";

/** What an event asks, or says to be answered; `undefined` for all others. */
export function askedBy({ type, properties }: ServerEvent): Asked | undefined {
  switch (type) {
    case "permission.asked":
      return {
        kind: "permission",
        request: permissionRequest(properties as unknown as WirePermission),
      };
    case "question.asked": {
      const { id, sessionID: sessionId, questions, tool } = properties as unknown as WireQuestion;
      return { kind: "question", request: { id, sessionId, questions, ...callOf(tool) } };
    }
    case "permission.replied":
    case "question.replied":
    case "question.rejected":
      return { kind: "answered", id: (properties as { requestID: string }).requestID };
    default:
      return undefined;
  }
}

function permissionRequest(wire: WirePermission): PermissionRequest {
  return {
    id: wire.id,
    sessionId: wire.sessionID,
    permission: wire.permission,
    patterns: wire.patterns,
    metadata: wire.metadata ?? {},
    always: wire.always ?? [],
    ...callOf(wire.tool),
  };
}

function callOf(tool: WireQuestion["tool"]): Pick<QuestionRequest, "tool"> {
  return tool ? { tool: { messageId: tool.messageID, callId: tool.callID } } : {};
}
