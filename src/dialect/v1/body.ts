/**
 * The body of a prompt.
 *
 * @module
 */
import type { SessionPromptAsyncInput } from "../../api/operations.gen.ts";
import type { TurnRequest } from "../types.ts";

/** What a prompt sends, but for the ids. */
export type PromptBody = Omit<SessionPromptAsyncInput, "sessionID" | "messageID" | "directory">;

/** The body for a prompt; the text goes as it is. */
export function promptBody(request: TurnRequest): PromptBody {
  const { text, files, agents = [], serverTools: tools, ...rest } = request;
  const { model, agent, system, variant, format } = rest;
  const parts: PromptBody["parts"] = [...files];
  if (text !== "") parts.unshift({ type: "text", text });
  for (const name of agents) parts.push({ type: "agent", name });
  return {
    parts,
    ...model && { model },
    ...agent !== undefined && { agent },
    ...system !== undefined && { system },
    ...variant !== undefined && { variant },
    ...tools && { tools },
    ...format && { format },
  };
}
