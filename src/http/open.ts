/**
 * A response that is read for as long as it lasts.
 *
 * @module
 */
import { abortable, linkSignals } from "../async/abort.ts";
import { checkBound } from "../async/timer.ts";
import { APITimeoutError } from "../errors.ts";
import { attempt, failureOf, type HttpRequest, initOf, secretsOf } from "./attempt.ts";
import { readStart } from "./body.ts";
import { statusError } from "./failure.ts";
import { log } from "./log.ts";
import type { CallOptions, ResolvedHttp } from "./options.ts";

/** A response whose body goes on, and what ends it. */
export interface Opened {
  response: Response;
  /** Aborts the request and removes its listeners from the signals; idempotent. */
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
      throw await statusError(what, response, text, secretsOf(http));
    }
    log(http, "info", "Stream", () => ({
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
