/**
 * A bounded wait that leaves no timer behind.
 *
 * @module
 */

/** Whether a promise settled within so many milliseconds; what it came to is ignored. */
export function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms);
    const settled = () => {
      clearTimeout(timer);
      resolve(true);
    };
    promise.then(settled, settled);
  });
}
