/**
 * From calls to an iterator: what one side pushes, the other reads with `for await`.
 *
 * @module
 */

/** What an {@linkcode AsyncQueue} takes. */
export interface AsyncQueueOptions<T = unknown> {
  /** Makes one item of the last that waits and a new one; `undefined` keeps them apart. */
  merge?: (last: T, next: T) => T | undefined;
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
  readonly #merge: ((last: T, next: T) => T | undefined) | undefined;

  constructor(options: AsyncQueueOptions<T> = {}) {
    this.#onReturn = options.onReturn;
    this.#merge = options.merge;
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
    if (reader) return reader.resolve({ value: item, done: false });
    const merged = this.#merge && this.size > 0
      ? this.#merge(this.#items.at(-1)!, item)
      : undefined;
    if (merged === undefined) this.#items.push(item);
    else this.#items[this.#items.length - 1] = merged;
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
      if (this.#head > 1024 && this.#head * 2 > this.#items.length) this.#compact();
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
