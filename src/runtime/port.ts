/**
 * What this package asks of the runtime that it runs on: types alone. `deno.ts` and `node.ts`
 * implement them under the same names, `host.ts` picks one.
 *
 * @module
 */

/** The signals that this package sends or listens to. */
export type SignalName = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGKILL" | "SIGTSTP" | "SIGCONT";

/** The kinds of failure that callers tell apart, the same on every runtime. */
export type FailureKind =
  | "not_found"
  | "already_exists"
  | "permission_denied"
  | "not_a_directory"
  | "is_a_directory"
  | "not_empty"
  | "too_many_links"
  | "cross_device"
  | "no_space"
  | "address_in_use"
  /** Deno refused because a permission flag is missing. */
  | "flag_missing"
  | "other";

/** One of a child's standard streams. */
export type Stdio = "piped" | "null" | "inherit";

/** How to start a program; never through a shell. */
export interface SpawnOptions {
  /** The arguments, as they are. */
  args?: readonly string[];
  /** The working directory. */
  cwd?: string;
  /** Variables added to the environment, or, with `clearEnv`, the whole of it. */
  env?: Readonly<Record<string, string>>;
  /** Don't inherit this process's environment. */
  clearEnv?: boolean;
  /** @default {"null"} */
  stdin?: Stdio;
  /** @default {"piped"} */
  stdout?: Stdio;
  /** @default {"piped"} */
  stderr?: Stdio;
  /** Give it a process group of its own (Unix), so that the whole group can be signalled. */
  detached?: boolean;
}

/** How a child ended. */
export interface ExitStatus {
  /** Whether the exit code is 0. */
  success: boolean;
  /** The exit code; 128 plus the signal's number where a signal ended it. */
  code: number;
  /** The signal that ended it, or `null`. */
  signal: string | null;
}

/** A running program. */
export interface Child {
  /** Its process id. */
  readonly pid: number;
  /** Its standard input, where piped. */
  readonly stdin: WritableStream<Uint8Array> | null;
  /** Its standard output, where piped. */
  readonly stdout: ReadableStream<Uint8Array> | null;
  /** Its standard error, where piped. */
  readonly stderr: ReadableStream<Uint8Array> | null;
  /** Resolves when it ended; never rejects. */
  readonly status: Promise<ExitStatus>;
  /** Sends a signal; `false` where it is gone already. */
  kill(signal?: SignalName): boolean;
  /** Lets this process end although the child runs. */
  unref(): void;
  /** Undoes `unref`. */
  ref(): void;
}

/** What `stat` says of a path. */
export interface FileInfo {
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
  /** In bytes. */
  size: number;
  /** Last change of the content, in whole milliseconds since 1970; 0 where unknown. */
  mtimeMs: number;
  /** Permission bits; 0 on Windows. */
  mode: number;
  /** Device and inode, for telling files apart; 0 where unknown. */
  dev: number;
  ino: number;
}

/** Bytes in a buffer of their own, spelled so that TypeScript before 5.7 reads it too. */
export type Bytes = ReturnType<typeof Uint8Array.of>;

/** One entry of a directory. */
export interface DirEntry {
  name: string;
  isFile: boolean;
  isDirectory: boolean;
  isSymlink: boolean;
}

/** How to open or write a file. */
export interface WriteOptions {
  /** Fail with `already_exists` where the path exists; exclusive, also against other processes. */
  createNew?: boolean;
  /** Add to the end. */
  append?: boolean;
  /** Permission bits of a new file. */
  mode?: number;
}

/** An open file. */
export interface OpenFile {
  /** Reads up to the buffer's length; `null` at the end of the file. */
  read(buffer: Uint8Array): Promise<number | null>;
  /** The same from a place in the file; where `read` goes on after it is not said. */
  readAt(buffer: Uint8Array, position: number): Promise<number | null>;
  /** Writes all of it. */
  write(data: Uint8Array): Promise<void>;
  /** Moves what was written to the disk. */
  sync(): Promise<void>;
  stat(): Promise<FileInfo>;
  /**
   * Linux: the link `/proc/self/fd/N` that stands for it as long as it is open. `undefined` elsewhere,
   * and where this program may not look there (Deno without `--allow-all`).
   */
  handle(): Promise<string | undefined>;
  /** Idempotent. */
  close(): Promise<void>;
}

/** The file system. Paths are plain strings; `failureKind` classifies every error. */
export interface Files {
  readBytes(path: string): Promise<Bytes>;
  readText(path: string): Promise<string>;
  writeBytes(path: string, data: Uint8Array, options?: WriteOptions): Promise<void>;
  writeText(path: string, data: string, options?: WriteOptions): Promise<void>;
  open(
    path: string,
    options: WriteOptions & { read?: boolean; write?: boolean; truncate?: boolean },
  ): Promise<OpenFile>;
  stat(path: string): Promise<FileInfo>;
  lstat(path: string): Promise<FileInfo>;
  /** Whether something is there (a dangling link is not). */
  exists(path: string): Promise<boolean>;
  readDir(path: string): Promise<DirEntry[]>;
  realPath(path: string): Promise<string>;
  readLink(path: string): Promise<string>;
  symlink(target: string, path: string): Promise<void>;
  /** Makes it and its parents; an existing directory is fine. */
  makeDir(path: string, options?: { mode?: number }): Promise<void>;
  makeTempDir(options?: { dir?: string; prefix?: string }): Promise<string>;
  rename(from: string, to: string): Promise<void>;
  copy(from: string, to: string): Promise<void>;
  chmod(path: string, mode: number): Promise<void>;
  /** Sets both times, in milliseconds since 1970. */
  setTimes(path: string, atimeMs: number, mtimeMs: number): Promise<void>;
  /** A missing path is fine. */
  remove(path: string, options?: { recursive?: boolean }): Promise<void>;
  /** For hot loops over many small files. */
  readBytesSync(path: string): Bytes;
  /** Opens a regular file for reading. */
  openSync(path: string): SyncFile;
  readDirSync(path: string): DirEntry[];
  statSync(path: string): FileInfo;
  lstatSync(path: string): FileInfo;
  realPathSync(path: string): string;
  removeSync(path: string, options?: { recursive?: boolean }): void;
}

/** A file that was opened for reading, without waiting. */
export interface SyncFile {
  /** Reads up to the buffer's length; 0 at the end of the file. */
  read(buffer: Uint8Array): number;
  /**
   * Linux: the path at which the system itself sees this file now. `undefined` elsewhere, and where
   * this program may not look (Deno without `--allow-all`).
   */
  where(): string | undefined;
  close(): void;
}

/** The environment's variables. */
export interface Env {
  get(name: string): string | undefined;
  set(name: string, value: string): void;
  delete(name: string): void;
  toObject(): Record<string, string>;
}

/** A running loopback HTTP listener. */
export interface Listener {
  readonly hostname: string;
  readonly port: number;
  /** Stops accepting, closes open connections, and resolves when all are closed. Idempotent. */
  close(): Promise<void>;
}

/** How to listen. */
export interface ServeOptions {
  /** @default {"127.0.0.1"} */
  hostname?: string;
  /** @default {0}, a free one */
  port?: number;
}

/**
 * Answers one request. `request.signal` aborts when the client goes away; a thrown error becomes an
 * empty 500.
 */
export type ServeHandler = (
  request: Request,
  info: { remoteAddress: string },
) => Response | Promise<Response>;

/** A standard output stream of this process. */
export interface TerminalOutput {
  isTerminal(): boolean;
  /** Writes all of it; resolves when the system took it. Rejects where the reader is gone. */
  write(data: string | Uint8Array): Promise<void>;
  /** The same, before it returns. */
  writeSync(data: string | Uint8Array): void;
}

/** The terminal or pipes that this process was given. */
export interface Terminal {
  stdin: {
    isTerminal(): boolean;
    /** The bytes; made on first use. Cancel it to let the process end. */
    readable(): ReadableStream<Uint8Array>;
    /** One line, without its end; `null` at the end of input. */
    readLine(options?: { signal?: AbortSignal }): Promise<string | null>;
    /** Keys as they are typed, without echo. */
    setRaw(on: boolean): void;
  };
  stdout: TerminalOutput;
  stderr: TerminalOutput;
  /** `null` where there is no terminal. */
  size(): { columns: number; rows: number } | null;
}

/** A running digest. */
export interface Hasher {
  update(data: Uint8Array): void;
  /** Ends it. */
  digest(encoding: "hex" | "base64"): string;
}

/** This process and its machine. */
export interface Platform {
  readonly runtime: "deno" | "node" | "bun";
  /** The runtime's own version. */
  readonly version: string;
  readonly os: "linux" | "darwin" | "windows" | "other";
  readonly arch: "x64" | "arm64" | "other";
  readonly pid: number;
  /** The words after the program's name. */
  args(): string[];
  /** The runtime's own program. */
  execPath(): string;
  cwd(): string;
  homeDir(): string;
  tmpDir(): string;
  exit(code: number): never;
  /** Sets the exit code of the process for when it ends without `exit`. */
  setExitCode(code: number): void;
  /** Calls back on a signal until the returned function is called; where unsupported, never. */
  onSignal(signal: SignalName, listener: () => void): () => void;
  /** Calls back, synchronously, when the process ends, with or without `exit`. */
  onExit(listener: () => void): () => void;
  /**
   * Sends a signal to a process, with a negative id to a group, with 0 to the group of this process;
   * `false` where none is there.
   */
  kill(pid: number, signal: SignalName): boolean;
  /** Whether a process with that id runs. */
  isAlive(pid: number): boolean;
  /** Lets the process end although the timer is pending. */
  unrefTimer(timer: unknown): void;
}

/** The whole port. */
export interface Runtime {
  readonly platform: Platform;
  readonly env: Env;
  readonly files: Files;
  readonly terminal: Terminal;
  /** Starts a program; rejects with `not_found` where there is none. */
  spawn(command: string, options?: SpawnOptions): Promise<Child>;
  serve(handler: ServeHandler, options?: ServeOptions): Promise<Listener>;
  createHash(algorithm: "sha256" | "sha512"): Hasher;
  /** What kind of failure a rejected call of this port was. */
  failureKind(error: unknown): FailureKind;
}
