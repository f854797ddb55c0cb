/**
 * The options of a server, checked and completed; the caller's object is never changed.
 *
 * @module
 */
import { checkBound } from "../async/timer.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { Logger } from "../http/log.ts";
import { host } from "../runtime/host.ts";
import { checkShape, type Shape } from "../text/shape.ts";
import type { OpencodeServer } from "./server.ts";
import type { DownloadProgress } from "../binary/download.ts";

/** What {@linkcode createOpencodeServer} takes. */
export interface ServerOptions {
  /** The port. @default {0}, a free one */
  port?: number | undefined;
  /** Take a free port where the given one is in use, in place of an error. @default {false} */
  portFallback?: boolean | undefined;
  /** The address to listen on; another than loopback needs a `password`. @default {"127.0.0.1"} */
  hostname?: string | undefined;
  /**
   * How long the start may take once the program is there, in milliseconds; 0 or Infinity is no
   * bound.
   *
   * @default {30_000}
   */
  timeout?: number | undefined;
  /** The server's configuration, as in `opencode.json`; it stands over the files. */
  config?: Readonly<Record<string, unknown>> | undefined;
  /** The program: a path, or a name on the PATH. @default found, else downloaded */
  binary?: string | undefined;
  /** The version to download, where none is found. @default {"1.18.33"} */
  version?: string | undefined;
  /** Whether a program that is nowhere may be downloaded. @default {true} */
  download?: boolean | undefined;
  /** Where downloads and remembered versions are. @default the user's cache directory */
  cacheDirectory?: string | undefined;
  /** Variables added to the server's environment. */
  env?: Readonly<Record<string, string>> | undefined;
  /** The server's working directory. @default this process's */
  cwd?: string | undefined;
  /** More arguments for `opencode serve`, such as `["--print-logs"]`. */
  args?: readonly string[] | undefined;
  /**
   * The password of its HTTP interface. It travels in the environment, where a plugin of ours hides
   * it from what the model runs.
   *
   * @default OPENCODE_SERVER_PASSWORD, else a random one
   */
  password?: string | undefined;
  /** The user name. @default OPENCODE_SERVER_USERNAME, else {"opencode"} */
  username?: string | undefined;
  /**
   * Give it a home of its own, removed at the end: nothing of the user's configuration, sessions,
   * skills or keys is read or written, nothing of the project's configuration is used and none of
   * its plugins runs, and no variable of this process but the system's own reaches it. Files named
   * in `config` and `env` are used. A home of `isolatedEnv` may be given too; it stays.
   *
   * @default {false}
   */
  isolated?:
    | boolean
    | { home: string; env: Record<string, string>; dispose(): Promise<void> }
    | undefined;
  /** Let it outlive this process; `stopServer` stops it. Not on Windows. */
  persist?: PersistOptions | undefined;
  /** Start it again on the same port where it dies, or no longer answers. @default {false} */
  restart?: boolean | RestartOptions | undefined;
  /** Called when it was started again. */
  onRestart?: ((attempt: number) => void) | undefined;
  /**
   * How often to ask whether it still answers, in milliseconds; after three silences of five
   * intervals, or of 5 s, it is taken for dead, and killed. 0 or Infinity is never.
   *
   * @default {0}, with `restart` {10_000}
   */
  healthInterval?: number | undefined;
  /** Where the server calls hooks; an `Opencode` with `hooks` sees to it. */
  hooks?: HookAddress | undefined;
  /** Ends the start, download included: it rejects with the signal's reason, and nothing is left. */
  signal?: AbortSignal | undefined;
  /** Receives diagnostics; never a secret. */
  logger?: Logger | undefined;
  /** Called with the progress of a download. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
}

/** What answers the hooks of a server. */
export interface HookAddress {
  /** Where the server posts to, on this machine. */
  url: string;
  /** What it sends as a bearer token. */
  token: string;
  /** How long an answer may take, in milliseconds; a call without one is refused. */
  timeout: number;
  /** The hooks that are called there. */
  events: readonly string[];
  /** Whether commands of the server's shell get `TRACEPARENT` from there. @default {false} */
  trace?: boolean;
}

/** A server that outlives the process that started it. */
export interface PersistOptions {
  /** The file that takes its output, added to its end; readable by the user only. */
  log: string;
  /**
   * A file of one line that remembers the server and holds its `ownerId`. The server is stopped when
   * there is no such file, and when it has not changed for `idleTimeout`.
   */
  state?: string | undefined;
  /** Milliseconds without a change of `state` after which it is stopped. @default {0}, never */
  idleTimeout?: number | undefined;
  /**
   * Called when it answers, to write down what is needed to find it again. Where this process ends
   * before that is done, the server is stopped.
   */
  onStarted?: ((server: OpencodeServer) => Promise<void>) | undefined;
}

/** How to start a server again. */
export interface RestartOptions {
  /** How often in a row; a run of a minute counts as a success. @default {5} */
  max?: number | undefined;
}

/** The options without gaps. */
export interface ResolvedServerOptions extends ServerOptions {
  port: number;
  hostname: string;
  timeout: number;
  cwd: string;
  password: string;
  username: string;
  args: readonly string[];
  /** The configuration as text. */
  configText: string | undefined;
  maxRestarts: number;
  healthInterval: number;
}

const SHAPE: Shape<ServerOptions> = {
  port: "any",
  portFallback: "flag",
  hostname: "text",
  timeout: "any",
  config: "any",
  binary: "text",
  version: "text",
  download: "flag",
  cacheDirectory: "text",
  env: "object",
  cwd: "text",
  args: "list",
  password: "text",
  username: "text",
  isolated: "any",
  persist: "object",
  restart: "any",
  onRestart: "function",
  healthInterval: "any",
  hooks: "object",
  signal: "signal",
  logger: "object",
  onProgress: "function",
};

/** Checks and completes them. */
export function resolveServerOptions(options: ServerOptions): ResolvedServerOptions {
  checkShape("server", options, SHAPE);
  const { env, platform } = host();
  const { port = 0, hostname = "127.0.0.1", timeout = 30_000, restart = false } = options;
  checkPort(port);
  checkBound("timeout", timeout);
  checkBound("healthInterval", options.healthInterval);
  checkBound("idleTimeout", options.persist?.idleTimeout);
  const variable = (name: string) => options.env?.[name] || env.get(name) || undefined;
  const given = options.password ?? variable("OPENCODE_SERVER_PASSWORD");
  if (given === "") throw new InvalidArgumentError("The password is empty: leave it out instead");
  if (!isLoopback(hostname) && given === undefined) {
    throw new InvalidArgumentError(
      `Cannot listen on ${hostname} without a password of your own: everyone who reaches it could ` +
        "run programs here. Give a `password`, or leave the hostname out",
    );
  }
  const username = options.username ?? variable("OPENCODE_SERVER_USERNAME") ?? "opencode";
  if (username.includes(":")) {
    throw new InvalidArgumentError("The user name must not contain a colon");
  }
  if (options.persist && platform.os === "windows") {
    throw new InvalidArgumentError(
      "A server can't outlive this process on Windows: run `opencode serve` and attach to its URL",
    );
  }
  if (options.persist && (options.isolated || restart)) {
    throw new InvalidArgumentError(
      "A server that outlives this process can't be isolated or restarted",
    );
  }
  return {
    ...options,
    port,
    hostname,
    timeout,
    username,
    password: given ?? randomPassword(),
    cwd: options.cwd ?? platform.cwd(),
    args: options.args ?? [],
    configText: configText(options.config),
    maxRestarts: restart === false ? 0 : (restart === true ? undefined : restart.max) ?? 5,
    healthInterval: options.healthInterval ?? (restart === false ? 0 : 10_000),
  };
}

/** Refuses what is no port. @throws {InvalidArgumentError} */
export function checkPort(port: number): void {
  if (Number.isInteger(port) && port >= 0 && port <= 65535) return;
  throw new InvalidArgumentError(`Cannot listen on port ${port}: give a number from 0 to 65535`);
}

function isLoopback(hostname: string): boolean {
  return /^(localhost|127(\.\d{1,3}){3}|\[?::1\]?)$/.test(hostname);
}

/** 192 random bits, in characters that need no quoting anywhere. */
function randomPassword(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(24));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

function configText(config: unknown): string | undefined {
  if (config === undefined) return undefined;
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    throw new InvalidArgumentError("The config must be an object, as in opencode.json");
  }
  try {
    return JSON.stringify(config);
  } catch (cause) {
    throw new InvalidArgumentError("The config can't be written as JSON", { cause });
  }
}

/** Where clients reach what listens there: an address for all interfaces is none to connect to. */
export function clientUrl(ready: URL): string {
  const { protocol, hostname, port } = ready;
  const reachable = { "0.0.0.0": "127.0.0.1", "[::]": "[::1]" }[hostname] ?? hostname;
  return `${protocol}//${reachable}:${port || (protocol === "https:" ? "443" : "80")}`;
}
