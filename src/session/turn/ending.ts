/**
 * The end of a turn: reached once, normally or with an error.
 *
 * @module
 */

import type { TurnResult } from "../../dialect/types.ts";

/** Why a turn was ended here. */
export interface Failure {
  error: unknown;
  /** Whether the caller wanted it. */
  aborted: boolean;
}

/** Whether a turn is over, and why. */
export class Ending {
  /** Resolves when the turn ends, however. */
  readonly reached: Promise<void>;
  readonly #controller = new AbortController();
  #reach!: () => void;
  #over = false;
  #failure: Failure | undefined;
  /** What there was when the turn was ended from here, or could not be read to its end. */
  broken: Omit<TurnResult, "error"> & { error: unknown } | undefined;

  constructor() {
    this.reached = new Promise((resolve) => this.#reach = resolve);
  }

  /** Aborts at the end: nobody waits for what still runs. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether it is reached. */
  get over(): boolean {
    return this.#over;
  }

  /** Why the turn was ended, where it did not end normally. */
  get failure(): Failure | undefined {
    return this.#failure;
  }

  /** The turn ended normally. */
  complete(): void {
    this.#end(undefined, new DOMException("The turn is over", "AbortError"));
  }

  /** Ends the turn with an error; the first end counts. */
  fail(error: unknown, aborted = false): void {
    this.#end({ error, aborted }, error);
  }

  #end(failure: Failure | undefined, reason: unknown): void {
    if (this.#over) return;
    this.#over = true;
    this.#failure = failure;
    this.#controller.abort(reason);
    this.#reach();
  }
}
