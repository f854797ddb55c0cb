/**
 * The port on Node and Bun: the only file that says `node:`.
 *
 * The built-in modules are fetched on first use: an import would cost a program on Deno, which
 * loads this file too, some 25 ms.
 *
 * @module
 */
import type * as NodeChildProcess from "node:child_process";
import type * as NodeCrypto from "node:crypto";
import type * as NodeFs from "node:fs";
import type * as NodeOs from "node:os";
import type {
  Child,
  DirEntry,
  Env,
  FileInfo,
  Files,
  Hasher,
  OpenFile,
  Platform,
  Runtime,
  SpawnOptions,
  Terminal,
  TerminalOutput,
  WriteOptions,
} from "./port.ts";
import {
  exitStatus,
  failureKind,
  homeDirOf,
  LineReader,
  tempDirOf,
  workingDirectory,
} from "./common.ts";
import { openByNode, plain } from "./node_sync.ts";
import { type NodeHttp, serveByNode } from "./node_serve.ts";
import {
  type NodeReadable,
  type NodeWritable,
  toReadableStream,
  toWritableStream,
} from "./node_streams.ts";

/** The port, by what Node and Bun offer. */
export function createRuntime(): Runtime {
  return {
    platform: platform(),
    env,
    files,
    terminal: terminal(),
    spawn,
    serve: (handler, options) => serveByNode(http(), handler, options),
    createHash,
    failureKind,
  };
}

/** The part of `process` that is used. */
interface NodeProcess {
  readonly platform: string;
  readonly arch: string;
  readonly pid: number;
  readonly argv: string[];
  readonly execPath: string;
  readonly version: string;
  readonly versions: Record<string, string | undefined>;
  readonly env: Record<string, string | undefined>;
  readonly stdin: NodeReadable & {
    isTTY?: boolean;
    setRawMode?(on: boolean): void;
    unref?(): void;
  };
  readonly stdout: NodeOutput;
  readonly stderr: NodeOutput;
  exitCode: number | undefined;
  cwd(): string;
  exit(code: number): never;
  kill(pid: number, signal: string | 0): boolean;
  on(event: string, listener: () => void): void;
  off(event: string, listener: () => void): void;
  getBuiltinModule(name: string): unknown;
}

interface NodeOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(data: string | Uint8Array, done: (error?: Error | null) => void): boolean;
  on(event: "error", listener: () => void): void;
}

const proc = (): NodeProcess => (globalThis as unknown as { process: NodeProcess }).process;
const builtin = <T>(name: string): T => proc().getBuiltinModule(name) as T;
const fs = (): typeof NodeFs => builtin("node:fs");
const os = (): typeof NodeOs => builtin("node:os");
const http = (): NodeHttp => builtin("node:http");

/** A running SHA-256 or SHA-512; Deno's adapter has it from here, as the web offers none that streams. */
export function createHash(algorithm: "sha256" | "sha512"): Hasher {
  const hash = builtin<typeof NodeCrypto>("node:crypto").createHash(algorithm);
  return {
    update: (data) => void hash.update(data),
    digest: (encoding) => hash.digest(encoding),
  };
}

/** The home directory that the system's own records name. */
export function systemHomeDir(): string {
  return os().homedir();
}

const env: Env = {
  get: (name) => proc().env[name],
  set: (name, value) => void (proc().env[name] = value),
  delete: (name) => void delete proc().env[name],
  toObject() {
    const all: Record<string, string> = {};
    for (const [name, value] of Object.entries(proc().env)) {
      if (value !== undefined) all[name] = value;
    }
    return all;
  },
};

const osName = (): Platform["os"] =>
  ({ linux: "linux", darwin: "darwin", win32: "windows" } as const)[proc().platform] ?? "other";

function platform(): Platform {
  const { bun, deno } = proc().versions;
  return {
    runtime: bun ? "bun" : "node",
    version: bun ?? deno ?? proc().version.slice(1),
    os: osName(),
    arch: ({ x64: "x64", arm64: "arm64" } as const)[proc().arch] ?? "other",
    pid: proc().pid,
    args: () => proc().argv.slice(2),
    execPath: () => proc().execPath,
    cwd: () => workingDirectory(() => proc().cwd()),
    homeDir: () => homeDirOf(env, osName()) ?? systemHomeDir(),
    tmpDir: () => tempDirOf(env, osName()),
    exit: (code) => proc().exit(code),
    setExitCode: (code) => void (proc().exitCode = code),
    onSignal(signal, listener) {
      if (signal === "SIGKILL") return () => {};
      const call = () => listener();
      proc().on(signal, call);
      return () => proc().off(signal, call);
    },
    onExit(listener) {
      // After an uncaught error too; not when a signal ends the process.
      const call = () => listener();
      proc().on("exit", call);
      return () => proc().off("exit", call);
    },
    kill: (pid, signal) => send(pid, signal),
    isAlive(pid) {
      try {
        return send(pid, 0);
      } catch (error) {
        if (failureKind(error) === "permission_denied") return true;
        throw error;
      }
    },
    unrefTimer: (timer) => (timer as { unref?(): void } | undefined)?.unref?.(),
  };
}

function send(pid: number, signal: string | 0): boolean {
  try {
    proc().kill(pid, signal);
    return true;
  } catch (error) {
    if ((error as { code?: string }).code === "ESRCH") return false;
    throw error;
  }
}

function spawn(command: string, options: SpawnOptions = {}): Promise<Child> {
  const { args = [], cwd, stdin = "null", stdout = "piped", stderr = "piped" } = options;
  const stdio = ([stdin, stdout, stderr] as const).map((one) =>
    ({ piped: "pipe", null: "ignore", inherit: "inherit" } as const)[one]
  );
  return new Promise((resolve, reject) => {
    const child = builtin<typeof NodeChildProcess>("node:child_process").spawn(command, [...args], {
      cwd,
      env: options.clearEnv ? { ...options.env } : { ...proc().env, ...options.env },
      detached: options.detached ?? false,
      windowsHide: true,
      stdio,
    });
    child.on("error", (error) => {
      // Without a pid it never ran. Later ones, of a failed kill, are told by what kill returns.
      if (child.pid !== undefined) return;
      reject(missingDirectory(error, cwd) ?? error);
    });
    if (child.pid === undefined) return;
    const status = new Promise<Child["status"] extends Promise<infer S> ? S : never>((done) => {
      child.on("exit", (code, signal) => {
        const number = signal === null ? 0 : os().constants.signals[signal] ?? 0;
        done(exitStatus(code, signal, number));
      });
    });
    const pipes = [
      child.stdin,
      child.stdout,
      child.stderr,
    ] as unknown as ({ ref?(): void; unref?(): void } | null)[];
    resolve({
      pid: child.pid,
      stdin: child.stdin && toWritableStream(child.stdin as NodeWritable),
      stdout: child.stdout && toReadableStream(child.stdout as NodeReadable),
      stderr: child.stderr && toReadableStream(child.stderr as NodeReadable),
      status,
      kill: (signal = "SIGTERM") => child.kill(signal),
      unref() {
        child.unref();
        for (const pipe of pipes) pipe?.unref?.();
      },
      ref() {
        child.ref();
        for (const pipe of pipes) pipe?.ref?.();
      },
    });
  });
}

/** Node says ENOENT of the program where the working directory is what is missing. */
function missingDirectory(error: Error, cwd: string | undefined): Error | undefined {
  const { code } = error as { code?: string };
  if (cwd === undefined || code !== "ENOENT" || fs().existsSync(cwd)) return undefined;
  return Object.assign(new Error(`No such working directory: ${cwd}`, { cause: error }), { code });
}

const info = (stat: NodeFs.Stats): FileInfo => ({
  isFile: stat.isFile(),
  isDirectory: stat.isDirectory(),
  isSymlink: stat.isSymbolicLink(),
  size: stat.size,
  mtimeMs: Math.floor(stat.mtimeMs), // Deno knows no parts of one
  mode: osName() === "windows" ? 0 : stat.mode & 0o7777,
  dev: stat.dev,
  ino: stat.ino,
});

const entry = (one: NodeFs.Dirent): DirEntry => ({
  name: one.name,
  isFile: one.isFile(),
  isDirectory: one.isDirectory(),
  isSymlink: one.isSymbolicLink(),
});

async function open(
  path: string,
  options: WriteOptions & { read?: boolean; write?: boolean; truncate?: boolean },
): Promise<OpenFile> {
  const { read = false, createNew = false, append = false, truncate = false, mode } = options;
  const write = options.write ?? (createNew || append || truncate);
  const flag = fs().constants;
  const flags = (write ? (read ? flag.O_RDWR : flag.O_WRONLY) | flag.O_CREAT : flag.O_RDONLY) |
    (createNew ? flag.O_EXCL : 0) | (append ? flag.O_APPEND : 0) | (truncate ? flag.O_TRUNC : 0);
  const file = await fs().promises.open(path, flags, mode ?? 0o666);
  let closed: Promise<void> | undefined;
  const readFrom = async (buffer: Uint8Array, position: number | null) => {
    if (buffer.length === 0) return 0;
    const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
    return bytesRead === 0 ? null : bytesRead;
  };
  return {
    read: (buffer) => readFrom(buffer, null),
    readAt: readFrom,
    async write(data) {
      for (let at = 0; at < data.length;) {
        at += (await file.write(data, at, data.length - at, null)).bytesWritten;
      }
    },
    sync: () => file.sync(),
    stat: async () => info(await file.stat()),
    handle: () =>
      Promise.resolve(proc().platform === "linux" ? `/proc/self/fd/${file.fd}` : undefined),
    close: () => closed ??= file.close(),
  };
}

const writeFlags = ({ createNew, append, mode }: WriteOptions = {}): NodeFs.WriteFileOptions => ({
  flag: append ? (createNew ? "ax" : "a") : createNew ? "wx" : "w",
  ...mode === undefined ? {} : { mode },
});

const files: Files = {
  readBytes: async (path) => plain(await fs().promises.readFile(path)),
  readText: (path) => fs().promises.readFile(path, "utf8"),
  writeBytes: (path, data, options) => fs().promises.writeFile(path, data, writeFlags(options)),
  writeText: (path, data, options) => fs().promises.writeFile(path, data, writeFlags(options)),
  open,
  stat: async (path) => info(await fs().promises.stat(path)),
  lstat: async (path) => info(await fs().promises.lstat(path)),
  async exists(path) {
    try {
      await fs().promises.stat(path);
      return true;
    } catch (error) {
      const kind = failureKind(error);
      if (kind === "not_found" || kind === "not_a_directory") return false;
      throw error;
    }
  },
  readDir: async (path) =>
    (await fs().promises.readdir(path, { withFileTypes: true })).map((one) => entry(one)),
  realPath: (path) => fs().promises.realpath(path),
  readLink: (path) => fs().promises.readlink(path),
  symlink: (target, path) => fs().promises.symlink(target, path),
  async makeDir(path, { mode } = {}) {
    await fs().promises.mkdir(path, { recursive: true, ...mode === undefined ? {} : { mode } });
  },
  makeTempDir: ({ dir, prefix } = {}) =>
    fs().promises.mkdtemp(`${dir ?? tempDirOf(env, osName())}/${prefix ?? ""}`),
  rename: (from, to) => fs().promises.rename(from, to),
  copy: (from, to) => fs().promises.copyFile(from, to),
  async chmod(path, mode) {
    if (osName() !== "windows") await fs().promises.chmod(path, mode);
  },
  setTimes: (path, atimeMs, mtimeMs) => fs().promises.utimes(path, atimeMs / 1000, mtimeMs / 1000),
  async remove(path, { recursive = false } = {}) {
    const { promises } = fs();
    if (recursive) return await promises.rm(path, { recursive, force: true, maxRetries: 3 });
    try {
      if ((await promises.lstat(path)).isDirectory()) await promises.rmdir(path);
      else await promises.unlink(path);
    } catch (error) {
      if (failureKind(error) !== "not_found") throw error;
    }
  },
  readBytesSync: (path) => plain(fs().readFileSync(path)),
  openSync: (path) => openByNode(fs(), path),
  readDirSync: (path) => fs().readdirSync(path, { withFileTypes: true }).map((one) => entry(one)),
  statSync: (path) => info(fs().statSync(path)),
  lstatSync: (path) => info(fs().lstatSync(path)),
  realPathSync: (path) => fs().realpathSync(path),
  removeSync(path, { recursive = false } = {}) {
    if (recursive) return fs().rmSync(path, { recursive, force: true, maxRetries: 3 });
    try {
      if (fs().lstatSync(path).isDirectory()) fs().rmdirSync(path);
      else fs().unlinkSync(path);
    } catch (error) {
      if (failureKind(error) !== "not_found") throw error;
    }
  },
};

function terminal(): Terminal {
  let input: ReadableStream<Uint8Array> | undefined;
  const readable = () => input ??= toReadableStream(proc().stdin, 0);
  const lines = new LineReader({
    open: () => readable().getReader(),
    pause: () => proc().stdin.pause(),
    resume: () => proc().stdin.resume(),
  });
  return {
    stdin: {
      isTerminal: () => proc().stdin.isTTY === true,
      readable,
      readLine: ({ signal } = {}) => lines.read(signal),
      setRaw: (on) => proc().stdin.setRawMode?.(on),
    },
    stdout: output(() => proc().stdout, 1),
    stderr: output(() => proc().stderr, 2),
    size() {
      const { columns, rows } = proc().stdout.isTTY ? proc().stdout : proc().stderr;
      return columns && rows ? { columns, rows } : null;
    },
  };
}

function output(stream: () => NodeOutput, descriptor: number): TerminalOutput {
  let listening = false;
  return {
    isTerminal: () => stream().isTTY === true,
    write(data) {
      // A reader that is gone rejects this write; as an event alone it would end the process.
      if (!listening) stream().on("error", () => {});
      listening = true;
      return new Promise((resolve, reject) => {
        stream().write(data, (error) => error ? reject(error) : resolve());
      });
    },
    writeSync(data) {
      const all = typeof data === "string" ? new TextEncoder().encode(data) : data;
      for (let at = 0; at < all.length;) {
        try {
          at += fs().writeSync(descriptor, all, at);
        } catch (error) {
          // A pipe or terminal that does not block is full for a moment.
          if ((error as { code?: string }).code !== "EAGAIN") throw error;
        }
      }
    },
  };
}
