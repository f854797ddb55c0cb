/**
 * Time as a value, so that a test can pass its own and needs no real waiting.
 *
 * @module
 */

/** What code that waits needs of time. */
export interface Clock {
  /** The current time, in milliseconds since 1970. */
  now(): number;
  /** Calls back once after `ms` milliseconds. */
  setTimer(callback: () => void, ms: number): unknown;
  /** Cancels a timer. */
  clearTimer(timer: unknown): void;
}

/** The runtime's own time. */
export const realClock: Clock = {
  now: () => Date.now(),
  setTimer: (callback, ms) => setTimeout(callback, ms),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};
