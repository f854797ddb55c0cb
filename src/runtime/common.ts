/**
 * What both adapters share and neither runtime decides: failures told apart, lines of input.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import type { Env, ExitStatus, FailureKind } from "./port.ts";

/** POSIX names, which Deno, Node and Bun all put on their errors as `code`. */
const BY_CODE: Readonly<Record<string, FailureKind>> = {
  ENOENT: "not_found",
  EEXIST: "already_exists",
  EACCES: "permission_denied",
  EPERM: "permission_denied",
  EROFS: "permission_denied",
  ENOTDIR: "not_a_directory",
  EISDIR: "is_a_directory",
  ERR_FS_EISDIR: "is_a_directory",
  ENOTEMPTY: "not_empty",
  ELOOP: "too_many_links",
  EXDEV: "cross_device",
  ENOSPC: "no_space",
  EDQUOT: "no_space",
  EADDRINUSE: "address_in_use",
  ERR_ACCESS_DENIED: "flag_missing",
};

/** Deno's class names, for its errors that carry no code. */
const BY_NAME: Readonly<Record<string, FailureKind>> = {
  NotFound: "not_found",
  AlreadyExists: "already_exists",
  PermissionDenied: "permission_denied",
  NotADirectory: "not_a_directory",
  IsADirectory: "is_a_directory",
  FilesystemLoop: "too_many_links",
  AddrInUse: "address_in_use",
  NotCapable: "flag_missing",
};

/** What kind of failure an error of the file system, of a process or of a socket is. */
export function failureKind(error: unknown): FailureKind {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (name === "NotCapable") return "flag_missing";
  return BY_CODE[String(code)] ?? BY_NAME[String(name)] ?? "other";
}

/** The directory for temporary files, without a trailing slash. */
export function tempDirOf(env: Env, os: string): string {
  const names = os === "windows" ? ["TEMP", "TMP"] : ["TMPDIR", "TMP", "TEMP"];
  for (const name of names) {
    const value = env.get(name);
    if (value) return value.length > 1 ? value.replace(/[\\/]$/, "") : value;
  }
  return os === "windows" ? "C:\\Windows\\Temp" : "/tmp";
}

/**
 * The working directory.
 *
 * @throws {InvalidArgumentError} It was deleted.
 */
export function workingDirectory(read: () => string): string {
  try {
    return read();
  } catch (cause) {
    if (failureKind(cause) !== "not_found") throw cause;
    throw new InvalidArgumentError(
      "The working directory no longer exists: change to one that does, or give `directory`",
      { cause },
    );
  }
}

/** The user's home by the environment, if it says. */
export function homeDirOf(env: Env, os: string): string | undefined {
  return env.get(os === "windows" ? "USERPROFILE" : "HOME") || undefined;
}

/** A status from what the system reports: a code, or the signal that ended the process. */
export function exitStatus(
  code: number | null,
  signal: string | null,
  signalNumber: number,
): ExitStatus {
  return { success: code === 0 && signal === null, code: code ?? 128 + signalNumber, signal };
}

/** How a {@linkcode LineReader} gets at its input. */
export interface LineSource {
  /** The bytes; called once, on the first line asked for. */
  open(): ReadableStreamDefaultReader<Uint8Array>;
  /** Lets the process end although a read is pending. */
  pause?(): void;
  /** Undoes `pause`. */
  resume?(): void;
}

/** Lines of an input that is read only while somebody waits for one. */
export class LineReader {
  #source: LineSource;
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined;
  #decoder = new TextDecoder();
  #text = "";
  #ended = false;
  #pending: Promise<void> | undefined;

  constructor(source: LineSource) {
    this.#source = source;
  }

  /** One line, without its end; `null` at the end of input. Bytes that came are kept on abort. */
  async read(signal?: AbortSignal): Promise<string | null> {
    signal?.throwIfAborted();
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return line.endsWith("\r") ? line.slice(0, -1) : line;
      }
      if (this.#ended) {
        const rest = this.#text;
        this.#text = "";
        return rest === "" ? null : rest;
      }
      await this.#more(signal);
    }
  }

  #more(signal: AbortSignal | undefined): Promise<void> {
    this.#source.resume?.();
    this.#pending ??= this.#readChunk().finally(() => this.#pending = undefined);
    const pending = this.#pending;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#source.pause?.();
        reject(signal!.reason);
      };
      signal?.addEventListener("abort", onAbort, { once: true });
      const done = () => {
        signal?.removeEventListener("abort", onAbort);
        this.#source.pause?.();
      };
      pending.then(() => (done(), resolve()), (error) => (done(), reject(error)));
    });
  }

  async #readChunk(): Promise<void> {
    this.#reader ??= this.#source.open();
    const { value, done } = await this.#reader.read();
    this.#text += this.#decoder.decode(value, { stream: !done });
    this.#ended = done;
  }
}
