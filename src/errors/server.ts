/**
 * What goes wrong with the program and the server of one's own.
 *
 * @module
 */
import { identify, OpencodeError } from "./base.ts";

/**
 * No usable opencode program was found; the message lists every place tried and why it failed.
 *
 * Run `opencode-ts install`, or set OPENCODE_BIN to the path of an opencode program.
 */
export class BinaryNotFoundError extends OpencodeError {
  static {
    identify(this, "BinaryNotFoundError", "binary_not_found");
  }
}

/**
 * A download of the program failed or had a wrong checksum; nothing was installed.
 *
 * Check the network, the proxy and npm's registry setting; `opencode-ts doctor` looks at them.
 */
export class DownloadError extends OpencodeError {
  static {
    identify(this, "DownloadError", "download_failed");
  }
}

/**
 * The server did not start.
 *
 * Read `logs`, the last lines that it wrote; `opencode-ts doctor` tries each step alone.
 */
export class ServerStartupError extends OpencodeError {
  static {
    identify(this, "ServerStartupError", "server_startup");
  }
  /** The last lines that the server wrote, oldest first. */
  readonly logs: readonly string[];
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { logs?: readonly string[] } = {}) {
    super(message, options);
    this.logs = options.logs ?? [];
  }
}

/**
 * The server was not ready within `startTimeout`.
 *
 * Give a longer `startTimeout`; a busy machine or a slow disk takes more than the usual 2 to 4 s.
 */
export class ServerStartupTimeoutError extends ServerStartupError {
  static {
    identify(this, "ServerStartupTimeoutError", "server_startup_timeout");
  }
}

/**
 * The port that was asked for belongs to another program.
 *
 * Leave `port` out to get a free one, or choose another.
 */
export class PortInUseError extends ServerStartupError {
  static {
    identify(this, "PortInUseError", "port_in_use");
  }
}

/** What a {@linkcode ServerConfigError} is made from. */
export interface ServerConfigErrorOptions extends ErrorOptions {
  /** The last lines that the server wrote, oldest first. */
  logs?: readonly string[];
  /** The configuration's file or the variable that holds it. */
  path?: string | undefined;
  /** The line in it, from 1. */
  line?: number | undefined;
  /** What is wrong with it. */
  reason?: string;
}

/**
 * The server runs, but refuses its configuration. The message and the fields say where and why, and
 * hold nothing of the file's content, which may have API keys in it.
 *
 * Correct `path` at `line`.
 */
export class ServerConfigError extends ServerStartupError {
  static {
    identify(this, "ServerConfigError", "server_config");
  }
  /** The configuration's file, or the variable that holds it; `undefined` where unknown. */
  readonly path: string | undefined;
  /** The line in it, from 1; `undefined` where unknown. */
  readonly line: number | undefined;
  /** What is wrong with it, without its content. */
  readonly reason: string;
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ServerConfigErrorOptions = {}) {
    super(message, options);
    this.path = options.path;
    this.line = options.line;
    this.reason = options.reason ?? message;
  }
}

/**
 * The server exited while it was needed; the message holds the last lines that it wrote.
 *
 * Call again: the next call starts a server, unless `restart` is `false`. Memory is the usual
 * reason: see `exitCode` and `logs`.
 */
export class ServerExitedError extends OpencodeError {
  static {
    identify(this, "ServerExitedError", "server_exited");
  }
  /** Its exit code, or `null` where a signal ended it or it is not ours. */
  readonly exitCode: number | null;
  /** The last lines that the server wrote, oldest first. */
  readonly logs: readonly string[];
  /** The text that had arrived of the turn that it ended; empty where there was none. */
  readonly text: string;
  /** Made by this package; a message, and what the fields hold. */
  constructor(
    message: string,
    options: ErrorOptions & {
      exitCode?: number | null;
      logs?: readonly string[];
      text?: string;
    } = {},
  ) {
    super(message, options);
    this.exitCode = options.exitCode ?? null;
    this.logs = options.logs ?? [];
    this.text = options.text ?? "";
  }
}

/**
 * The program or server has another generation of the API.
 *
 * Use opencode 1.x: `opencode-ts install` downloads the version that is tested.
 */
export class UnsupportedServerError extends OpencodeError {
  static {
    identify(this, "UnsupportedServerError", "unsupported_server");
  }
  /** The version that it reported, if it did. */
  readonly version: string | undefined;
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { version?: string } = {}) {
    super(message, options);
    this.version = options.version;
  }
}
