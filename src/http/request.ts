/**
 * One request: tries, bounds, failures and the body of the answer.
 *
 * @module
 */
import { abortable, linkSignals, sleep } from "../async/abort.ts";
import { checkBound } from "../async/timer.ts";
import { APIError, APIStatusError, APITimeoutError } from "../errors.ts";
import { attempt, failureOf, type HttpRequest, initOf, secretsOf } from "./attempt.ts";
import { type ReadOptions, readStart } from "./body.ts";
import { statusError } from "./failure.ts";
import { log, type LogFields } from "./log.ts";
import { mask } from "./mask.ts";
import { type CallOptions, checkNumber, type ResolvedHttp } from "./options.ts";
import { mayRepeat, repeatOf, retryDelay } from "./retry.ts";

export type { HttpRequest };

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
      log(http, "debug", "Request", about(() => ({ body: bodyForLog(http, sent) })));
      const response = await attempt(http, what, { ...init, signal: link.signal }, request, call);
      if (response.status >= 400) {
        const text = await abortable(readStart(response), link.signal);
        throw await statusError(what, response, text, secretsOf(http));
      }
      // A body may ignore the signal (a stream of a middleware's): the bound holds all the same.
      const secrets = secretsOf(http);
      const data = await abortable(read(response, what, { secrets }), link.signal);
      log(http, "info", "Response", about(() => ({ status: response.status })));
      log(http, "debug", "Answer", about(() => ({ body: bodyForLog(http, data) })));
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
      log(http, delay === undefined ? "error" : "warn", "Failure", about(words));
      if (delay === undefined) throw error;
      link.dispose();
      await sleep(delay, signal, clock);
    } finally {
      link.dispose();
    }
  }
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
