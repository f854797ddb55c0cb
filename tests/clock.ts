import type { Clock } from "../src/async/clock.ts";

/** Time that passes when a test says so. */
export class ManualClock implements Clock {
  #now = 1_700_000_000_000;
  #next = 0;
  readonly #timers = new Map<number, { at: number; callback: () => void }>();

  /** The time, in milliseconds since 1970. */
  now(): number {
    return this.#now;
  }

  /** How many timers are set. */
  get pending(): number {
    return this.#timers.size;
  }

  /** How long until the next timer, in milliseconds; `undefined` where none is set. */
  get untilNext(): number | undefined {
    const times = [...this.#timers.values()].map(({ at }) => at - this.#now);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  setTimer(callback: () => void, ms: number): unknown {
    const id = ++this.#next;
    this.#timers.set(id, { at: this.#now + ms, callback });
    return id;
  }

  clearTimer(timer: unknown): void {
    this.#timers.delete(timer as number);
  }

  /** Lets time pass; timers are called in their order, those that they set too. */
  advance(ms: number): void {
    const end = this.#now + ms;
    for (;;) {
      const due = [...this.#timers].filter(([, { at }]) => at <= end)
        .sort(([a, one], [b, two]) => one.at - two.at || a - b)[0];
      if (due === undefined) break;
      const [id, { at, callback }] = due;
      this.#timers.delete(id);
      this.#now = Math.max(this.#now, at);
      callback();
    }
    this.#now = end;
  }

  /** Waits, in real time, until a timer is set; fails after 20 s. */
  async untilPending(count = 1): Promise<void> {
    for (const end = Date.now() + 20_000; this.pending < count;) {
      if (Date.now() > end) throw new Error(`No timer was set: ${this.pending} of ${count}`);
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
  }
}
