/**
 * The port on Deno: the only file that says `Deno`.
 *
 * @module
 */
import { ensureDir } from "@std/fs/ensure-dir";
import type {
  Child,
  DirEntry,
  Env,
  FileInfo,
  Files,
  Listener,
  OpenFile,
  Platform,
  Runtime,
  ServeHandler,
  ServeOptions,
  SpawnOptions,
  Terminal,
  TerminalOutput,
  WriteOptions,
} from "./port.ts";
import { exitStatus, failureKind, homeDirOf, LineReader } from "./common.ts";
import { tempDirOf, workingDirectory } from "./common.ts";
import { handleOf, syncFile } from "./handle.ts";
import { createHash, systemHomeDir } from "./node.ts";

/** The port, by what Deno offers itself. */
export function createRuntime(): Runtime {
  return { platform, env, files, terminal: terminal(), spawn, serve, createHash, failureKind };
}

const env: Env = {
  get: (name) => Deno.env.get(name),
  set: (name, value) => Deno.env.set(name, value),
  delete: (name) => Deno.env.delete(name),
  toObject: () => Deno.env.toObject(),
};

const platform: Platform = {
  runtime: "deno",
  get version() {
    return Deno.version.deno;
  },
  get os() {
    const { os } = Deno.build;
    return os === "linux" || os === "darwin" || os === "windows" ? os : "other";
  },
  get arch() {
    return Deno.build.arch === "x86_64" ? "x64" : "arm64";
  },
  get pid() {
    return Deno.pid;
  },
  args: () => [...Deno.args],
  execPath: () => Deno.execPath(),
  cwd: () => workingDirectory(() => Deno.cwd()),
  homeDir: () => homeDirOf(env, Deno.build.os) ?? systemHomeDir(),
  tmpDir: () => tempDirOf(env, Deno.build.os),
  exit: (code) => Deno.exit(code),
  setExitCode: (code) => void (Deno.exitCode = code),
  onSignal(signal, listener) {
    try {
      Deno.addSignalListener(signal, listener);
    } catch (error) {
      if (failureKind(error) === "flag_missing") throw error;
      return () => {}; // Windows knows SIGINT alone
    }
    return () => Deno.removeSignalListener(signal, listener);
  },
  onExit(listener) {
    // Not after an uncaught error: Deno ends the process then without an event.
    globalThis.addEventListener("unload", listener);
    return () => globalThis.removeEventListener("unload", listener);
  },
  kill(pid, signal) {
    try {
      Deno.kill(pid, signal);
      return true;
    } catch (error) {
      return missing(error, false);
    }
  },
  isAlive(pid) {
    try {
      Deno.kill(pid, 0 as unknown as Deno.Signal); // POSIX: signal 0 only asks
      return true;
    } catch (error) {
      if (failureKind(error) === "permission_denied") return true;
      return missing(error, false);
    }
  },
  unrefTimer(timer) {
    const { unref } = (timer ?? {}) as { unref?: () => void };
    if (unref) unref.call(timer);
    else Deno.unrefTimer(Number(timer));
  },
};

/** A process that is gone returns `value`; everything else is thrown on. */
function missing<T>(error: unknown, value: T): T {
  const gone = failureKind(error) === "not_found" ||
    (error as { code?: string }).code === "ESRCH" ||
    (error instanceof TypeError && /terminated/.test(error.message));
  if (gone) return value;
  throw error;
}

// deno-lint-ignore require-await
async function spawn(command: string, options: SpawnOptions = {}): Promise<Child> {
  const { args = [], cwd, stdin = "null", stdout = "piped", stderr = "piped" } = options;
  const child = new Deno.Command(command, {
    args: [...args],
    ...cwd === undefined ? {} : { cwd },
    env: { ...options.env },
    clearEnv: options.clearEnv ?? false,
    detached: options.detached ?? false,
    stdin,
    stdout,
    stderr,
  }).spawn();
  return {
    pid: child.pid,
    stdin: stdin === "piped" ? child.stdin : null,
    stdout: stdout === "piped" ? child.stdout : null,
    stderr: stderr === "piped" ? child.stderr : null,
    status: child.status.then(({ code, signal }) =>
      exitStatus(signal === null ? code : null, signal, code - 128)
    ),
    kill(signal = "SIGTERM") {
      try {
        child.kill(signal);
        return true;
      } catch (error) {
        return missing(error, false);
      }
    },
    unref: () => child.unref(), // its pipes too
    ref: () => child.ref(),
  };
}

function info(stat: Deno.FileInfo): FileInfo {
  return {
    isFile: stat.isFile,
    isDirectory: stat.isDirectory,
    isSymlink: stat.isSymlink,
    size: stat.size,
    mtimeMs: stat.mtime?.getTime() ?? 0,
    mode: (stat.mode ?? 0) & 0o7777,
    dev: stat.dev,
    ino: stat.ino ?? 0,
  };
}

const entry = ({ name, isFile, isDirectory, isSymlink }: Deno.DirEntry): DirEntry => ({
  name,
  isFile,
  isDirectory,
  isSymlink,
});

async function open(
  path: string,
  options: WriteOptions & { read?: boolean; write?: boolean; truncate?: boolean },
): Promise<OpenFile> {
  const { read = false, createNew = false, append = false, truncate = false, mode } = options;
  const write = options.write ?? (createNew || append || truncate);
  const file = await Deno.open(path, {
    read: read || !write,
    write,
    append,
    truncate,
    createNew,
    create: write,
    ...mode === undefined ? {} : { mode },
  });
  let closed = false;
  const opened = {
    stat: async () => info(await file.stat()),
    seek: (offset: number, whence: 0 | 1) => file.seek(offset, whence as Deno.SeekMode),
  };
  return {
    read: (buffer) => buffer.length === 0 ? Promise.resolve(0) : file.read(buffer),
    async readAt(buffer, position) {
      await file.seek(position, Deno.SeekMode.Start);
      return await file.read(buffer);
    },
    async write(data) {
      for (let at = 0; at < data.length;) at += await file.write(data.subarray(at));
    },
    sync: () => file.sync(),
    stat: opened.stat,
    handle: async () => Deno.build.os === "linux" ? await handleOf(opened, files) : undefined,
    // deno-lint-ignore require-await
    async close() {
      if (!closed) file.close();
      closed = true;
    },
  };
}

const writeOptions = ({ createNew, append, mode }: WriteOptions = {}): Deno.WriteFileOptions => ({
  createNew: createNew ?? false,
  append: append ?? false,
  ...mode === undefined ? {} : { mode },
});

const files: Files = {
  readBytes: (path) => Deno.readFile(path),
  readText: (path) => Deno.readTextFile(path),
  writeBytes: (path, data, options) => Deno.writeFile(path, data, writeOptions(options)),
  writeText: (path, data, options) => Deno.writeTextFile(path, data, writeOptions(options)),
  open,
  stat: async (path) => info(await Deno.stat(path)),
  lstat: async (path) => info(await Deno.lstat(path)),
  async exists(path) {
    try {
      await Deno.stat(path);
      return true;
    } catch (error) {
      const kind = failureKind(error);
      if (kind === "not_found" || kind === "not_a_directory") return false;
      throw error;
    }
  },
  async readDir(path) {
    const entries: DirEntry[] = [];
    for await (const one of Deno.readDir(path)) entries.push(entry(one));
    return entries;
  },
  realPath: (path) => Deno.realPath(path),
  readLink: (path) => Deno.readLink(path),
  symlink: (target, path) => Deno.symlink(target, path),
  makeDir: (path, { mode } = {}) =>
    mode === undefined ? ensureDir(path) : Deno.mkdir(path, { recursive: true, mode }),
  makeTempDir: ({ dir, prefix } = {}) =>
    Deno.makeTempDir({ dir: dir ?? platform.tmpDir(), prefix: prefix ?? "" }),
  rename: (from, to) => Deno.rename(from, to),
  copy: (from, to) => Deno.copyFile(from, to),
  async chmod(path, mode) {
    if (Deno.build.os !== "windows") await Deno.chmod(path, mode);
  },
  setTimes: (path, atimeMs, mtimeMs) => Deno.utime(path, atimeMs / 1000, mtimeMs / 1000),
  async remove(path, { recursive = false } = {}) {
    try {
      await Deno.remove(path, { recursive });
    } catch (error) {
      if (failureKind(error) !== "not_found") throw error;
    }
  },
  readBytesSync: (path) => Deno.readFileSync(path),
  openSync: (path) => syncFile(Deno.openSync(path), Deno),
  readDirSync: (path) => Array.from(Deno.readDirSync(path)),
  statSync: (path) => info(Deno.statSync(path)),
  lstatSync: (path) => info(Deno.lstatSync(path)),
  realPathSync: (path) => Deno.realPathSync(path),
  removeSync(path, { recursive = false } = {}) {
    try {
      Deno.removeSync(path, { recursive });
    } catch (error) {
      if (failureKind(error) !== "not_found") throw error;
    }
  },
};

function terminal(): Terminal {
  const lines = new LineReader({ open: () => Deno.stdin.readable.getReader() });
  return {
    stdin: {
      isTerminal: () => Deno.stdin.isTerminal(),
      readable: () => Deno.stdin.readable,
      readLine: ({ signal } = {}) => lines.read(signal),
      setRaw(on) {
        if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(on);
      },
    },
    stdout: output(() => Deno.stdout),
    stderr: output(() => Deno.stderr),
    size() {
      try {
        return Deno.consoleSize();
      } catch {
        return null;
      }
    },
  };
}

function output(stream: () => typeof Deno.stdout): TerminalOutput {
  const bytes = (data: string | Uint8Array) =>
    typeof data === "string" ? new TextEncoder().encode(data) : data;
  // One write after another, so that two long ones don't mix.
  let last: Promise<void> = Promise.resolve();
  const writeAll = async (data: Uint8Array) => {
    for (let at = 0; at < data.length;) at += await stream().write(data.subarray(at));
  };
  return {
    isTerminal: () => stream().isTerminal(),
    write(data) {
      const written = last.then(() => writeAll(bytes(data)));
      last = written.catch(() => {});
      return written;
    },
    writeSync(data) {
      const all = bytes(data);
      for (let at = 0; at < all.length;) {
        try {
          at += stream().writeSync(all.subarray(at));
        } catch (error) {
          // A terminal that another program made non-blocking is full for a moment.
          if (!(error instanceof Deno.errors.WouldBlock)) throw error;
        }
      }
    },
  };
}

async function serve(handler: ServeHandler, options: ServeOptions = {}): Promise<Listener> {
  const { hostname = "127.0.0.1", port = 0 } = options;
  const stop = new AbortController();
  const server = await Promise.resolve(Deno.serve({
    hostname,
    port,
    signal: stop.signal,
    onListen: () => {},
    onError: () => new Response(null, { status: 500 }),
  }, async (request, { remoteAddr }) => {
    const follow = followClient(request);
    const response = await handler(request, { remoteAddress: remoteAddr.hostname });
    return follow(response);
  }));
  const open = server.finished;
  return {
    hostname,
    port: server.addr.port,
    async close() {
      stop.abort();
      await open;
    },
  };
}

/**
 * Makes `request.signal` mean that the client went away: Deno's own aborts after a success as well.
 * The handler that never asks for it pays nothing. Returns what is to be done with the response.
 */
function followClient(request: Request): (response: Response) => Response {
  const own = Object.getOwnPropertyDescriptor(Request.prototype, "signal")!.get!;
  let gone: AbortController | undefined;
  let answered = false;
  const leave = () => gone!.abort(new DOMException("The client went away", "AbortError"));
  Object.defineProperty(request, "signal", {
    configurable: true,
    get() {
      if (gone === undefined) {
        gone = new AbortController();
        dropLegacyNotice();
        (own.call(request) as AbortSignal).addEventListener("abort", () => answered || leave());
      }
      return gone.signal;
    },
  });
  return (response) => {
    answered = true;
    if (gone === undefined || response.body === null) return response;
    const reader = response.body.getReader();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value, done } = await reader.read();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel(reason) {
        leave();
        await reader.cancel(reason);
      },
    });
    const { status, statusText, headers } = response;
    return new Response(body, { status, statusText, headers });
  };
}

let noticeDropped = false;

/** Deno warns once of what {@linkcode followClient} corrects; that line would be the user's to read. */
function dropLegacyNotice(): void {
  if (noticeDropped) return;
  noticeDropped = true;
  const { warn } = console;
  console.warn = (...data: unknown[]) => {
    if (!String(data[0]).startsWith("Deno.serve: request.signal")) return warn(...data);
    console.warn = warn;
  };
}
