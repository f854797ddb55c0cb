/**
 * From a prompt and its options to the request's body.
 *
 * @module
 */
import type { SessionPromptAsyncInput } from "../api/operations.gen.ts";
import { filePart } from "./attachments.ts";
import { parseModel, type PromptOptions } from "./options.ts";

/** What a prompt sends, but for the ids. */
export type PromptBody = Omit<SessionPromptAsyncInput, "sessionID" | "messageID" | "directory">;

/** The body for a prompt; the text goes as it is. */
export async function promptBody(
  text: string,
  options: PromptOptions,
  directory: string,
): Promise<PromptBody> {
  const { model, agent, system, variant, serverTools, format, files = [], agents = [] } = options;
  const parts: PromptBody["parts"] = [];
  if (text !== "") parts.push({ type: "text", text });
  for (const file of files) parts.push(await filePart(file, directory, text));
  for (const name of agents) parts.push({ type: "agent", name });
  const body: PromptBody = { parts };
  if (model !== undefined) body.model = parseModel(model);
  if (agent !== undefined) body.agent = agent;
  if (system !== undefined) body.system = system;
  if (variant !== undefined) body.variant = variant;
  if (serverTools !== undefined) body.tools = serverTools;
  if (format !== undefined) body.format = format;
  return body;
}
