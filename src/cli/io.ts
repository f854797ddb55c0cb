/**
 * What the command line reads and writes; a test gives its own.
 *
 * @module
 */
import { toArrayBuffer } from "@std/streams/to-array-buffer";
import { OpencodeError } from "../errors.ts";
import { host } from "../runtime/host.ts";

/** The world as the command line sees it. */
export interface Io {
  /** Standard output: the answer, and nothing else. */
  out(text: string): Promise<void>;
  /** Standard error: everything else. */
  err(text: string): Promise<void>;
  /** Whether standard error is a terminal: only then a line is redrawn. */
  readonly errIsTerminal: boolean;
  /** Whether standard input is a terminal. */
  readonly inIsTerminal: boolean;
  /** Whether colours are wanted. */
  readonly color: boolean;
  /** All of standard input, as text. */
  readAll(signal: AbortSignal): Promise<string>;
  /** The working directory. */
  cwd(): string;
  /** A variable of the environment. */
  env(name: string): string | undefined;
  /** Calls back when the user interrupts; returns the undoing. */
  onInterrupt(listener: (signal: "SIGINT" | "SIGTERM" | "SIGHUP") => void): () => void;
}

/** Standard output was closed: `command | head -1` has seen enough. */
export class NobodyReads extends Error {
  override get name(): string {
    return "NobodyReads";
  }
}

/** The real one. */
export function hostIo(): Io {
  const { terminal, platform, env } = host();
  return {
    out: (text) =>
      terminal.stdout.write(text).catch((cause) => {
        if (isBrokenPipe(cause)) throw new NobodyReads("Nobody reads the answer", { cause });
        throw new OpencodeError(`Cannot write the answer: ${cause.message}`, { cause });
      }),
    err: (text) => terminal.stderr.write(text),
    errIsTerminal: terminal.stderr.isTerminal(),
    inIsTerminal: terminal.stdin.isTerminal(),
    color: !env.get("NO_COLOR") && terminal.stderr.isTerminal() && env.get("TERM") !== "dumb",
    readAll: (signal) => readAll(terminal.stdin.readable(), signal),
    cwd: () => platform.cwd(),
    env: (name) => env.get(name),
    onInterrupt(listener) {
      const undo = (["SIGINT", "SIGTERM", "SIGHUP"] as const)
        .map((signal) => platform.onSignal(signal, () => listener(signal)));
      return () => undo.forEach((step) => step());
    },
  };
}

function isBrokenPipe(error: { code?: unknown; name?: unknown }): boolean {
  return error.code === "EPIPE" || error.name === "BrokenPipe";
}

/** All of it, as text; a signal cuts it short with its reason. */
async function readAll(stream: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<string> {
  const bytes = await toArrayBuffer(stream.pipeThrough(new TransformStream(), { signal }));
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes); // byte for byte
}
