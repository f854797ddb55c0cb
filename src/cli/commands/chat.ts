/**
 * `chat`: a conversation on the terminal.
 *
 * @module
 */
import { dirname, join } from "../../runtime/path.ts";
import { stateFile } from "../../server/kept.ts";
import type { PromptOptions } from "../../session/options.ts";
import { rulesOfAgent } from "../agents.ts";
import { chat } from "../chat/chat.ts";
import { openConversation } from "../conversation.ts";
import { permitting, toolRules } from "../permissions.ts";
import { textOrFile } from "../prompt.ts";
import type { CommandCall } from "./run.ts";

/** Runs it. */
export async function runChat({ args, io, progress, signal, claim }: CommandCall): Promise<number> {
  toolRules(args.allowedTools, "allowed-tools", "allow"); // a typo is told before anything starts
  toolRules(args.disallowedTools, "disallowed-tools", "deny");
  const first = args.words.join(" ").trim();
  const append = args.appendSystemPrompt === undefined
    ? undefined
    : await textOrFile("append-system-prompt", args.appendSystemPrompt, io);
  // for a screen reader nothing is redrawn, from the first line on
  if (!args.plain) progress.busy("starting opencode");
  else if (progress.decorated) progress.line("Starting opencode");
  const conversation = await openConversation({
    words: first === "" ? "Chat" : first,
    args,
    io,
    progress,
    signal,
  });
  const { ai, session } = conversation;
  progress.idle();
  let refused = false;
  const prompt: PromptOptions = {
    ...args.variant !== undefined && { variant: args.variant },
    ...append !== undefined && { appendSystemPrompt: append },
    ...args.idleTimeout !== undefined && { idleTimeout: args.idleTimeout },
    ...args.maxTurns !== undefined && { maxSteps: args.maxTurns },
    ...args.maxBudgetUsd !== undefined && { maxCost: args.maxBudgetUsd },
    ...args.maxTokens !== undefined && { maxTokens: args.maxTokens },
  };
  try {
    return await chat({
      ai,
      session,
      io,
      signal,
      claim,
      divert: (write) => progress.divert(write),
      prompt,
      paint: progress.paint,
      historyFile: join(dirname(await stateFile(session.directory)), "history.jsonl"),
      plain: args.plain,
      reasoning: args.showReasoning,
      verbose: args.verbose,
      quiet: args.quiet,
      model: args.model,
      agent: args.agent,
      ...first !== "" && { first },
      refused: () => refused,
      permitting: (asked, agent) =>
        permitting({
          args,
          io,
          asked,
          onNobody: () => refused = true,
          rulesOfUser: () => rulesOfAgent(ai, session.directory, agent),
        }),
    });
  } finally {
    await conversation.close(true);
  }
}
