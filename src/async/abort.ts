/**
 * Signals: several in one, with an end to the listening, and waits that a signal cuts short.
 *
 * @module
 */
import { type Clock, realClock } from "./clock.ts";
import { MAX_TIMER, startTimer } from "./timer.ts";

/** A signal that follows others, until it is disposed of. */
export interface LinkedSignal {
  /** Aborts with the reason of the first that aborts. */
  readonly signal: AbortSignal;
  /** Aborts this one alone. */
  abort(reason?: unknown): void;
  /** Stops following the others and clears the timer; no listener stays behind. Idempotent. */
  dispose(): void;
}

/** What {@linkcode linkSignals} takes. */
export interface LinkOptions {
  /** Abort after so many milliseconds; `undefined`, 0, Infinity and above 2^31-1 mean never. */
  timeout?: number | undefined;
  /** The reason for that. */
  timeoutReason?: () => unknown;
  /** @default The runtime's own */
  clock?: Clock | undefined;
}

/**
 * One signal that aborts as soon as one of several does, or a time has passed.
 *
 * `AbortSignal.any` would do, but leaves no way to let go of a long-lived signal, and its timers
 * can't be cleared.
 */
export function linkSignals(
  signals: readonly (AbortSignal | undefined)[],
  options: LinkOptions = {},
): LinkedSignal {
  const controller = new AbortController();
  const undo: (() => void)[] = [];
  const dispose = () => {
    for (const step of undo.splice(0)) step();
  };
  const abort = (reason?: unknown) => {
    dispose();
    controller.abort(reason);
  };
  for (const source of signals) {
    if (source === undefined) continue;
    if (source.aborted) {
      abort(source.reason);
      break;
    }
    const listener = () => abort(source.reason);
    source.addEventListener("abort", listener, { once: true });
    undo.push(() => source.removeEventListener("abort", listener));
  }
  if (!controller.signal.aborted) {
    const onTimeout = () =>
      abort(options.timeoutReason?.() ?? new DOMException("Timed out", "TimeoutError"));
    undo.push(startTimer(options.timeout, onTimeout, options.clock));
  }
  return { signal: controller.signal, abort, dispose };
}

/**
 * Waits.
 *
 * @param ms Milliseconds.
 * @param signal Cuts the wait short: the promise rejects with its reason.
 */
export function sleep(
  ms: number,
  signal?: AbortSignal,
  clock: Clock = realClock,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const onAbort = () => {
      clock.clearTimer(timer);
      reject(signal!.reason);
    };
    const timer = clock.setTimer(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, Math.min(ms, MAX_TIMER));
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}

/**
 * Follows a promise, or rejects with the signal's reason as soon as it aborts; the promise itself
 * goes on, and what becomes of it is ignored then.
 */
export function abortable<T>(promise: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return promise;
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener("abort", onAbort));
  });
}

/** Both, or the first failure; where the first fails, a second that comes later is let go. */
export async function both<A, B>(
  a: Promise<A>,
  b: Promise<B>,
  letGo: (b: B) => void,
): Promise<[A, B]> {
  try {
    return await Promise.all([a, b]);
  } catch (error) {
    b.then(letGo, () => {});
    throw error;
  }
}
