/**
 * The one way into a turn: for prompts, data and commands alike.
 *
 * @module
 */
import type { TurnRequest } from "../../dialect/types.ts";
import { filePart } from "../attachments.ts";
import type { SessionContext } from "../context.ts";
import { heldTo } from "../held.ts";
import { messageId } from "./ids.ts";
import { LocalTools } from "./local_tools.ts";
import { checkPrompt, defined, parseModel, type PromptOptions } from "../options.ts";
import type { RunOptions } from "./run.ts";

/** The server has no place for these in a command. */
const NOT_FOR_COMMANDS = ["system", "agents", "serverTools", "format"] as const satisfies readonly (
  Exclude<keyof PromptOptions, keyof CommandOptions>
)[];

/** What a command takes: all that a prompt takes, but for what the server has no place for there. */
export type CommandOptions = Omit<PromptOptions, "system" | "agents" | "serverTools" | "format">;

/** What begins a turn. */
export interface PromptRequest {
  /** The prompt, or the arguments of `command`. */
  text: string;
  command?: string;
  options: PromptOptions;
}

/** The session of a turn. */
type Begun = Parameters<typeof heldTo>[1];

/** What a turn is made from; everything is checked before anything is sent. */
export function turnOf(
  context: SessionContext,
  session: Begun,
  { text, command, options: given }: PromptRequest,
): Omit<RunOptions, "emit"> {
  const { id: sessionId, directory } = session;
  const all: PromptOptions = { ...context.defaults, ...defined(given) };
  if (command === undefined) checkPrompt(text, (all.files?.length ?? 0) > 0);
  else for (const name of NOT_FOR_COMMANDS) delete all[name];
  if (all.tools) all.maxToolRounds ??= 25;
  const starts = command !== undefined || (all.agents ?? []).length > 0;
  const { options, before } = heldTo(context, session, all, starts);
  const { tools, files = [], agent, agents, system, variant, serverTools, format } = options;
  const model = () => options.model === undefined ? undefined : parseModel(options.model);
  model(); // a name that can't be one is told of at once
  const more = defined({ command, agent, agents, system, variant, serverTools, format });
  return {
    context,
    sessionId,
    directory,
    messageId: messageId(context.clock.now()),
    options,
    before,
    tools: tools && new LocalTools(tools, context, session),
    request: async () => {
      const parts: TurnRequest["files"] = [];
      for (const file of files) parts.push(await filePart(file, directory, text));
      return defined({ ...more, model: model(), text, files: parts });
    },
  };
}
