/**
 * One prompt: the answer to standard output, the rest to standard error.
 *
 * @module
 */
import { askOnTerminal } from "../session/policies.ts";
import type { PromptOptions } from "../session/options.ts";
import { askTurns } from "../session/ask.ts";
import { separator, type Turn } from "../session/turn/turn.ts";
import { type AuditRecord, ToolExecutor } from "../tools/executor.ts";
import type { Args } from "./args.ts";
import { openConversation } from "./conversation.ts";
import type { Io } from "./io.ts";
import { Progress } from "./progress.ts";
import { jsonLine } from "./render/json.ts";
import { eventLine } from "./render/progress.ts";

/** Asks, and gives the exit code. */
export async function ask(
  prompt: string,
  args: Args,
  io: Io,
  signal: AbortSignal,
): Promise<number> {
  const progress = new Progress(io, args.quiet);
  const conversation = await openConversation(prompt, args, io, progress, signal);
  const { session } = conversation;
  let refused = false;
  const audit = ({ answer }: AuditRecord) => void (refused ||= answer === "nobody_to_ask");
  const workdir = session.directory;
  const executor = args.autoTools ? new ToolExecutor({ workdir, audit }) : undefined;
  let completed = false;
  try {
    const options: PromptOptions = { signal };
    if (args.model !== undefined) options.model = args.model;
    if (args.agent !== undefined) options.agent = args.agent;
    if (executor) options.tools = executor;
    // a person at the terminal answers what the user's own rules ask
    options.permissions = "default";
    if (io.inIsTerminal && io.errIsTerminal) options.onPermission = askOnTerminal;
    for await (const turn of askTurns(session, prompt, options)) {
      const show = args.json ? showJson : showText;
      refused = await show(turn, io, progress, options) || refused;
    }
    completed = true;
    return refused ? 1 : 0;
  } finally {
    await executor?.close();
    await conversation.close(completed);
  }
}

/** Follows a turn to its end; gives whether something was refused for want of anybody to ask. */
async function showText(
  turn: Turn,
  io: Io,
  progress: Progress,
  { onPermission }: PromptOptions,
): Promise<boolean> {
  let refused = false;
  let last = "";
  let message: string | undefined;
  for await (const event of turn.events) {
    if (event.type === "text") {
      await io.out(separator(message, event) + event.text);
      message = event.messageId;
      last = event.text;
      continue;
    }
    if (event.type === "permission" && event.reply === "reject" && !onPermission) refused = true;
    const line = eventLine(event, io.color);
    if (line === undefined) continue;
    if (io.errIsTerminal && last !== "" && !last.endsWith("\n")) progress.line("");
    progress.line(line);
  }
  await turn.reply;
  if (!last.endsWith("\n")) await io.out("\n");
  return refused;
}

/** The same, as lines of JSON. */
async function showJson(
  turn: Turn,
  io: Io,
  _progress: Progress,
  { onPermission }: PromptOptions,
): Promise<boolean> {
  let refused = false;
  for await (const event of turn.events) {
    if (event.type === "permission" && event.reply === "reject" && !onPermission) refused = true;
    await io.out(jsonLine(event));
  }
  await turn.reply;
  return refused;
}
