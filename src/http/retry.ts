/**
 * Whether and when a request is sent again.
 *
 * @module
 */
import { APIConnectionError, APIStatusError, APITimeoutError } from "../errors.ts";
import { backoff, type BackoffOptions } from "../async/backoff.ts";
import { neverReached } from "./failure.ts";

/**
 * What sending a request again could do.
 *
 * - `"safe"`: nothing more than sending it once (GET, HEAD, PUT, DELETE): it is repeated after a
 *   passing status, a broken connection and a timeout.
 * - `"answered"`: it may do its work twice (POST, PATCH): it is repeated after a passing status,
 *   by which the server says that it did not do it, and where it never reached the server, but not
 *   where the outcome is unknown.
 * - `"unreached"`: it sets the model to work: it is repeated only where it never reached the server.
 */
export type Repeat = "safe" | "answered" | "unreached";

/** The usual one of a method. */
export function repeatOf(method: string): Repeat {
  return /^(GET|HEAD|PUT|DELETE|OPTIONS)$/.test(method) ? "safe" : "answered";
}

/** Whether a request that failed like this may be sent again. */
export function mayRepeat(repeat: Repeat, error: unknown): boolean {
  if (error instanceof APIStatusError) return repeat !== "unreached" && passing(error.status);
  if (!(error instanceof APIConnectionError)) return false;
  if (repeat === "safe") return true;
  return !(error instanceof APITimeoutError) && neverReached(error);
}

/** Whether a status is worth another try: 408, 409, 429, and 500 or above. */
function passing(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** The longest wait that a server may ask for, in milliseconds; beyond it the call fails at once. */
const LONGEST_WAIT = 60_000;

/**
 * How long to wait before the next try: what the answer asks for (`retry-after-ms` in milliseconds,
 * else `Retry-After` in seconds or as an HTTP date), else an exponential wait with jitter.
 *
 * @param attempt How many tries have failed before, from 0.
 * @returns Milliseconds; `undefined` where the server asks for more than {@linkcode LONGEST_WAIT}.
 */
export function retryDelay(
  attempt: number,
  headers: Headers | undefined,
  options: BackoffOptions & { now?: number } = {},
): number | undefined {
  const asked = askedDelay(headers, options.now ?? Date.now());
  if (asked === undefined) return backoff(attempt, options);
  return asked > LONGEST_WAIT ? undefined : asked;
}

/** What the answer asks for; `undefined` where it asks for nothing, or nothing that makes sense. */
function askedDelay(headers: Headers | undefined, now: number): number | undefined {
  const ms = headers?.get("retry-after-ms")?.trim();
  if (ms && NUMBER.test(ms)) return Number(ms);
  const after = headers?.get("retry-after")?.trim();
  if (!after) return undefined;
  if (NUMBER.test(after)) return Number(after) * 1000;
  // A date begins with the name of a day; `Date.parse` also makes one of "-1" and of "5, 10".
  const delay = /^[a-z]{3}/i.test(after) ? Date.parse(after) - now : NaN;
  return delay > 0 ? delay : undefined;
}

const NUMBER = /^\d+(\.\d+)?$/;
