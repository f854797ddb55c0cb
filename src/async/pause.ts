/**
 * Waits on a clock.
 *
 * @module
 */
import type { Clock } from "./clock.ts";

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
