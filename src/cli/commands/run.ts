/**
 * From a command's name to what it does.
 *
 * @module
 */
import { Opencode } from "../../facade/opencode.ts";
import type { Args } from "../args.ts";
import { serverOptions } from "../conversation.ts";
import type { Io } from "../io.ts";
import type { Progress } from "../progress.ts";
import { runAgents } from "./agents.ts";
import { runChat } from "./chat.ts";
import { runCompletions } from "./completions.ts";
import { runDoctor } from "./doctor.ts";
import { runInstall } from "./install.ts";
import { runModels } from "./models.ts";
import { runRecording } from "./recording.ts";
import { runSessions } from "./sessions.ts";
import { runStats } from "./stats.ts";
import { runStop } from "./stop.ts";
import { runWeb } from "./web.ts";

/** What every command gets. */
export interface CommandCall {
  args: Args;
  io: Io;
  progress: Progress;
  signal: AbortSignal;
}

/** A command that needs no server. @returns The exit code. */
export type PlainCommand = (call: CommandCall) => Promise<number>;

/** A command that works with a server, which is stopped after it. @returns The exit code. */
export type AgentCommand = (args: Args, io: Io, ai: Opencode) => Promise<number>;

const PLAIN: Readonly<Record<string, PlainCommand>> = {
  chat: runChat,
  completions: runCompletions,
  doctor: runDoctor,
  install: runInstall,
  recording: runRecording,
  stop: runStop,
  web: runWeb,
};

/** A command that is added to the table stands here or above. */
const WITH_AGENT: Readonly<Record<string, AgentCommand>> = {
  agents: runAgents,
  models: runModels,
  sessions: runSessions,
  stats: runStats,
};

/** The names that can be run; a test compares them with the table. */
export const RUNNABLE: readonly string[] = [...Object.keys(PLAIN), ...Object.keys(WITH_AGENT)];

/** Runs a command. */
export async function runCommand(call: CommandCall): Promise<number> {
  const name = call.args.command ?? "stop"; // `--stop` alone
  const plain = PLAIN[name];
  if (plain) return await plain(call);
  call.progress.busy("starting opencode");
  const ai = new Opencode(serverOptions(call));
  try {
    await ai.start();
    call.progress.idle();
    return await WITH_AGENT[name]!(call.args, call.io, ai);
  } finally {
    call.progress.idle();
    await ai.close();
  }
}
