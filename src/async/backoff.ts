/**
 * How long to wait before another try.
 *
 * @module
 */

/** What {@linkcode backoff} takes. */
export interface BackoffOptions {
  /** The first wait, in milliseconds. @default {500} */
  base?: number;
  /** The longest wait, in milliseconds. @default {8000} */
  max?: number;
  /** A number from 0 to below 1. @default {Math.random} */
  random?: () => number;
}

/**
 * The wait before a retry: it doubles with each try, is capped, and loses up to a quarter by chance,
 * so that clients that failed together don't come back together.
 *
 * @param attempt How many tries have failed before, from 0.
 * @returns Milliseconds.
 */
export function backoff(attempt: number, options: BackoffOptions = {}): number {
  const { base = 500, max = 8000, random = Math.random } = options;
  const full = Math.min(max, base * 2 ** Math.max(0, attempt));
  return full * (1 - 0.25 * random());
}
