/**
 * From a command's name to what it does.
 *
 * @module
 */
import type { Opencode } from "../../facade/opencode.ts";
import type { Args } from "../args.ts";
import type { Io } from "../io.ts";
import type { Progress } from "../progress.ts";

/** What every command gets. */
export interface CommandCall {
  args: Args;
  io: Io;
  progress: Progress;
  signal: AbortSignal;
  /** Sends Ctrl-C to this listener instead, until the returned function is called. */
  claim(listener: () => void): () => void;
}

/** A command that needs no server. @returns The exit code. */
export type PlainCommand = (call: CommandCall) => Promise<number>;

/** A command that works with a server, which is stopped after it. @returns The exit code. */
export type AgentCommand = (args: Args, io: Io, ai: Opencode) => Promise<number>;

/** Each is loaded when it runs: no call needs the modules of another. */
const PLAIN: Readonly<Record<string, () => Promise<PlainCommand>>> = {
  chat: async () => (await import("./chat.ts")).runChat,
  completions: async () => (await import("./completions.ts")).runCompletions,
  doctor: async () => (await import("./doctor.ts")).runDoctor,
  install: async () => (await import("./install.ts")).runInstall,
  recording: async () => (await import("./recording.ts")).runRecording,
  stop: async () => (await import("./stop.ts")).runStop,
  web: async () => (await import("./web.ts")).runWeb,
};

/** A command that is added to the table stands here or above. */
const WITH_AGENT: Readonly<Record<string, () => Promise<AgentCommand>>> = {
  agents: async () => (await import("./agents.ts")).runAgents,
  models: async () => (await import("./models.ts")).runModels,
  sessions: async () => (await import("./sessions.ts")).runSessions,
  stats: async () => (await import("./stats.ts")).runStats,
};

/** The names that can be run; a test compares them with the table. */
export const RUNNABLE: readonly string[] = [...Object.keys(PLAIN), ...Object.keys(WITH_AGENT)];

/** Runs a command. */
export async function runCommand(call: CommandCall): Promise<number> {
  const name = call.args.command!;
  const plain = PLAIN[name];
  if (plain) return await (await plain())(call);
  call.progress.busy("starting opencode");
  const [run, { Opencode }, { serverOptions }] = await Promise.all([
    WITH_AGENT[name]!(),
    import("../../facade/opencode.ts"),
    import("../conversation.ts"),
  ]);
  const ai = new Opencode(serverOptions(call));
  try {
    await ai.start();
    call.progress.idle();
    return await run(call.args, call.io, ai);
  } finally {
    call.progress.idle();
    await ai.close();
  }
}
