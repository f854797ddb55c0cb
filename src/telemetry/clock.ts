/**
 * When things happened on the server, by the clock of this process.
 *
 * Events may come late, and many at once: the server's own times say what was when. Its clock may be
 * another machine's.
 *
 * @module
 */
import type { ServerTime } from "../dialect/types.ts";

/** Knows the times of one turn. */
export class ServerClock {
  readonly #began = Date.now();
  readonly #times = new Map<string, ServerTime>();
  /** What to add to the server's times. */
  #offset: number | undefined;

  /** Takes when a tool call or a subagent began or ended. */
  take(time: ServerTime): void {
    this.#times.set(time.id, time);
  }

  /** When a call or a subagent began; now where that is not known. */
  startOf(id: string): number {
    return this.when(this.#times.get(id)?.start);
  }

  /** When a call ended; now where that is not known. */
  endOf(id: string): number {
    return this.when(this.#times.get(id)?.end);
  }

  /** A time of the server's as one of this process: in this turn, and not later than now. */
  when(stamp: number | undefined): number {
    const now = Date.now();
    if (stamp === undefined) return now;
    // a first time that is not of this turn is another clock's: it is taken for what happens now
    this.#offset ??= stamp < this.#began || stamp > now ? now - stamp : 0;
    return Math.min(now, Math.max(this.#began, stamp + this.#offset));
  }
}
