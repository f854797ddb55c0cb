/**
 * The command line, from its words to its exit code.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { withPermissionHint } from "../runtime/permission_hint.ts";
import { type Args, readArgs } from "./args.ts";
import { CommandTimeoutError, exitCodeOf } from "./exit.ts";
import { failureText } from "./failure.ts";
import { Interrupted, interruption } from "./interrupt.ts";
import { BrokenPipe, hostIo, type Io, wantsColor } from "./io.ts";
import type { CommandCall } from "./commands/run.ts";
import type { Output } from "./output/output.ts";
import { Progress } from "./progress.ts";
import { commandOf } from "./table/commands.ts";
import { confirmCommand } from "./typo.ts";
import { TESTED_VERSION } from "../binary/versions.ts";
import { VERSION } from "../version.ts";

/**
 * Runs the command line.
 *
 * @param argv The words after the program's name.
 * @param io What it reads and writes. @default {the process's own}
 * @returns The exit code; `--help` lists them.
 */
export async function main(argv: readonly string[], io: Io = hostIo()): Promise<number> {
  const started = Date.now();
  let output: Output | undefined;
  /** Whether a `result` is owed although nothing could be made of the words. */
  let owed = formatIn(argv) !== undefined;
  let progress: Progress | undefined;
  let verbose = false;
  let ending = "Stopping";
  const { signal, left, claim, dispose } = interruption(io, () => {
    if (progress?.decorated) progress.line(`${ending}; Ctrl-C again leaves at once`);
  });
  try {
    const args = await confirmCommand(readArgs(argv), io, signal);
    ({ verbose } = args);
    ending = args.command === undefined ? "Ending the turn" : ENDINGS[args.command] ?? ending;
    progress = new Progress(io, { quiet: args.quiet, color: wantsColor(args.color, io) });
    const call = args.command === undefined && !args.help && !args.version;
    owed = false;
    output = call ? await outputOf(args, io, progress) : undefined;
    const run = withPermissionHint(
      "run the command line",
      () => dispatch({ args, io, progress: progress!, signal, claim }, output),
    );
    return await Promise.race([run, left]);
  } catch (error) {
    progress?.idle();
    if (owed) output = (await import("./output/json.ts")).jsonOutput(io);
    return await fail(error, { io, output, verbose, started });
  } finally {
    dispose();
    await progress?.written();
  }
}

/** What the first Ctrl-C does to a command, where that is more than to stop it. */
const ENDINGS: Readonly<Record<string, string>> = {
  chat: "Ending the chat",
  web: "Stopping the page and its server",
};

async function dispatch(given: CommandCall, output: Output | undefined): Promise<number> {
  const { args, io, progress, signal: interrupted } = given;
  if (args.help) return await print(await helpOf(args, io.outIsTerminal ? io.columns() : 100), io);
  if (args.version) return await print(`opencode-ts ${VERSION} (opencode ${TESTED_VERSION})\n`, io);
  warnOfPassword(args, progress);
  const { timeout } = args;
  const link = linkSignals([interrupted], {
    timeout,
    timeoutReason: () => new CommandTimeoutError(timeout!),
  });
  const { signal } = link;
  try {
    const call = { ...given, signal };
    // what one kind of call needs, no other loads
    if (output) return await (await import("./ask.ts")).ask({ ...call, output });
    return await (await import("./commands/run.ts")).runCommand(call);
  } finally {
    link.dispose();
  }
}

async function helpOf({ command, words }: Args, columns: number): Promise<string> {
  const { commandUsage, usage } = await import("./table/help.ts");
  const width = Math.max(30, Math.min(100, columns));
  const entry = commandOf(command === "help" ? words[1] ?? words[0] : command);
  return entry && entry.name !== "help" ? commandUsage(entry, width) : usage(width);
}

async function outputOf(args: Args, io: Io, progress: Progress): Promise<Output> {
  const { outputFormat = "text", jsonSchema, showReasoning } = args;
  const { narrated, textOutput } = await import("./output/text.ts");
  if (outputFormat === "text") {
    return textOutput(io, progress, { json: jsonSchema !== undefined, reasoning: showReasoning });
  }
  const { jsonOutput, streamJsonOutput } = await import("./output/json.ts");
  const output = outputFormat === "json" ? jsonOutput(io) : streamJsonOutput(io);
  return narrated(output, progress, showReasoning);
}

/** The arguments of a process can be read by others on the machine. */
function warnOfPassword({ password, attach }: Args, progress: Progress): void {
  const inAddress = attach !== undefined && new URL(attach).password !== "";
  if (password === undefined && !inAddress) return;
  progress.line(
    "Warning: others on this machine can read a password in the arguments; set OPENCODE_SERVER_PASSWORD instead",
  );
}

async function print(text: string, io: Io): Promise<number> {
  await io.out(text);
  return 0;
}

/** Whether the words ask for JSON, before it is known whether they make sense. */
function formatIn(argv: readonly string[]): string | undefined {
  const end = argv.indexOf("--");
  const words = end < 0 ? argv : argv.slice(0, end);
  if (commandOf(words[0])) return undefined;
  if (words.some((word) => /^--(experimental-)?json(=|$)/.test(word))) return "stream-json";
  const at = words.findIndex((word) => /^--(output-)?format(=|$)/.test(word));
  const value = words[at]?.split("=")[1] ?? words[at + 1];
  return at >= 0 && /json/.test(value ?? "") ? value : undefined;
}

interface Failing {
  io: Io;
  output: Output | undefined;
  verbose: boolean;
  started: number;
}

/** One clear line, and the exit code; where JSON was asked for, a last `result` too. */
async function fail(error: unknown, { io, output, verbose, started }: Failing): Promise<number> {
  const exitCode = exitCodeOf(error);
  if (error instanceof BrokenPipe) return exitCode;
  const duration = Date.now() - started;
  await output?.end({ error, exitCode, denials: [], duration, modelDuration: 0 }).catch(() => {});
  if (error instanceof Interrupted) return exitCode;
  await io.err(`${failureText(error, verbose)}\n`).catch(() => {});
  return exitCode;
}
