/**
 * How long a facade lives: until it is closed, or its caller's signal aborts.
 *
 * @module
 */
import { TurnAbortedError } from "../errors.ts";

/** What a close does. */
export interface Ending {
  /** Ends the work; gets what calls are told from then on. */
  end: (reason: unknown) => Promise<void>;
  /** Comes last, when no call is on its way any more. */
  last: () => Promise<void>;
}

/** Two signals, since turns are stopped on the server after calls of the caller are refused. */
export class Lifetime {
  readonly #closing = new AbortController();
  readonly #closed = new AbortController();
  readonly #ending: Ending;
  readonly #signal: AbortSignal | undefined;
  #ended: Promise<void> | undefined;
  readonly #onAbort = () => {
    this.#closing.abort(this.#signal!.reason);
    this.close().catch(() => {});
  };

  /** @param signal The caller's: it closes too, once `begin` was called. */
  constructor(ending: Ending, signal: AbortSignal | undefined) {
    this.#ending = ending;
    this.#signal = signal;
  }

  /** Begins to listen to the caller's signal; where that has aborted, closes at once. */
  begin(): void {
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (this.#signal?.aborted) this.#onAbort();
  }

  /** Aborts when the close begins, with what calls are told from then on. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** Aborts when it is closed, its turns stopped: no call is on its way any more. */
  get closed(): AbortSignal {
    return this.#closed.signal;
  }

  /** Closes. Idempotent. */
  close(): Promise<void> {
    return this.#ended ??= this.#close();
  }

  async #close(): Promise<void> {
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#closing.abort(new TurnAbortedError("This Opencode is closed: make a new one"));
    const { reason } = this.closing;
    try {
      await this.#ending.end(reason);
    } finally {
      this.#closed.abort(reason);
      await this.#ending.last();
    }
  }
}
