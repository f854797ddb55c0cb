/**
 * One run of the server's program: start, output, stop, and clean-up.
 *
 * @module
 */
import { basename } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";
import type { Child, ExitStatus } from "../runtime/port.ts";
import type { LogBuffer } from "../process/logs.ts";
import { exitedError } from "./exited.ts";
import { type LogFile, ServerOutput } from "./output.ts";
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
  /** What it writes. */
  readonly output: ServerOutput;
  /** Resolves when it ended and nothing of it is left. */
  readonly ended: Promise<ExitStatus>;
  /** How it ended, once it has. */
  exitStatus: ExitStatus | undefined;
  /** Its address, once it is known. */
  url = "";
  readonly #child: Child;
  readonly #spec: ProcessSpec;
  readonly #lifetime = new AbortController();
  /** What is undone once it has ended. */
  readonly #atEnd: (() => void | Promise<void>)[] = [];
  #stopping: Promise<void> | undefined;

  private constructor(child: Child, spec: ProcessSpec, output: ServerOutput) {
    this.#child = child;
    this.#spec = spec;
    this.output = output;
    // Without a watchdog, the exit hook does what can be done at once.
    const hook = spec.watchdog === undefined && spec.logFile === undefined;
    if (hook) this.#atEnd.push(host().platform.onExit(() => this.#killNow()));
    this.ended = this.#afterEnd();
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Resolves as soon as the process itself ended. */
  get status(): Promise<ExitStatus> {
    return this.#child.status;
  }

  /** Whether it runs. */
  get running(): boolean {
    return this.exitStatus === undefined;
  }

  /** Aborts with a `ServerExitedError` in the moment in which its end is known. */
  get lifetime(): AbortSignal {
    return this.#lifetime.signal;
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
    let file: LogFile | undefined;
    if (logFile === undefined) child = await spawn(path, { ...options, args });
    else {
      await files.writeText(logFile, "", { append: true, mode: 0o600 });
      file = { path: logFile, start: (await files.stat(logFile)).size };
      // The shell gives its place to the program, and its outputs to the file.
      child = await spawn("/bin/sh", {
        ...options,
        args: ["-c", 'exec "$@" >>"$0" 2>&1', logFile, path, ...args],
        stdout: "null",
        stderr: "null",
      });
    }
    await watchdog?.watch(child.pid);
    const server = new ServerProcess(
      child,
      spec,
      new ServerOutput(child, { logs, file, password: spec.password }),
    );
    if (watchdog === undefined && logFile === undefined) await server.#writeDown();
    return server;
  }

  /** Without a watchdog: the next start ends it, where this process can't. */
  async #writeDown(): Promise<void> {
    const { platform } = host();
    const { records, path } = this.#spec;
    if (platform.os === "windows") await reapServers(records);
    const program = basename(path);
    const record = await writeRecord(records, { pid: this.pid, parent: platform.pid, program });
    if (record) this.#atEnd.push(record.remove);
  }

  /** Reads its log file until it ends or `signal` aborts. */
  async followLogFile(signal: AbortSignal): Promise<void> {
    await this.output.follow(signal, () => !this.running);
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

  /** Synchronous, at the very end of this process. */
  #killNow(): void {
    if (this.running) this.#child.kill("SIGKILL");
  }

  async #afterEnd(): Promise<ExitStatus> {
    const status = await this.status;
    this.exitStatus = status;
    this.#lifetime.abort(exitedError(this.pid, status, this.output.logs));
    // What it had started has no parent any more, and may hold the pipes open.
    await this.#spec.watchdog?.sweep();
    await this.output.end();
    for (const undo of this.#atEnd) await undo();
    return status;
  }
}
