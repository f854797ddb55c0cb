/**
 * From a started program to a server that answers.
 *
 * @module
 */
import { abortable } from "../async/abort.ts";
import {
  OpencodeError,
  PortInUseError,
  ServerStartupError,
  ServerStartupTimeoutError,
} from "../errors.ts";
import { host } from "../runtime/host.ts";
import { call } from "./call.ts";
import { configErrorFrom, configErrorOf } from "./config_error.ts";
import { withoutColors } from "../text/terminal.ts";
import { missingFlag } from "../runtime/permission_hint.ts";
import type { ServerProcess } from "./process.ts";
import { settlesWithin } from "../process/within.ts";

/** What the wait is about. */
export interface ReadyOptions {
  /** The port that was asked for; 0 is any. */
  port: number;
  /** The address that was asked for. */
  hostname: string;
  /** The bound of the whole start, in milliseconds; for the message. */
  timeout: number;
  /** Aborts when the bound is reached or the caller aborts. */
  signal: AbortSignal;
  /** Ends when all of the output has been read, where it goes to a file. */
  following?: Promise<void> | undefined;
}

/** The whole of the ready line (server 1.18.33); plugins and tools print lines that look like it. */
const READY = /^opencode server listening on http:\/\/(\S+):(\d{1,5})$/;

/**
 * The address on a ready line, where it is the one that was asked for. An address of IPv6 stands
 * there without its brackets.
 */
export function readyAddress(
  line: string,
  asked: Pick<ReadyOptions, "hostname" | "port">,
): URL | undefined {
  const [, name = "", port] = READY.exec(withoutColors(line)) ?? [];
  const bare = (hostname: string) => hostname.replace(/^\[(.*)\]$/, "$1").toLowerCase();
  if (bare(name) !== bare(asked.hostname)) return undefined;
  if (asked.port !== 0 && Number(port) !== asked.port) return undefined;
  const address = `http://${bare(name).includes(":") ? `[${bare(name)}]` : name}:${port}`;
  return Number(port) > 0 && URL.canParse(address) ? new URL(address) : undefined;
}

/**
 * Waits for the line in which the server says where it listens. Asking it before is no use: what
 * connects between the opening of the socket and that line is never answered (server 1.18.33).
 *
 * @throws {ServerStartupError} It ended before.
 */
export async function waitForReady(server: ServerProcess, options: ReadyOptions): Promise<URL> {
  let stop = () => {};
  const line = new Promise<URL>((resolve) => {
    stop = server.output.onLine((text) => {
      const address = readyAddress(text, options);
      if (address) resolve(address);
    });
  });
  try {
    const ended = server.ended.then(() => undefined);
    const ready = await abortable(Promise.race([line, ended]), options.signal);
    if (ready) return ready;
  } finally {
    stop();
  }
  await options.following;
  throw await explainEnd(server, options);
}

/** The error for a server that ended before it was ready. */
async function explainEnd(server: ServerProcess, options: ReadyOptions): Promise<OpencodeError> {
  const { code, signal } = await server.status;
  const configError = configErrorOf(server.output.logs.lines());
  if (configError) return configError;
  const logs = server.output.logs.tail();
  const { port, hostname } = options;
  if (port !== 0 && await isTaken(hostname, port)) {
    return new PortInUseError(
      `Cannot start the server on port ${port}: it is in use. Stop the program that uses it, give another port, ` +
        "or none for a free one",
      { logs },
    );
  }
  const how = signal === null ? `with code ${code}` : `on ${signal}`;
  return new ServerStartupError(
    `The server exited ${how} before it was ready${quote(logs)}`,
    { logs },
  );
}

/** The server itself only says `ServeError` (1.18.33): so the port is tried. */
async function isTaken(hostname: string, port: number): Promise<boolean> {
  const { serve, failureKind } = host();
  try {
    const listener = await serve(() => new Response(null), { hostname, port });
    await listener.close();
    return false;
  } catch (error) {
    return failureKind(error) === "address_in_use";
  }
}

/** The error for a start that took too long. */
export function startTimeout(server: ServerProcess | undefined, timeout: number): OpencodeError {
  const logs = server?.output.logs.tail() ?? [];
  const said = logs.length > 0 ? quote(logs) : ", and said nothing";
  return new ServerStartupTimeoutError(
    `The server was not ready within ${timeout} ms${said}. Give a longer \`timeout\` if the machine ` +
      "is slow",
    { logs },
  );
}

function quote(logs: readonly string[]): string {
  return logs.length > 0 ? `: ${logs.slice(-5).map((line) => line.trim()).join(" | ")}` : "";
}

/** How long one try may take, in milliseconds, and how many there are. */
const PROBE = { bound: 10_000, tries: 3 };

/**
 * Asks for the configuration: the server starts with a broken one, and refuses every other call
 * with a 400 then (server 1.18.33).
 *
 * @throws {ServerConfigError} With the path, the line and the reason.
 */
export async function checkConfig(
  server: ServerProcess,
  options: { username: string; password: string; directory: string; signal: AbortSignal },
): Promise<void> {
  for (let attempt = 1;; attempt++) {
    try {
      if (!server.running) throw endedAfterStart(server);
      const { status, body } = await abortable(
        Promise.race([
          call(server.url, "/config", { ...options, timeout: PROBE.bound }),
          server.ended.then(() => undefined),
        ]),
        options.signal,
      ) ?? { status: 0, body: undefined };
      if (status === 200) return;
      const logs = server.output.logs.tail();
      if (status === 400) throw configErrorFrom(body);
      if (status !== 0) {
        throw new ServerStartupError(
          `The server answered ${status} to a request for its configuration`,
          {
            logs,
          },
        );
      }
      throw new ServerStartupError(`The server exited right after its start${quote(logs)}`, {
        logs,
      });
    } catch (cause) {
      options.signal.throwIfAborted();
      if (cause instanceof OpencodeError || missingFlag(cause) !== undefined) throw cause;
      // A connection breaks some moments before the process is known to have ended.
      await settlesWithin(server.ended, 200);
      if (attempt < PROBE.tries) continue;
      const logs = server.output.logs.tail();
      throw new ServerStartupError(
        `The server says that it listens on ${server.url}, but does not answer there: ` +
          `${cause instanceof Error ? cause.message : String(cause)}`,
        { cause, logs },
      );
    }
  }
}

function endedAfterStart(server: ServerProcess): ServerStartupError {
  const logs = server.output.logs.tail();
  return new ServerStartupError(`The server exited right after its start${quote(logs)}`, { logs });
}
