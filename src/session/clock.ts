/**
 * Time, as a turn sees it; a test gives its own.
 *
 * @module
 */

/** What a turn needs of time. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back after so many milliseconds. */
  setTimer(callback: () => void, ms: number): unknown;
  /** Takes that back. */
  clearTimer(timer: unknown): void;
}

/** The real one. */
export const realClock: Clock = {
  now: () => Date.now(),
  setTimer: (callback, ms) => setTimeout(callback, ms),
  clearTimer: (timer) => clearTimeout(timer as ReturnType<typeof setTimeout>),
};

/** Waits on a clock; a signal cuts it short, and it resolves all the same. */
export function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clock.clearTimer(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = clock.setTimer(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
