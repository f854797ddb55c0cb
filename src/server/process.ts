/**
 * One run of the server's program: start, output, stop, and clean-up.
 *
 * @module
 */
import { basename } from "../runtime/path.ts";
import { sleep } from "../async/abort.ts";
import { host } from "../runtime/host.ts";
import type { Child, ExitStatus } from "../runtime/port.ts";
import { type Draining, drainLines, LineSplitter, type LogBuffer } from "../process/logs.ts";
import { exitedError } from "./exited.ts";
import { ConfigRedaction } from "./config_error.ts";
import { reapServers, writeRecord } from "./records.ts";
import { abortSessions, stopChild, stopOnWindows } from "./stop.ts";
import { OWNER, type Watchdog } from "../process/watchdog.ts";
import { settlesWithin } from "../process/within.ts";

/** What to run. */
export interface ProcessSpec {
  /** The program. */
  path: string;
  /** Its arguments. */
  args: readonly string[];
  /** Its working directory. */
  cwd: string;
  /** Its environment, without the owner's id. */
  env: Readonly<Record<string, string>>;
  /** Whether `env` is all of it. */
  clearEnv: boolean;
  /** What it and all that it starts carry in their environment. */
  ownerId: string;
  /** What ends it when this process ends, where there can be one. */
  watchdog: Watchdog | undefined;
  /** For a server that outlives this process: the file for its output. */
  logFile: string | undefined;
  /** The directory for the records of servers without a watchdog. */
  records: string;
  /** The user for HTTP Basic, for aborting its sessions. */
  username: string;
  /** The password for HTTP Basic. */
  password: string;
}

/** How long its end may take once it was killed, in milliseconds. */
const END_BOUND = 3000;

/** A run of the server. */
export class ServerProcess {
  /** Its process id. */
  readonly pid: number;
  /** Resolves as soon as the process itself ended. */
  readonly status: Promise<ExitStatus>;
  /** Resolves when it ended and nothing of it is left. */
  readonly ended: Promise<ExitStatus>;
  /** The last lines of its output. */
  readonly logs: LogBuffer;
  /** Aborts with a `ServerExitedError` in the moment in which its end is known. */
  readonly lifetime: AbortSignal;
  /** Whether it runs. */
  running = true;
  /** How it ended, once it has. */
  exitStatus: ExitStatus | undefined;
  /** Its address, once it is known. */
  url = "";
  #child: Child;
  #spec: ProcessSpec;
  #pipes: Draining[];
  #undoExit: () => void;
  #stopping: Promise<void> | undefined;
  #logStart = 0;
  #record: { remove(): Promise<void> } | undefined;
  #lifetime = new AbortController();
  #listeners = new Set<(line: string) => void>();
  /** What came before anybody listened. */
  #early: string[] | undefined = [];

  private constructor(child: Child, spec: ProcessSpec, logs: LogBuffer) {
    this.#child = child;
    this.#spec = spec;
    this.pid = child.pid;
    this.logs = logs;
    this.status = child.status;
    this.lifetime = this.#lifetime.signal;
    this.#pipes = [child.stdout, child.stderr].flatMap((pipe) =>
      pipe === null ? [] : [drainLines(pipe, this.#reader())]
    );
    // Without a watchdog, the exit hook does what can be done at once.
    const hook = spec.watchdog === undefined && spec.logFile === undefined;
    this.#undoExit = hook ? host().platform.onExit(() => this.#killNow()) : () => {};
    this.ended = this.#afterEnd();
  }

  /** Starts the program. */
  static async start(spec: ProcessSpec, logs: LogBuffer): Promise<ServerProcess> {
    const { spawn, files, platform } = host();
    const { path, args, cwd, clearEnv, ownerId, watchdog, logFile } = spec;
    const options = {
      cwd,
      env: { ...spec.env, [OWNER]: ownerId },
      clearEnv,
      // A group of its own keeps Ctrl-C from it; on Windows it would be a window of its own.
      detached: platform.os !== "windows",
    };
    let child: Child;
    let logStart = 0;
    if (logFile === undefined) child = await spawn(path, { ...options, args });
    else {
      await files.writeText(logFile, "", { append: true, mode: 0o600 });
      logStart = (await files.stat(logFile)).size;
      // The shell gives its place to the program, and its outputs to the file.
      child = await spawn("/bin/sh", {
        ...options,
        args: ["-c", 'exec "$@" >>"$0" 2>&1', logFile, path, ...args],
        stdout: "null",
        stderr: "null",
      });
    }
    await watchdog?.watch(child.pid);
    const server = new ServerProcess(child, spec, logs);
    server.#logStart = logStart;
    if (watchdog === undefined && logFile === undefined) await server.#writeDown();
    return server;
  }

  /** Without a watchdog: the next start ends it, where this process can't. */
  async #writeDown(): Promise<void> {
    const { platform } = host();
    const { records, path } = this.#spec;
    if (platform.os === "windows") await reapServers(records);
    const program = basename(path);
    this.#record = await writeRecord(records, { pid: this.pid, parent: platform.pid, program });
  }

  /** Calls back for each line until the returned function is called; the first misses none. */
  onLine(listener: (line: string) => void): () => void {
    this.#listeners.add(listener);
    for (const line of this.#early?.splice(0) ?? []) listener(line);
    this.#early = undefined;
    return () => this.#listeners.delete(listener);
  }

  /**
   * Reads the log file of a server that outlives this process, until `signal` aborts; its pipes
   * are read without this.
   */
  async followLogFile(signal: AbortSignal): Promise<void> {
    const { files } = host();
    const splitter = new LineSplitter(this.#reader());
    const file = await files.open(this.#spec.logFile!, { read: true });
    const buffer = new Uint8Array(64 * 1024);
    try {
      for (let at = this.#logStart;;) {
        const read = await file.readAt(buffer, at);
        if (read !== null) {
          at += read;
          splitter.feed(buffer.subarray(0, read));
        } else if (signal.aborted || !this.running) break;
        else await sleep(25, signal).catch(() => {});
      }
    } finally {
      await file.close();
    }
  }

  /** Lets this process end although the server runs. */
  unref(): void {
    this.#child.unref();
  }

  /** Stops it with all that it started; the same promise for every call. */
  stop(directories: readonly (string | undefined)[] = []): Promise<void> {
    return this.#stopping ??= (async () => {
      const { username, password, watchdog } = this.#spec;
      if (!this.running) return void await this.ended;
      this.#child.ref();
      const { url } = this;
      if (url !== "") await abortSessions({ url, username, password }, directories);
      if (host().platform.os === "windows") await stopOnWindows(this.pid);
      else await stopChild(this.#child, watchdog);
      await settlesWithin(this.ended, END_BOUND);
    })();
  }

  /** Takes the lines of one stream. */
  #reader(): (line: string) => void {
    const redaction = new ConfigRedaction();
    return (text) => {
      const line = redaction.line(text);
      if (line !== undefined) this.#onLine(line);
    };
  }

  #onLine(text: string): void {
    // The server does not print it (1.18.33); a plugin may.
    const line = text.replaceAll(this.#spec.password, "***");
    this.logs.push(line);
    this.#early?.push(line);
    for (const listener of this.#listeners) listener(line);
  }

  /** Synchronous, at the very end of this process. */
  #killNow(): void {
    if (this.running) this.#child.kill("SIGKILL");
  }

  async #afterEnd(): Promise<ExitStatus> {
    const status = await this.status;
    this.running = false;
    this.exitStatus = status;
    this.#lifetime.abort(exitedError(this.pid, status, this.logs));
    this.#undoExit();
    // What it had started has no parent any more, and may hold the pipes open.
    await this.#spec.watchdog?.sweep();
    await settlesWithin(Promise.all(this.#pipes.map((pipe) => pipe.done)), 500);
    await settlesWithin(Promise.all(this.#pipes.map((pipe) => pipe.stop())), 500);
    await this.#record?.remove();
    return status;
  }
}
