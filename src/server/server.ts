/**
 * A server of one's own: started, watched, stopped.
 *
 * @module
 */
import { backoff } from "../async/backoff.ts";
import { sleep } from "../async/abort.ts";
import { isBound } from "../async/timer.ts";
import type { ServerExitedError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import type { ExitStatus } from "../runtime/port.ts";
import { call } from "./call.ts";
import { exitedError } from "./exited.ts";
import { launch, type Launched } from "./launch.ts";
import { LogBuffer } from "../process/logs.ts";
import { settlesWithin } from "../process/within.ts";
import { bypassProxyForLoopback } from "../runtime/loopback.ts";
import {
  type PersistOptions,
  type ResolvedServerOptions,
  resolveServerOptions,
  type ServerOptions,
} from "./options.ts";
import { withPermissionHint } from "../runtime/permission_hint.ts";

/** How to close a server. */
export interface CloseOptions {
  /** Further directories whose busy sessions are aborted first; the server's own always is. */
  directories?: readonly string[] | undefined;
}

/** A running server. */
export interface OpencodeServer extends AsyncDisposable {
  /** Its address for clients, without a slash at the end. */
  readonly url: string;
  /** The port that it listens on. */
  readonly port: number;
  /** Its process id; another after a restart. */
  readonly pid: number;
  /** The program's version. */
  readonly version: string;
  /** The program's path. */
  readonly binary: string;
  /** Its working directory. */
  readonly directory: string;
  /** The user for HTTP Basic. */
  readonly username: string;
  /** The password for HTTP Basic. */
  readonly password: string;
  /** What it and all that it starts carry in their environment, as `OPENCODE_TS_SERVER`. */
  readonly ownerId: string;
  /** @deprecated Use `ownerId`. */
  readonly mark: string;
  /** Whether the process runs. */
  readonly running: boolean;
  /**
   * Aborts with a `ServerExitedError` as soon as the end of the process is known: from then on its
   * port may be another program's. Another signal after a restart.
   */
  readonly lifetime: AbortSignal;
  /**
   * Resolves when it ended for good and nothing of it is left; with `restart`, after the last try.
   * Neither it nor the server keeps this process alive.
   */
  readonly exited: Promise<ExitStatus>;
  /** The last lines of its output, oldest first: at most 256 KiB. */
  logs(): string[];
  /** An error for a server that ended while it was needed, with its last lines of output. */
  exitError(): ServerExitedError;
  /**
   * To be called before each request: nothing is sent to the port of a server that ended.
   *
   * @throws {ServerExitedError} The process ended.
   */
  assertRunning(): void;
  /**
   * Stops it and all that it started: aborts its busy sessions (at most 1 s), SIGTERM, after 1 s
   * SIGTERM again, after 0.5 s SIGKILL. At most 5 seconds; every call returns the same promise.
   */
  close(options?: CloseOptions): Promise<void>;
}

/** How long removing what is left of a server may hold `close` up, in milliseconds. */
const CLEANUP_BOUND = 10_000;

/** Servers of this process; also what keeps their watchdogs' pipes from being collected. */
const servers = new Set<Server>();

/**
 * Starts `opencode serve` and waits until it answers.
 *
 * It listens on loopback, on a free port and with a random password unless told otherwise. It ends
 * with this process however that ends; on Windows, and where there is no `sh`, not after a kill.
 *
 * @throws {BinaryNotFoundError} There is no program that can be used.
 * @throws {UnsupportedServerError} The program uses another generation of the API.
 * @throws {ServerConfigError} The server refuses its configuration.
 * @throws {PortInUseError} The given port is taken.
 * @throws {ServerStartupError} It ended, or was not ready in time; with its last lines as `logs`.
 * @throws {PermissionMissingError} Deno lacks a permission; the message names the flag.
 *
 * @example
 * ```ts no-assert
 * import { createOpencodeServer } from "@x/opencode/server";
 *
 * await using server = await createOpencodeServer({ config: { autoupdate: false } });
 * console.log(server.url, server.version);
 * ```
 */
export function createOpencodeServer(options: ServerOptions = {}): Promise<OpencodeServer> {
  return withPermissionHint("start the server", async () => {
    const resolved = resolveServerOptions(options);
    resolved.signal?.throwIfAborted();
    bypassProxyForLoopback();
    const logs = new LogBuffer();
    const launched = await launch(resolved, logs);
    const { process, binary, version } = launched;
    resolved.logger?.info(
      `Started opencode ${version} (${binary}) at ${process.url}, process ${process.pid}`,
      {},
    );
    const server = new Server(resolved, launched, logs);
    if (resolved.persist) await letGo(server, launched, resolved.persist);
    return server;
  });
}

/** From here on it outlives this process; before, a kill of this process stops it too. */
async function letGo(
  server: Server,
  { shared }: Launched,
  { state, onStarted, idleTimeout = 0 }: PersistOptions,
): Promise<void> {
  try {
    // With a state file first: without the file the watchdog stops the server all the same, so that
    // there is no moment in which the file names a server that is about to be stopped.
    if (state !== undefined) await shared.watchdog?.keep(idleTimeout);
    await onStarted?.(server);
    if (state === undefined) await shared.watchdog?.keep(0);
  } catch (error) {
    await server.close();
    throw error;
  }
}

class Server implements OpencodeServer {
  readonly exited: Promise<ExitStatus>;
  #options: ResolvedServerOptions;
  #launched: Launched;
  #logs: LogBuffer;
  #closing: Promise<void> | undefined;
  #closed = new AbortController();

  constructor(options: ResolvedServerOptions, launched: Launched, logs: LogBuffer) {
    this.#options = options;
    this.#launched = launched;
    this.#logs = logs;
    servers.add(this);
    this.#unref();
    this.exited = this.#live();
    if (isBound(options.healthInterval)) this.#watchHealth(options.healthInterval);
  }

  get url(): string {
    return this.#launched.process.url;
  }
  get port(): number {
    return Number(new URL(this.url).port);
  }
  get pid(): number {
    return this.#launched.process.pid;
  }
  get version(): string {
    return this.#launched.version;
  }
  get binary(): string {
    return this.#launched.binary;
  }
  get directory(): string {
    return this.#options.cwd;
  }
  get username(): string {
    return this.#options.username;
  }
  get password(): string {
    return this.#options.password;
  }
  get ownerId(): string {
    return this.#launched.shared.ownerId;
  }
  get mark(): string {
    return this.ownerId;
  }
  get running(): boolean {
    return this.#launched.process.running;
  }
  get lifetime(): AbortSignal {
    return this.#launched.process.lifetime;
  }

  logs(): string[] {
    return this.#logs.lines();
  }

  exitError(): ServerExitedError {
    const { process } = this.#launched;
    return exitedError(process.pid, process.exitStatus, this.#logs);
  }

  assertRunning(): void {
    if (!this.running) throw this.exitError();
  }

  close(options: CloseOptions = {}): Promise<void> {
    return this.#closing ??= (async () => {
      this.#closed.abort();
      await this.#launched.process.stop([this.#options.cwd, ...options.directories ?? []]);
      await settlesWithin(this.exited, CLEANUP_BOUND);
    })();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Lets this process end although the server runs. */
  #unref(): void {
    this.#launched.process.unref();
    this.#launched.shared.watchdog?.unref();
  }

  /** Follows the process to its end, and the next one where it is to be started again. */
  async #live(): Promise<ExitStatus> {
    const { maxRestarts, logger, onRestart } = this.#options;
    let failures = 0;
    for (;;) {
      const started = Date.now();
      const status = await this.#launched.process.ended;
      if (Date.now() - started > 60_000) failures = 0;
      while (!this.#closed.signal.aborted && failures < maxRestarts) {
        logger?.warn(`${this.exitError().message}. Starting it again`, {});
        try {
          await sleep(backoff(failures++), this.#closed.signal);
          // The same port, so that the address stays; clients see a broken connection, no more.
          const options = { ...this.#options, port: this.port, signal: this.#closed.signal };
          this.#launched = await launch(options, this.#logs, this.#launched);
          // Closed in the meantime: what had just come up goes again.
          if (this.#closed.signal.aborted) await this.#launched.process.stop();
          this.#unref();
          if (!this.#closed.signal.aborted) onRestart?.(failures);
          break;
        } catch (error) {
          if (this.#closed.signal.aborted) break;
          logger?.error(`Cannot start the server again: ${String(error)}`, {});
        }
      }
      if (this.running) continue;
      await this.#launched.shared.dispose().catch(() => {});
      servers.delete(this);
      return status;
    }
  }

  /** Asks from time to time; a server that no longer answers is killed, `#live` does the rest. */
  #watchHealth(interval: number): void {
    const timeout = Math.min(5000, interval * 5);
    let silences = 0;
    let asking = false;
    const timer = setInterval(async () => {
      const { process } = this.#launched;
      if (asking) return;
      if (!process.running) return void (silences = 0);
      asking = true;
      const signal = this.#closed.signal;
      const { username, password } = this;
      try {
        await call(this.url, "/global/health", { username, password, timeout, signal });
        silences = 0;
      } catch {
        if (signal.aborted || ++silences < 3) return;
        silences = 0;
        this.#options.logger?.warn(`The server (process ${this.pid}) no longer answers`, {});
        await process.stop();
      } finally {
        asking = false;
      }
    }, interval);
    host().platform.unrefTimer(timer);
    const stop = () => clearInterval(timer);
    this.#closed.signal.addEventListener("abort", stop, { once: true });
    this.exited.finally(stop);
  }
}
