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
import { checkPrompt, defined, parseModel, type TurnLimits, wantsData } from "../options.ts";
import type { ResolvedPrompt } from "../resolve.ts";
import type { RunOptions } from "./run.ts";

/** What begins a turn. */
export interface PromptRequest {
  /** The prompt, or the arguments of `command`. */
  text: string;
  command?: string;
  options: ResolvedPrompt;
}

/** Whatever has no other properties: an option that is added and goes nowhere does not compile. */
export type Only<K extends PropertyKey, T> = { [Other in Exclude<keyof T, K>]: never };

/** The session of a turn. */
type Begun = Parameters<typeof heldTo>[1];

/** What a turn is made from; everything is checked before anything is sent. */
export function turnOf(
  context: SessionContext,
  session: Begun,
  { text, command, options }: PromptRequest,
): Omit<RunOptions, "emit" | "watch"> {
  const { id: sessionId, directory } = session;
  const { files = [], agents, system, serverTools, format, ...others } = options;
  const { model, agent, variant, policy, tools, signal, ...more } = others;
  const { collect = false, answerTimeout, onPermission, onQuestion, ...limits } = more;
  limits satisfies Only<keyof TurnLimits, typeof limits>;
  if (command === undefined) checkPrompt(text, files.length > 0);
  const starts = command !== undefined || (agents ?? []).length > 0;
  const used = command === undefined ? undefined : { name: command, args: text };
  const wanted = { model, variant, agent, agents, policy, serverTools, starts, command: used };
  const held = heldTo(context, session, wanted);
  return {
    context,
    sessionId,
    directory,
    messageId: messageId(context.clock.now()),
    asked: { text, command, model, agent },
    settings: { limits, collect, answerTimeout, onPermission, onQuestion, signal },
    hasFormat: wantsData(format),
    before: (signal) => held.before(signal),
    tools: tools && new LocalTools(tools, context, session),
    request: async () => {
      const parts: TurnRequest["files"] = [];
      for (const file of files) parts.push(await filePart(file, directory, text));
      const { model, serverTools } = held;
      return defined({
        text,
        command,
        files: parts,
        agents,
        model: model === undefined ? undefined : parseModel(model),
        agent,
        system,
        variant,
        serverTools,
        format,
      });
    },
  };
}
