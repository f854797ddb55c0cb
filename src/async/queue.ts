/**
 * From calls to an iterator: what one side pushes, the other reads with `for await`.
 *
 * @module
 */

/** What an {@linkcode AsyncQueue} takes. */
export interface AsyncQueueOptions {
  /** Called once when the reader leaves, by `break`, `return` or a throw in its loop. */
  onReturn?: () => void | Promise<void>;
}

/** An unbounded queue that one reader iterates; pushing never waits. */
export class AsyncQueue<T> implements AsyncIterableIterator<T> {
  #items: T[] = [];
  #head = 0;
  #waiting: { resolve(result: IteratorResult<T>): void; reject(error: unknown): void }[] = [];
  #ended = false;
  #failure: { error: unknown } | undefined;
  #onReturn: (() => void | Promise<void>) | undefined;

  constructor(options: AsyncQueueOptions = {}) {
    this.#onReturn = options.onReturn;
  }

  /** How many items wait for the reader. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  /** Whether `end`, `fail` or `return` was called. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Adds an item; after the end it is dropped. */
  push(item: T): void {
    if (this.#ended) return;
    const reader = this.#waiting.shift();
    if (reader) reader.resolve({ value: item, done: false });
    else this.#items.push(item);
  }

  /** Ends the iteration after what is queued. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    for (const reader of this.#waiting.splice(0)) reader.resolve({ value: undefined, done: true });
  }

  /** Ends the iteration with an error after what is queued; it is thrown once. */
  fail(error: unknown): void {
    if (this.#ended) return;
    this.#ended = true;
    const reader = this.#waiting.shift();
    if (reader) reader.reject(error);
    else this.#failure = { error };
    for (const rest of this.#waiting.splice(0)) rest.resolve({ value: undefined, done: true });
  }

  /** The next item. */
  next(): Promise<IteratorResult<T>> {
    if (this.#head < this.#items.length) {
      const value = this.#items[this.#head]!;
      this.#items[this.#head++] = undefined as T;
      if (this.#head === this.#items.length || this.#head > 1024) this.#compact();
      return Promise.resolve({ value, done: false });
    }
    if (this.#failure) {
      const { error } = this.#failure;
      this.#failure = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ value: undefined, done: true });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  /** The reader leaves: what is queued is dropped. */
  async return(): Promise<IteratorResult<T>> {
    this.#items = [];
    this.#head = 0;
    this.#failure = undefined;
    this.end();
    const onReturn = this.#onReturn;
    this.#onReturn = undefined;
    await onReturn?.();
    return { value: undefined, done: true };
  }

  /** Itself. */
  [Symbol.asyncIterator](): this {
    return this;
  }

  #compact(): void {
    this.#items.splice(0, this.#head);
    this.#head = 0;
  }
}
