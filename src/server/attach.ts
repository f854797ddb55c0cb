/**
 * Servers that are there already: what they are, and how to stop one that another process started.
 *
 * @module
 */
import { sleep } from "../async/abort.ts";
import {
  APIConnectionError,
  APIStatusError,
  APITimeoutError,
  AuthenticationError,
  UnsupportedServerError,
} from "../errors.ts";
import { parseBaseUrl } from "../http/options.ts";
import { host } from "../runtime/host.ts";
import { call, type ServerAnswer } from "./call.ts";
import { bypassProxyForLoopback } from "../runtime/loopback.ts";
import { missingFlag, withPermissionHint } from "../runtime/permission_hint.ts";
import { abortSessions, stopOnWindows } from "./stop.ts";
import { supportOf, TESTED_VERSION } from "../binary/versions.ts";
import { lookAt, Watchdog } from "../process/watchdog.ts";

/** What {@linkcode checkServer} takes. */
export interface CheckServerOptions {
  /** The user for HTTP Basic. @default {"opencode"} */
  username?: string | undefined;
  /** The password for HTTP Basic; without one nothing is sent. */
  password?: string | undefined;
  /** The bound of each of the two tries, in milliseconds. @default {2_000} */
  timeout?: number | undefined;
  /** Rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/** What a server says of itself. */
export interface ServerInfo {
  /** Its version. */
  version: string;
}

/**
 * Asks a server what it is, before anything else is asked of it. A request that meets a server in
 * the moment of its start may never be answered (1.18.33): so each try is short, and there are two.
 *
 * @param url Its address; it may hold `user:password@`.
 * @throws {UnsupportedServerError} It uses another generation of the API, or is not an opencode server.
 * @throws {AuthenticationError} The credentials are wrong.
 * @throws {APIConnectionError} There is no server; {@linkcode APITimeoutError} where it is silent.
 *
 * @example
 * ```ts no-assert
 * import { checkServer } from "@x/opencode/server";
 *
 * const { version } = await checkServer("http://127.0.0.1:4096", { password: "secret" });
 * ```
 */
export function checkServer(url: string, options: CheckServerOptions = {}): Promise<ServerInfo> {
  return withPermissionHint("ask the server", () => check(url, options));
}

async function check(url: string, options: CheckServerOptions): Promise<ServerInfo> {
  const { address, username, password } = credentialsIn(url, options);
  const { timeout = 2000, signal } = options;
  signal?.throwIfAborted();
  bypassProxyForLoopback();
  let answer: ServerAnswer | undefined;
  for (let attempt = 0; answer === undefined; attempt++) {
    try {
      answer = await call(address, "/global/health", { username, password, timeout, signal });
    } catch (cause) {
      signal?.throwIfAborted();
      if (missingFlag(cause) !== undefined) throw cause;
      if (attempt === 0) {
        await sleep(100, signal);
        continue;
      }
      if ((cause as Error).name === "TimeoutError") {
        throw new APITimeoutError(
          `The server at ${address} did not answer within ${timeout} ms, twice`,
          { timeout, cause },
        );
      }
      throw new APIConnectionError(
        `No server at ${address}: start one there with "opencode serve", or leave the URL out to ` +
          "have one started",
        { cause },
      );
    }
  }
  return { version: versionIn(answer, address) };
}

function versionIn({ status, headers, body, json }: ServerAnswer, address: string): string {
  if (status === 401) {
    throw new AuthenticationError(
      `The server at ${address} refuses these credentials: give its user name and password`,
      { status, headers, body },
    );
  }
  if (status >= 500) {
    throw new APIStatusError(`The server at ${address} answered ${status}`, {
      status,
      headers,
      body,
    });
  }
  const version = (body as { version?: unknown } | null)?.version;
  if (status !== 200 || !json || typeof version !== "string") {
    throw new UnsupportedServerError(
      `${address} is not an opencode server of the generation that this package ` +
        `supports: /global/health answered ${status}${
          json ? "" : " and no JSON"
        }. It is tested with ` +
        TESTED_VERSION,
    );
  }
  supportOf(version, `The server at ${address}`);
  return version;
}

/** The address without its credentials, and the credentials: the options' before the address's. */
function credentialsIn(
  url: string,
  { username, password }: CheckServerOptions,
): { address: string; username: string | undefined; password: string | undefined } {
  const inUrl = parseBaseUrl(url);
  return {
    address: inUrl.baseUrl,
    username: username ?? inUrl.username,
    password: password ?? inUrl.password,
  };
}

/** A server that another process started, as its `OpencodeServer` described it. */
export interface ForeignServer {
  /** Its address. */
  url: string;
  /** Its process id. */
  pid: number;
  /** Its `ownerId`: with it, what it started is found and no other process is taken for it. */
  ownerId?: string | undefined;
  /** @deprecated Use `ownerId`. */
  mark?: string | undefined;
  /** The user for HTTP Basic. @default {"opencode"} */
  username?: string | undefined;
  /** The password for HTTP Basic. */
  password?: string | undefined;
  /** Directories whose busy sessions are aborted first. */
  directories?: readonly string[] | undefined;
}

/**
 * Stops a server that another process started (`persist`), in the steps of `OpencodeServer.close`.
 *
 * A process id may belong to another program by now, after a restart of the machine say: so nothing
 * is killed unless the process carries the server's `ownerId` (Linux), or the server answers with these
 * credentials.
 *
 * @returns `false` where it did not run any more.
 *
 * @example
 * ```ts no-assert
 * import { createOpencodeServer, stopServer } from "@x/opencode/server";
 *
 * const { url, pid, ownerId, password } = await createOpencodeServer({ persist: { log: "server.log" } });
 * // … later, in another process:
 * await stopServer({ url, pid, ownerId, password });
 * ```
 */
export function stopServer(server: ForeignServer): Promise<boolean> {
  return withPermissionHint("stop the server", () => stop(server));
}

async function stop(server: ForeignServer): Promise<boolean> {
  const { url, pid, username = "opencode", password = "", directories = [] } = server;
  const ownerId = ownerOf(server);
  bypassProxyForLoopback();
  if (!await isServer(server)) return false;
  await abortSessions({ url, username, password }, [undefined, ...directories]);
  if (host().platform.os === "windows") await stopOnWindows(pid);
  else {
    const watchdog = await Watchdog.start(ownerId);
    await watchdog?.watch(pid);
    await watchdog?.stopServer();
  }
  return true;
}

function ownerOf({ ownerId, mark }: ForeignServer): string {
  return ownerId ?? mark ?? "";
}

/** Whether the process still is that server. */
async function isServer(server: ForeignServer): Promise<boolean> {
  const { url, pid, username, password } = server;
  const seen = pid > 0 ? await lookAt(pid, ownerOf(server)) : "gone";
  if (seen !== "runs") return seen === "owned";
  try {
    await checkServer(url, { username, password });
    return true;
  } catch {
    return false;
  }
}
