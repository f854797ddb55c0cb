/**
 * Bounds in milliseconds, with one meaning everywhere: 0, Infinity and everything longer than a
 * timer can hold mean "no bound". (`setTimeout` makes 1 ms of such a number.)
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { type Clock, realClock } from "./clock.ts";

/** The longest wait that the timers of every runtime can hold (about 24.8 days), in milliseconds. */
export const MAX_TIMER = 2 ** 31 - 1;

/**
 * Checks a bound that a caller gave.
 *
 * @param name The option's name, for the error.
 * @param value Milliseconds; `undefined` takes `fallback`.
 * @throws {InvalidArgumentError} The value is not a number from 0 up.
 */
export function checkBound(name: string, value: number | undefined, fallback = 0): number {
  const bound = value ?? fallback;
  if (typeof bound === "number" && bound >= 0) return bound;
  throw new InvalidArgumentError(
    `Cannot use ${String(bound)} as ${name}: give milliseconds from 0 up (0 or Infinity: no bound)`,
  );
}

/** Whether a number of milliseconds is a bound; 0, Infinity and above 2^31-1 are none. */
export function isBound(ms: number | undefined): ms is number {
  return ms !== undefined && ms > 0 && ms <= MAX_TIMER;
}

/**
 * Calls back after `ms` milliseconds, or never where `ms` is no bound.
 *
 * @returns Cancels it; idempotent.
 */
export function startTimer(
  ms: number | undefined,
  callback: () => void,
  clock: Clock = realClock,
): () => void {
  if (!isBound(ms)) return () => {};
  const timer = clock.setTimer(callback, ms);
  return () => clock.clearTimer(timer);
}
