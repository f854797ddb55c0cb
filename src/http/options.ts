/**
 * The options of a client and of a call, resolved once into a shape without gaps.
 *
 * @module
 */
import { type Clock, realClock } from "../async/clock.ts";
import { checkBound } from "../async/timer.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { Logger, LogLevel } from "./log.ts";
import { directFetch } from "./transport.ts";

/** Calls `fetch`; `globalThis.fetch` is one. */
export type Fetch = (input: string | Request, init?: RequestInit) => Promise<Response>;

/**
 * Stands between the client and `fetch`: it may change the request, the response, or answer itself.
 * The first of a list is the outermost.
 */
export type Middleware = (
  request: Request,
  next: (request: Request) => Promise<Response>,
) => Promise<Response> | Response;

/**
 * How an answer is compared with the schema of the server's own document: not at all (`false`), with
 * a note in the log (`"warn"`), with an error for what breaks it (`true`), or with an error for
 * unknown fields and values too (`"strict"`).
 */
export type ValidateMode = boolean | "warn" | "strict";

/** What the HTTP side of a client takes. */
export interface HttpOptions {
  /**
   * Where the server is, such as `"http://127.0.0.1:4096"`; it may carry `user:password@`, and a path
   * where a reverse proxy has the server under one (`"https://host/opencode"`).
   */
  baseUrl: string;
  /** The user's name. @default {"opencode"} */
  username?: string | undefined;
  /** Sent with HTTP Basic; without one, nothing is sent. */
  password?: string | undefined;
  /** Sent with each request; a call's own stand before them. */
  headers?: Readonly<Record<string, string>> | undefined;
  /**
   * The bound of one try of a request, its answer's body included, in milliseconds; 0 and Infinity are
   * none. The default leaves room for a prompt that waits for its whole answer.
   *
   * @default {300000}
   */
  timeout?: number | undefined;
  /** How often a request that may be repeated is repeated. @default {2} */
  maxRetries?: number | undefined;
  /**
   * What sends the requests. On Deno, the body of a request that isn't idempotent is a `Blob`: Deno's
   * own fetch repeats text automatically when a connection breaks.
   *
   * @default {globalThis.fetch}, without a proxy for loopback addresses
   */
  fetch?: Fetch | undefined;
  /** Around each try, outermost first. */
  middleware?: readonly Middleware[] | undefined;
  /** Receives an entry for each request and response. */
  logger?: Logger | undefined;
  /** The minimum level. @default {"info"} with a `logger`, else `OPENCODE_LOG`, else `"off"` */
  logLevel?: LogLevel | undefined;
  /**
   * Read for `OPENCODE_SERVER_USERNAME`, `OPENCODE_SERVER_PASSWORD` and `OPENCODE_LOG`; `{}` reads
   * none.
   *
   * @default The process's environment, where it can be read without asking the user
   */
  env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** What every call takes beside its input. */
export interface CallOptions {
  /** Ends the call: it rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /** The bound of one try, in milliseconds; 0 and Infinity are none. @default The client's */
  timeout?: number | undefined;
  /** How often it is repeated where that is allowed. @default The client's */
  maxRetries?: number | undefined;
  /** Sent before those of the client. */
  headers?: Readonly<Record<string, string>> | undefined;
  /** Added to the query; `undefined` takes a parameter out. */
  query?: Readonly<Record<string, QueryValue>> | undefined;
  /** How the answer is compared with the server's document. @default The client's */
  validate?: ValidateMode | undefined;
}

/** A value in a query; an array repeats the name. */
export type QueryValue =
  | string
  | number
  | boolean
  | undefined
  | null
  | readonly (string | number | boolean)[];

/** {@linkcode HttpOptions} without gaps. */
export interface ResolvedHttp {
  /** Without credentials, and without a slash at its end. */
  readonly baseUrl: string;
  readonly username: string;
  readonly password: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeout: number;
  readonly maxRetries: number;
  readonly fetch: Fetch;
  readonly middleware: readonly Middleware[];
  readonly logger: Logger | undefined;
  readonly logLevel: LogLevel;
  /** Its timers bound requests and the waits between tries. */
  readonly clock: Clock;
}

/** The bound of one try, in milliseconds, where none is given. */
const DEFAULT_TIMEOUT = 300_000;

/**
 * Fills the gaps; pure but for the default of `fetch`.
 *
 * @throws {InvalidArgumentError} The address is not an http(s) URL, or a number makes no sense.
 */
export function resolveHttp(
  options: Omit<HttpOptions, "baseUrl"> & { baseUrl?: string | undefined; connect?: unknown },
  clock: Clock = realClock,
): ResolvedHttp {
  const env = options.env ?? {};
  const { baseUrl, ...inUrl } = options.baseUrl === undefined && options.connect !== undefined
    ? { baseUrl: "", username: undefined, password: undefined } // `connect` brings them
    : parseBaseUrl(options.baseUrl as string);
  const username = options.username ?? inUrl.username ??
    (env["OPENCODE_SERVER_USERNAME"] || "opencode");
  if (username.includes(":")) {
    throw new InvalidArgumentError("Cannot use a username with a colon: HTTP Basic allows none");
  }
  const logger = options.logger;
  return {
    baseUrl,
    username,
    password: options.password ?? inUrl.password ?? (env["OPENCODE_SERVER_PASSWORD"] || undefined),
    headers: { ...options.headers },
    timeout: checkBound("timeout", options.timeout, DEFAULT_TIMEOUT),
    maxRetries: checkNumber("maxRetries", options.maxRetries ?? 2),
    fetch: options.fetch ?? directFetch,
    middleware: [...options.middleware ?? []],
    logger,
    logLevel: options.logLevel ?? levelOf(env["OPENCODE_LOG"]) ?? (logger ? "info" : "off"),
    clock,
  };
}

/** Checks a number of tries. */
export function checkNumber(name: string, value: number): number {
  if (typeof value === "number" && value >= 0) return value;
  throw new InvalidArgumentError(`Cannot use ${String(value)} as ${name}: give a number from 0 up`);
}

/** A server's address, taken apart. */
interface BaseUrl {
  /** Without credentials, and without a slash at its end; it may have a path. */
  baseUrl: string;
  username: string | undefined;
  password: string | undefined;
}

/**
 * Reads the address of a server. The text may hold a password: no error repeats it.
 *
 * @throws {InvalidArgumentError} It is no http(s) URL, has a query or a fragment, or its user name or
 * password is not percent-encoded.
 */
export function parseBaseUrl(text: string): BaseUrl {
  let url: URL;
  try {
    url = new URL(text);
  } catch (cause) {
    throw new InvalidArgumentError(
      'Invalid baseUrl: give an address such as "http://127.0.0.1:4096"',
      { cause: (cause as Error).name },
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new InvalidArgumentError(
      `Invalid baseUrl: its protocol is "${url.protocol}"; give one that begins with http:// or https://`,
    );
  }
  if (url.search !== "" || url.hash !== "") {
    throw new InvalidArgumentError(
      "Invalid baseUrl: it has a query or a fragment; give origin and path alone",
    );
  }
  return {
    baseUrl: url.origin + url.pathname.replace(/\/+$/, ""),
    username: decoded("user name", url.username),
    password: decoded("password", url.password),
  };
}

function decoded(name: string, text: string): string | undefined {
  try {
    return text === "" ? undefined : decodeURIComponent(text);
  } catch {
    throw new InvalidArgumentError(
      `Invalid baseUrl: the ${name} in it is not percent-encoded; write "%" as "%25", or give username and password as options`,
    );
  }
}

function levelOf(text: string | undefined): LogLevel | undefined {
  return text !== undefined && /^(debug|info|warn|error|off)$/.test(text)
    ? text as LogLevel
    : undefined;
}
