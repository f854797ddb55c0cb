/**
 * The bounds of a turn in time.
 *
 * @module
 */
import { isBound } from "../../async/timer.ts";
import type { Clock } from "../../async/clock.ts";

/** What {@linkcode Deadlines} needs; bounds are in milliseconds. */
export interface DeadlineOptions {
  clock: Clock;
  /** Of the whole turn. */
  timeout: number;
  /** Without any event of the turn. */
  idleTimeout: number;
  /** Whether something goes on that sends no events, such as a tool. */
  working(): boolean;
  /** Called when a bound is passed, with what it was. */
  expired(why: string): void;
  /** Called now and then while nothing comes. */
  quiet(): void;
}

/** After so long without an event of the turn the server is asked, in milliseconds. */
const POLL_AFTER = 15_000;

/** One timer for the next bound or poll; an event only notes the time, and costs none. */
export class Deadlines {
  readonly #options: DeadlineOptions;
  #started = 0;
  #heard = 0;
  #timer: unknown;

  constructor(options: DeadlineOptions) {
    this.#options = options;
  }

  /** Begins to count. */
  start(): void {
    this.#started = this.#heard = this.#options.clock.now();
    this.#arm();
  }

  /** An event of the turn came. */
  heard(): void {
    this.#heard = this.#options.clock.now();
  }

  /** Ends the counting. */
  stop(): void {
    this.#options.clock.clearTimer(this.#timer);
  }

  #arm(): void {
    const { clock, timeout, idleTimeout, working, expired, quiet } = this.#options;
    const now = clock.now();
    const left = isBound(timeout) ? timeout - (now - this.#started) : Infinity;
    const idle = now - this.#heard;
    const idleLeft = isBound(idleTimeout) ? idleTimeout - idle : Infinity;
    if (left <= 0) return expired(`The turn took longer than ${timeout} ms (timeout)`);
    if (idleLeft <= 0 && !working()) {
      return expired(`The turn showed no activity for ${idleTimeout} ms (idleTimeout)`);
    }
    if (idle >= POLL_AFTER) quiet();
    const next = Math.min(
      left,
      idleLeft > 0 ? idleLeft : POLL_AFTER,
      idle < POLL_AFTER ? POLL_AFTER - idle : POLL_AFTER,
    );
    this.#timer = clock.setTimer(() => this.#arm(), Math.max(1, next));
  }
}
