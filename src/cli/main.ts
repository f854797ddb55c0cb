/**
 * The command line, from its words to its exit code.
 *
 * @module
 */
import { InvalidArgumentError, OpencodeError, TurnError } from "../errors.ts";
import { withPermissionHint } from "../runtime/permission_hint.ts";
import { type Args, readArgs } from "./args.ts";
import { ask } from "./ask.ts";
import { runDoctor } from "./commands/doctor.ts";
import { Interrupted, interruption } from "./interrupt.ts";
import { hostIo, type Io, NobodyReads } from "./io.ts";
import { readPrompt } from "./prompt.ts";
import { failureLine } from "./render/json.ts";
import { usage } from "./usage.ts";
import { VERSION } from "../version.ts";

/**
 * Runs the command line.
 *
 * @param argv The words after the program's name.
 * @param io What it reads and writes. @default {the process's own}
 * @returns The exit code: 0 done, 1 failed, 2 wrong words, 130 interrupted.
 */
export async function main(argv: readonly string[], io?: Io): Promise<number> {
  const world = io ?? hostIo();
  let args: Args | undefined;
  try {
    args = readArgs(argv);
    return await withPermissionHint("run the command line", () => run(args!, world));
  } catch (error) {
    return await complain(error, world, args?.json ?? false);
  }
}

async function run(args: Args, io: Io): Promise<number> {
  if (args.help) return await say(usage(), io);
  if (args.version) return await say(`opencode-ts ${VERSION}\n`, io);
  const { signal, dispose } = interruption(io);
  try {
    if (isDoctor(args)) return await runDoctor(args, io, signal);
    return await ask(await readPrompt(args, io, signal), args, io, signal);
  } finally {
    dispose();
  }
}

/** The word alone; a prompt of that one word goes after `--`. */
function isDoctor({ words, verbatim }: Args): boolean {
  return words.length === 1 && words[0] === "doctor" && verbatim.length === 0;
}

async function say(text: string, io: Io): Promise<number> {
  await io.out(text);
  return 0;
}

/** One clear line, and the exit code; with `--json` a last record too, where none was written. */
async function complain(error: unknown, io: Io, json: boolean): Promise<number> {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof NobodyReads) return 141;
  const message = error instanceof OpencodeError
    ? error.message
    : `Unexpected: ${error instanceof Error ? error.stack ?? error.message : error}`;
  await io.err(`opencode-ts: ${message}\n`).catch(() => {});
  if (json && !(error instanceof TurnError)) await io.out(failureLine(error)).catch(() => {});
  return error instanceof InvalidArgumentError ? 2 : 1;
}
