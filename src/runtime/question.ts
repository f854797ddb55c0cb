/**
 * One question on the terminal at a time, whoever asks: else an answer could go to a question that
 * the user has not read.
 *
 * @module
 */

let last: Promise<unknown> = Promise.resolve();

/**
 * Asks when all questions before are answered. One that nobody wants answered any more by then is
 * not asked: the promise rejects with the signal's reason.
 */
export function inTurn<T>(ask: () => Promise<T>, signal: AbortSignal): Promise<T> {
  const mine = last.then(() => {
    signal.throwIfAborted();
    return ask();
  });
  last = mine.catch(() => {});
  return mine;
}
