/**
 * Waits for what the server tells next.
 *
 * @module
 */

/** How long something waits for what the server tells of it, in milliseconds. */
const TOLD_WITHIN = 200;

/** Those who wait for the next news. */
export class Told {
  readonly #waiting = new Set<() => void>();

  /** Something was told. */
  tell(): void {
    for (const done of [...this.#waiting]) done();
  }

  /** Tries again with each news, until there is a result or the time is over. */
  async until<T>(find: () => T | undefined, more: () => boolean): Promise<T | undefined> {
    let found = find();
    for (const end = Date.now() + TOLD_WITHIN; found === undefined && more();) {
      const left = end - Date.now();
      if (left <= 0) break;
      await this.#next(left);
      found = find();
    }
    return found;
  }

  /** Waits for the next news, at most so many milliseconds. */
  #next(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#waiting.delete(done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      this.#waiting.add(done);
    });
  }
}
