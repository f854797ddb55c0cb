/**
 * Where the prompt comes from: the words, standard input, or both.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { resolve } from "../runtime/path.ts";
import type { Io } from "./io.ts";

/** How long standard input may be silent before a prompt goes without it, in milliseconds. */
export const FIRST_BYTE = 3000;

/** A prompt, of which a part may still be on its way. */
export interface PromptSource {
  /** What is known at once, for the session's title. */
  readonly words: string;
  /** The whole prompt. */
  readonly text: Promise<string>;
}

/** What {@linkcode readPrompt} takes. */
export interface PromptOptions {
  words: readonly string[];
  verbatim: readonly string[];
  io: Io;
  signal: AbortSignal;
  /** Tells the user something. */
  notice(text: string): void;
  /** Standard input is needed for something else. */
  inputTaken?: boolean;
  /** How long to wait for the first byte beside a prompt, in milliseconds. @default {3_000} */
  firstByte?: number;
}

/**
 * The prompt: the words, then what is piped in. With words, a pipe that stays silent for
 * `firstByte` milliseconds is left out, and the user is told; `-` among the words waits for it.
 *
 * @throws {InvalidArgumentError} where there is none.
 */
export async function readPrompt(options: PromptOptions): Promise<PromptSource> {
  const { io, signal, notice, inputTaken = false, firstByte = FIRST_BYTE } = options;
  const waits = options.words.includes("-");
  const words = [...options.words.filter((word) => word !== "-"), ...options.verbatim].join(" ");
  const given = options.words.length + options.verbatim.length > 0;
  if (inputTaken) return { words, text: Promise.resolve(checked(words)) };
  if (words.trim() === "" && given && !waits) throw noPrompt();
  if (words.trim() !== "" && !waits) {
    if (io.inIsTerminal) return { words, text: Promise.resolve(words) };
    const text = readAll(io, signal, firstByte, () =>
      notice(
        `Nothing arrived on standard input within ${
          firstByte / 1000
        } s: the prompt goes without it (give - to wait, or < /dev/null)`,
      )).then((input) => join(words, input ?? ""));
    text.catch(() => {}); // whoever awaits it later is told
    return { words, text };
  }
  if (io.inIsTerminal && !waits) throw noPrompt();
  const tell = setTimeout(
    () => notice("Waiting for the prompt on standard input; Ctrl-C ends this"),
    firstByte,
  );
  try {
    const input = await readAll(io, signal) ?? "";
    const text = checked(waits && words !== "" ? `${words}\n\n${input}` : input);
    return { words: words === "" ? text : words, text: Promise.resolve(text) };
  } finally {
    clearTimeout(tell);
  }
}

function join(words: string, input: string): string {
  return input.trim() === "" ? words : `${words}\n\n${input}`;
}

function checked(prompt: string): string {
  if (prompt.trim() !== "") return prompt;
  throw noPrompt();
}

function noPrompt(): InvalidArgumentError {
  return new InvalidArgumentError(
    'There is no prompt: give it as words or on standard input, such as opencode-ts "Say hello"',
  );
}

/**
 * All of standard input as text, byte for byte; `undefined` where nothing arrives within
 * `firstByte` milliseconds.
 */
export async function readAll(
  io: Io,
  signal: AbortSignal,
  firstByte = Infinity,
  onSilence: () => void = () => {},
): Promise<string | undefined> {
  const reader = io.input().getReader();
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  let stop!: (why: "aborted" | "silent") => void;
  const stopped = new Promise<"aborted" | "silent">((resolve) => stop = resolve);
  const abort = () => stop("aborted");
  signal.addEventListener("abort", abort, { once: true });
  let timer = Number.isFinite(firstByte) ? setTimeout(() => stop("silent"), firstByte) : undefined;
  let text = "";
  try {
    for (;;) {
      signal.throwIfAborted();
      const next = await Promise.race([reader.read().catch(closed), stopped]);
      if (next === "silent") {
        onSilence();
        return undefined;
      }
      if (next === "aborted") throw signal.reason;
      if (next.done) return text + decoder.decode();
      text += decoder.decode(next.value, { stream: true });
      clearTimeout(timer);
      timer = undefined;
    }
  } finally {
    clearTimeout(timer);
    signal.removeEventListener("abort", abort);
    reader.cancel().catch(() => {}); // a read may be pending: not waited for
  }
}

/** A standard input that was closed before the program began, or is a directory, holds nothing. */
function closed(): { done: true; value?: undefined } {
  return { done: true };
}

/** The value of a flag that is a text, or `@file` for what stands in a file. */
export async function textOrFile(flag: string, value: string, io: Io): Promise<string> {
  if (!value.startsWith("@")) return value;
  if (value !== "@") return await readFile(flag, value.slice(1), io);
  throw new InvalidArgumentError(`--${flag} @ names no file: give @file, or a text`);
}

/** Failures that have words of ours, the same on every runtime. */
const WHY: Readonly<Record<string, string>> = {
  not_found: "there is no such file",
  is_a_directory: "it is a directory",
  not_a_directory: "a part of the path is a file",
  permission_denied: "you may not read it",
};

/** A file named by a flag. @throws {InvalidArgumentError} where it can't be read. */
export async function readFile(flag: string, path: string, io: Io): Promise<string> {
  try {
    return await host().files.readText(resolve(io.cwd(), path));
  } catch (cause) {
    const kind = host().failureKind(cause);
    if (kind === "flag_missing") throw cause;
    const why = WHY[kind ?? "other"] ?? (cause instanceof Error ? cause.message : cause);
    throw new InvalidArgumentError(`Cannot read ${path} for --${flag}: ${why}`, { cause });
  }
}
