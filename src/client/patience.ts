/**
 * How long the event connection is waited for.
 *
 * @module
 */
import { isBound } from "../async/timer.ts";
import { APIError, APIStatusError, APITimeoutError } from "../errors.ts";

/** The bounds of the event connection, in milliseconds; 0 and Infinity are none. */
export interface EventBounds {
  /** How long the connection may be down before it is given up. */
  readonly reconnectTimeout: number;
  /** How long the connection may be silent before it counts as broken. */
  readonly silenceTimeout: number;
}

/** How long a connection may take until its first event, headers included, in milliseconds. */
const OPENING = 8_000;

/**
 * How long a connection may take until its first event, headers included. A server that makes a
 * directory's instance may need long: until a connection stood, each try has twice the time.
 *
 * @param failures How many tries have failed before.
 * @param stood Whether a connection stood before.
 */
export function openingBound(
  { reconnectTimeout, silenceTimeout }: EventBounds,
  failures: number,
  stood: boolean,
): number {
  const silence = isBound(silenceTimeout) ? silenceTimeout : Infinity;
  if (stood && isBound(reconnectTimeout)) {
    return Math.min(OPENING, Math.max(2000, reconnectTimeout), silence);
  }
  return silence === Infinity ? silence : Math.min(OPENING * 2 ** failures, silence);
}

/**
 * The bound after which a connection that failed so is given up, once it is passed; 0 where it is
 * given up at once, and `undefined` where it is tried again.
 *
 * @param downFor For how long there was no connection.
 * @param stood Whether a connection stood before.
 */
export function givenUpAfter(
  { reconnectTimeout, silenceTimeout }: EventBounds,
  error: unknown,
  downFor: number,
  stood: boolean,
): number | undefined {
  if (error instanceof APIStatusError && error.status < 500) {
    return error.status === 408 || error.status === 429 ? undefined : 0;
  }
  if (!(error instanceof APIError)) return 0;
  const isSlow = !stood && error instanceof APITimeoutError;
  const bounds = isSlow ? [reconnectTimeout, silenceTimeout] : [reconnectTimeout];
  const longest = bounds.every(isBound) ? Math.max(...bounds) : Infinity;
  return downFor > longest ? longest : undefined;
}
