/**
 * What the command line reads and writes; a test gives its own.
 *
 * @module
 */
import { OpencodeError } from "../errors.ts";
import { host } from "../runtime/host.ts";

/** The termination signals that the command line acts on. */
export type InterruptSignal = "SIGINT" | "SIGTERM" | "SIGHUP";

/** The world as the command line sees it. */
export interface Io {
  /** Standard output: the answer, and nothing else. @throws {BrokenPipe} Its reader is gone. */
  out(text: string): Promise<void>;
  /** Standard error: everything else. Where it can't be written, the call goes on. */
  err(text: string): Promise<void>;
  /** Whether standard output is a terminal. */
  readonly outIsTerminal: boolean;
  /** Whether standard error is a terminal: only then a line is redrawn. */
  readonly errIsTerminal: boolean;
  /** Whether standard input is a terminal. */
  readonly inIsTerminal: boolean;
  /** How wide the terminal is, in characters. */
  columns(): number;
  /** Standard input, as it comes. */
  input(): ReadableStream<Uint8Array>;
  /** Keys as they are typed, without echo; where there is no terminal, nothing. */
  setRaw(on: boolean): void;
  /** A line that somebody types; `null` at the end of input. */
  readLine(signal: AbortSignal): Promise<string | null>;
  /** The working directory. */
  cwd(): string;
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /** Calls back on each termination signal, until the returned function is called. */
  onInterrupt(listener: (signal: InterruptSignal) => void): () => void;
  /** Stops the program and what runs with it, as Ctrl-Z does, where a shell can bring it back. */
  suspend(): void;
  /** Calls back each time the program goes on after a stop, until the returned function is called. */
  onContinue(listener: () => void): () => void;
}

/** Standard output was closed: `command | head -1` has seen enough. */
export class BrokenPipe extends Error {
  override get name(): string {
    return "BrokenPipe";
  }
}

/** The real one. */
export function hostIo(): Io {
  const { terminal, platform, env } = host();
  return {
    out: (text) =>
      terminal.stdout.write(text).catch((cause) => {
        if (isBrokenPipe(cause)) throw new BrokenPipe("Nobody reads the output", { cause });
        throw new OpencodeError(`Cannot write the answer: ${cause.message}`, { cause });
      }),
    err: (text) => terminal.stderr.write(text).catch(() => {}), // nobody can be told
    outIsTerminal: terminal.stdout.isTerminal(),
    errIsTerminal: terminal.stderr.isTerminal(),
    inIsTerminal: terminal.stdin.isTerminal(),
    columns: () => terminal.size()?.columns ?? 80,
    input: () => terminal.stdin.readable(),
    setRaw: (on) => terminal.stdin.setRaw(on),
    readLine: (signal) =>
      terminal.stdin.readLine({ signal }).catch((error) => {
        if (signal.aborted) throw error;
        return null; // what can't be read, such as a directory, holds nothing
      }),
    cwd: () => platform.cwd(),
    env: (name) => env.get(name),
    onInterrupt(listener) {
      const undo = (["SIGINT", "SIGTERM", "SIGHUP"] as const)
        .map((signal) => platform.onSignal(signal, () => listener(signal)));
      return () => undo.forEach((step) => step());
    },
    suspend() {
      // the whole job, as the terminal does it: `npx` or `deno task` may stand before this program
      if (platform.os !== "windows") platform.kill(0, "SIGTSTP");
    },
    onContinue: (listener) =>
      platform.os === "windows" ? () => {} : platform.onSignal("SIGCONT", listener),
  };
}

function isBrokenPipe(error: { code?: unknown; name?: unknown }): boolean {
  return error.code === "EPIPE" || error.name === "BrokenPipe";
}

/** Whether colours are wanted on standard error. */
export function wantsColor(when: "auto" | "always" | "never" | undefined, io: Io): boolean {
  if (when === "always" || when === "never") return when === "always";
  if (io.env("NO_COLOR")) return false;
  const force = io.env("FORCE_COLOR");
  if (force !== undefined && force !== "") return force !== "0";
  return io.errIsTerminal && io.env("TERM") !== "dumb";
}
