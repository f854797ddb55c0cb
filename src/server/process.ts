/**
 * One run of the server's program: started, watched, read, and cleared away after.
 *
 * @module
 */
import { basename } from "../runtime/path.ts";
import { sleep } from "../async/abort.ts";
import { host } from "../runtime/host.ts";
import type { Child, ExitStatus } from "../runtime/port.ts";
import { drain, type Draining, LineSplitter, type LogBuffer } from "../process/logs.ts";
import { ConfigRedaction } from "./config_error.ts";
import { reapServers, writeRecord } from "./records.ts";
import { abortSessions, stopChild, stopOnWindows } from "./stop.ts";
import { KEPT, MARK, Watchdog } from "../process/watchdog.ts";
import { settlesWithin } from "../process/within.ts";

/** What to run. */
export interface ProcessSpec {
  /** The program. */
  path: string;
  /** Its arguments. */
  args: readonly string[];
  /** Where. */
  cwd: string;
  /** Its environment, without the mark. */
  env: Readonly<Record<string, string>>;
  /** Whether `env` is all of it. */
  clearEnv: boolean;
  /** A directory that goes when the process ends, however it does. */
  home: string | undefined;
  /** For a server that outlives this process: the file for its output. */
  logFile: string | undefined;
  /** Where servers are written down that no watchdog looks after. */
  records: string;
  /** How its sessions are reached for aborting them. */
  username: string;
  /** Its password. */
  password: string;
}

/** A run of the server. */
export class ServerProcess {
  /** Its process id. */
  readonly pid: number;
  /** What it and all that it starts carry in their environment. */
  readonly mark: string;
  /** Resolves as soon as the process itself ended. */
  readonly status: Promise<ExitStatus>;
  /** Resolves when it ended and nothing of it is left. */
  readonly ended: Promise<ExitStatus>;
  /** Its last lines. */
  readonly logs: LogBuffer;
  /** Whether it runs. */
  running = true;
  /** Its address, once it is known. */
  url = "";
  #child: Child;
  #spec: ProcessSpec;
  #watchdog: Watchdog | undefined;
  #pipes: Draining[];
  #undoExit: () => void;
  #stopping: Promise<void> | undefined;
  #logStart = 0;
  #record: { remove(): Promise<void> } | undefined;
  #listeners = new Set<(line: string) => void>();
  /** What came before anybody listened. */
  #early: string[] | undefined = [];

  private constructor(
    child: Child,
    spec: ProcessSpec,
    mark: string,
    watchdog: Watchdog | undefined,
    logs: LogBuffer,
  ) {
    this.#child = child;
    this.#spec = spec;
    this.#watchdog = watchdog;
    this.pid = child.pid;
    this.mark = mark;
    this.logs = logs;
    this.status = child.status;
    this.#pipes = [child.stdout, child.stderr].flatMap((pipe) =>
      pipe === null ? [] : [drain(pipe, this.#reader())]
    );
    // Where no watchdog could be posted, the exit hook does what can be done at once.
    const hook = watchdog === undefined && spec.logFile === undefined;
    this.#undoExit = hook ? host().platform.onExit(() => this.#killNow()) : () => {};
    this.ended = this.#afterEnd();
  }

  /** Starts the program. */
  static async start(spec: ProcessSpec, logs: LogBuffer): Promise<ServerProcess> {
    const mark = `${spec.logFile === undefined ? "" : KEPT}${crypto.randomUUID()}`;
    const { spawn, files, platform } = host();
    const env = { ...spec.env, [MARK]: mark };
    // A group of its own keeps Ctrl-C from it; on Windows it would be a window of its own.
    const detached = platform.os !== "windows";
    const options = { cwd: spec.cwd, env, clearEnv: spec.clearEnv, detached };
    if (spec.logFile !== undefined) {
      await files.writeText(spec.logFile, "", { append: true, mode: 0o600 });
      const { size } = await files.stat(spec.logFile);
      // The shell gives its place to the program, and its outputs to the file.
      const child = await spawn("/bin/sh", {
        ...options,
        args: ["-c", 'exec "$@" >>"$0" 2>&1', spec.logFile, spec.path, ...spec.args],
        stdout: "null",
        stderr: "null",
      });
      const server = new ServerProcess(child, spec, mark, undefined, logs);
      server.#logStart = size;
      return server;
    }
    const watchdog = await Watchdog.post(mark);
    try {
      if (spec.home !== undefined) await watchdog?.home(spec.home);
      const child = await spawn(spec.path, { ...options, args: spec.args });
      await watchdog?.watch(child.pid);
      const server = new ServerProcess(child, spec, mark, watchdog, logs);
      if (watchdog === undefined) await server.#writeDown();
      return server;
    } catch (error) {
      await watchdog?.dismiss();
      throw error;
    }
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
    this.#watchdog?.unref();
  }

  /** Stops it with all that it started, by the ladder; the same promise for every call. */
  stop(directories: readonly (string | undefined)[] = []): Promise<void> {
    return this.#stopping ??= (async () => {
      const { username, password } = this.#spec;
      if (!this.running) return void await this.ended;
      this.#child.ref();
      const { url } = this;
      if (url !== "") await abortSessions({ url, username, password }, directories);
      if (host().platform.os === "windows") await stopOnWindows(this.pid);
      else await stopChild(this.#child, this.#watchdog ?? await this.#borrowWatchdog());
      await this.ended;
    })();
  }

  /** A server that is to outlive this process has no watchdog; for its end it gets one. */
  async #borrowWatchdog(): Promise<Watchdog | undefined> {
    this.#watchdog = await Watchdog.post(this.mark);
    await this.#watchdog?.watch(this.pid);
    return this.#watchdog;
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
    this.#undoExit();
    // What it had started is nobody's now, and may hold the pipes open.
    await this.#watchdog?.sweep();
    await settlesWithin(Promise.all(this.#pipes.map((pipe) => pipe.done)), 500);
    for (const pipe of this.#pipes) await pipe.cancel();
    await this.#watchdog?.dismiss();
    await this.#record?.remove();
    return status;
  }
}
