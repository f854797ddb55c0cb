/**
 * Answers of the page to permissions and questions, brought together with the turn that waits for them.
 *
 * @module
 */

/** How long an answer waits for a turn of this process to ask for it, in milliseconds. */
const EARLY = 2_000;

/** Brings answers and those who wait for them together, whichever comes first. */
export class Answers<T> {
  readonly #waiting = new Map<string, (answer: T) => void>();
  readonly #early = new Map<string, { answer: T; taken(): void }>();

  /** Waits for the answer to a request; rejects with the signal's reason. */
  wait(id: string, signal: AbortSignal): Promise<T> {
    const early = this.#early.get(id);
    if (early) {
      this.#early.delete(id);
      early.taken();
      return Promise.resolve(early.answer);
    }
    return new Promise<T>((resolve, reject) => {
      const leave = () => {
        this.#waiting.delete(id);
        reject(signal.reason);
      };
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted) return leave();
      this.#waiting.set(id, (answer) => {
        signal.removeEventListener("abort", leave);
        this.#waiting.delete(id);
        resolve(answer);
      });
    });
  }

  /**
   * Gives an answer to the turn that waits for it. Where none does within 2 s, the request is not of
   * this process.
   *
   * @param send Sends the answer to the server then.
   */
  async give(id: string, answer: T, send: () => Promise<unknown>): Promise<void> {
    const waiting = this.#waiting.get(id);
    if (waiting) return waiting(answer);
    const taken = await new Promise<boolean>((resolve) => {
      const timer = setTimeout(() => resolve(false), EARLY);
      this.#early.set(id, {
        answer,
        taken() {
          clearTimeout(timer);
          resolve(true);
        },
      });
    });
    if (taken) return;
    this.#early.delete(id);
    await send();
  }
}
