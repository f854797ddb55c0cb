/**
 * One request: tries, bounds, failures and the body of the answer.
 *
 * @module
 */
import { abortable, linkSignals, sleep } from "../async/abort.ts";
import { checkBound } from "../async/timer.ts";
import { APIError, APIStatusError, APITimeoutError, InvalidArgumentError } from "../errors.ts";
import { type ReadOptions, readStart } from "./body.ts";
import { connectionError, refusalError, statusError } from "./failure.ts";
import { type LogFields, tell } from "./log.ts";
import { mask } from "./mask.ts";
import { type Body, requestOnce, sentOnce } from "./once.ts";
import { type CallOptions, checkNumber, type QueryValue, type ResolvedHttp } from "./options.ts";
import { fetchFollowing } from "./redirect.ts";
import { mayRepeat, type Repeat, repeatOf, retryDelay } from "./retry.ts";
import { queryString } from "./url.ts";

/** A request to make. */
export interface HttpRequest {
  method: string;
  /** Encoded, from the root of `baseUrl`, beginning with a slash. */
  path: string;
  query?: Readonly<Record<string, QueryValue>>;
  /** Sent as JSON; `undefined` sends nothing. */
  json?: unknown;
  /** Sent as it is, where `json` is not. */
  body?: Body | undefined;
  headers?: Readonly<Record<string, string>>;
  /** @default By the method */
  repeat?: Repeat;
}

/** A response and what was read of it. */
export interface Received<T> {
  data: T;
  response: Response;
}

/** Reads a body; a failure of the connection may come out of it as it is. */
export type ReadBody<T> = (response: Response, what: string, options: ReadOptions) => Promise<T>;

/**
 * Sends a request, again where that is allowed, and reads the answer within the same bound.
 *
 * @throws {APIStatusError} The server answered with 400 or more; one class for each status.
 * @throws {APITimeoutError} A try took longer than its `timeout`, and none was left.
 * @throws {APIConnectionError} The server was not reached, or the connection broke.
 * @throws {APIResponseValidationError} The answer is not what it should be.
 * @throws {PermissionMissingError} The program may not reach the server; not repeated.
 */
export async function send<T>(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
  read: ReadBody<T>,
): Promise<Received<T>> {
  const { signal } = call;
  const { clock } = http;
  const wanted = checkNumber("maxRetries", call.maxRetries ?? http.maxRetries);
  // A stream can be read once.
  const maxRetries = request.body instanceof ReadableStream ? 0 : wanted;
  const timeout = checkBound("timeout", call.timeout, http.timeout);
  const what = `${request.method} ${request.path}`;
  const repeat = request.repeat ?? repeatOf(request.method);
  const { init, sent } = initOf(http, request, call);
  for (let retry = 0;; retry++) {
    signal?.throwIfAborted();
    const started = performance.now();
    const about = (more: () => LogFields) => (): LogFields => ({
      method: request.method,
      path: request.path,
      retry,
      duration: Math.round(performance.now() - started),
      ...more(),
    });
    const link = linkSignals([signal], {
      clock,
      timeout,
      timeoutReason: () =>
        new APITimeoutError(`${what} was not answered within ${timeout} ms`, { timeout }),
    });
    try {
      tell(http, "debug", "Request", about(() => ({ body: bodyForLog(http, sent) })));
      const response = await attempt(http, what, { ...init, signal: link.signal }, request, call);
      if (response.status >= 400) {
        const text = await abortable(readStart(response), link.signal);
        throw statusError(what, response, text, secretsOf(http));
      }
      // A body may ignore the signal (a stream of a middleware's): the bound holds all the same.
      const secrets = secretsOf(http);
      const data = await abortable(read(response, what, { secrets }), link.signal);
      tell(http, "info", "Response", about(() => ({ status: response.status })));
      tell(http, "debug", "Answer", about(() => ({ body: bodyForLog(http, data) })));
      return { data, response };
    } catch (cause) {
      const error = failureOf(cause, what, http, link.signal);
      if (signal?.aborted) throw signal.reason;
      const delay = retry < maxRetries && error instanceof APIError && mayRepeat(repeat, error)
        ? retryDelay(retry, error instanceof APIStatusError ? error.headers : undefined, {
          now: clock.now(),
        })
        : undefined;
      const words = () => ({
        error: mask(String((error as Error)?.message), secretsOf(http), 500),
        ...error instanceof APIStatusError ? { status: error.status } : {},
      });
      tell(http, delay === undefined ? "error" : "warn", "Failure", about(words));
      if (delay === undefined) throw error;
      link.dispose();
      await sleep(delay, signal, clock);
    } finally {
      link.dispose();
    }
  }
}

/** A response whose body goes on, and what ends it. */
export interface Opened {
  response: Response;
  /** Aborts the request and lets go of the signals; idempotent. */
  close(): void;
}

/**
 * Opens a response that is read for as long as it lasts: the bound covers the headers alone. One try.
 *
 * @throws As {@linkcode send}.
 */
export async function open(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
): Promise<Opened> {
  const timeout = checkBound("timeout", call.timeout, http.timeout);
  const what = `${request.method} ${request.path}`;
  call.signal?.throwIfAborted();
  // Two links: the bound on the headers goes, the caller's signal stays.
  const life = linkSignals([call.signal]);
  const head = linkSignals([life.signal], {
    clock: http.clock,
    timeout,
    timeoutReason: () =>
      new APITimeoutError(`${what} was not answered within ${timeout} ms`, { timeout }),
  });
  const onHead = () => life.abort(head.signal.reason);
  head.signal.addEventListener("abort", onHead, { once: true });
  const started = performance.now();
  try {
    const { init } = initOf(http, request, call);
    const signal = life.signal;
    const response = await attempt(http, what, { ...init, signal }, request, call);
    if (response.status >= 400) {
      const text = await abortable(readStart(response), life.signal);
      throw statusError(what, response, text, secretsOf(http));
    }
    tell(http, "info", "Stream", () => ({
      method: request.method,
      path: request.path,
      status: response.status,
      duration: Math.round(performance.now() - started),
    }));
    return {
      response,
      close: () => life.abort(new DOMException("The stream was closed", "AbortError")),
    };
  } catch (cause) {
    const error = failureOf(cause, what, http, life.signal);
    const reason = call.signal?.aborted ? call.signal.reason : error;
    life.abort(reason);
    throw reason;
  } finally {
    head.signal.removeEventListener("abort", onHead);
    head.dispose();
  }
}

type Init = RequestInit & { headers: Headers };

/** What `fetch` takes, and the body before it was made fit to be sent once. */
function initOf(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
): { init: Init; sent: Body | undefined } {
  const headers = headersOf({ accept: "application/json", ...http.headers });
  if (http.password !== undefined && !headers.has("authorization")) {
    headers.set("authorization", basic(http.username, http.password));
  }
  headersOf({ ...request.headers, ...call.headers }, headers);
  const sent = request.json !== undefined ? toJson(request.json) : request.body;
  if (request.json !== undefined && !headers.has("content-type")) {
    headers.set("content-type", "application/json");
  }
  const init: Init = { method: request.method, headers, redirect: "manual" };
  const body = mayRepeatBelow(request) ? sent : sentOnce(sent);
  if (body !== undefined) init.body = body;
  // Node wants to hear that the answer may come before the body's end.
  if (body instanceof ReadableStream) Object.assign(init, { duplex: "half" });
  return { init, sent };
}

/** Whether it does no harm where the runtime sends it again by itself. */
function mayRepeatBelow({ method, repeat }: HttpRequest): boolean {
  return (repeat ?? repeatOf(method)) === "safe";
}

/** @throws {InvalidArgumentError} A header can't be sent; its value may be a secret and is not told. */
function headersOf(
  from: Readonly<Record<string, string | undefined>>,
  into: Headers = new Headers(),
): Headers {
  for (const [name, value] of Object.entries(from)) {
    if (value === undefined) continue;
    try {
      into.set(name, value);
    } catch {
      throw new InvalidArgumentError(
        `Cannot send the header ${
          JSON.stringify(name)
        }: its name or value has characters that HTTP doesn't allow`,
      );
    }
  }
  return into;
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new InvalidArgumentError(
      `Cannot write the body as JSON: ${(cause as Error).message.split("\n")[0]}`,
      { cause },
    );
  }
}

/** The header of HTTP Basic, in UTF-8 (RFC 7617). */
export function basic(username: string, password: string): string {
  const bytes = new TextEncoder().encode(`${username}:${password}`);
  return `Basic ${btoa(String.fromCharCode(...bytes))}`;
}

async function attempt(
  http: ResolvedHttp,
  what: string,
  init: Init & { signal: AbortSignal },
  request: HttpRequest,
  call: CallOptions,
): Promise<Response> {
  const url = http.baseUrl + request.path + queryString({ ...request.query, ...call.query });
  const answer = http.middleware.length === 0
    ? fetchFollowing(http.fetch, what, url, init)
    : through(http, what, new Request(url, init), init, mayRepeatBelow(request));
  const response = await abortable(answer, init.signal).catch((error) => {
    // an answer that comes all the same, from a fetch that does not heed the signal, is let go of
    answer.then((late) => late.body?.cancel()).catch(() => {});
    throw error;
  });
  if (!(response instanceof Response) && typeof (response as Response)?.status !== "number") {
    throw new InvalidArgumentError(`${what}: fetch or middleware gave no Response`);
  }
  return response;
}

/** Through the middleware, outermost first, to `fetch`. */
function through(
  { fetch, middleware }: ResolvedHttp,
  what: string,
  request: Request,
  init: Init,
  repeatable: boolean,
): Promise<Response> {
  const last = async (request: Request) =>
    await fetchFollowing(fetch, what, repeatable ? request : await requestOnce(request), init);
  return middleware.reduceRight<typeof last>(
    (next, layer) => async (request) => await layer(request, next),
    last,
  )(request);
}

function failureOf(cause: unknown, what: string, http: ResolvedHttp, signal: AbortSignal): unknown {
  if (cause instanceof APIError || cause instanceof InvalidArgumentError) return cause;
  if (signal.aborted) return signal.reason;
  return refusalError(what, cause) ?? connectionError(what, http.baseUrl, cause, secretsOf(http));
}

function secretsOf(http: ResolvedHttp): (string | undefined)[] {
  const { username, password } = http;
  return password === undefined ? [] : [password, basic(username, password).slice(6)];
}

function bodyForLog(http: ResolvedHttp, body: unknown): string {
  if (body === undefined || body === null) return "";
  const text = typeof body === "string"
    ? body
    : body instanceof Uint8Array
    ? `${body.length} bytes`
    : JSON.stringify(body) ?? "";
  return mask(text, secretsOf(http));
}
