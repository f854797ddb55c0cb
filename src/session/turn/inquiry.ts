/**
 * Asks the server where events leave a doubt: idle without an answer, an error without a message, a
 * gap in the connection.
 *
 * @module
 */
import { backoff } from "../../async/backoff.ts";
import type { ServerEvent } from "../../client/events.ts";
import { APIStatusError } from "../../errors.ts";
import { neverReached } from "../../http/failure.ts";
import type { CallOptions } from "../../http/options.ts";
import { mayRepeat } from "../../http/retry.ts";
import type { Step, TurnPlace, TurnReader } from "../../dialect/types.ts";
import { pause } from "../../async/pause.ts";
import type { SessionContext } from "../context.ts";
import type { Ending } from "./ending.ts";

/** What an {@linkcode Inquiry} needs. */
export interface InquiryOptions {
  context: SessionContext;
  place: TurnPlace;
  reader: TurnReader;
  ending: Ending;
  /** Whether the server is known to have the prompt: only then is idle its end. */
  accepted(): boolean;
  /** Takes what the stored messages tell. */
  take(step: Step): void;
  /** Takes events. */
  feed(events: readonly ServerEvent[]): void;
  fail(error: unknown): void;
}

/** How long the first try of a question may take, in milliseconds, and how often it is asked. */
const ASK_WITHIN = 6_000;
const TRIES = 6;

/** How long a prompt may take to be stored, in milliseconds; a command may run a shell before. */
const PROMPT_STORED = 4_000;
const COMMAND_STORED = 30_000;

/** The questions of one turn. */
export class Inquiry {
  readonly #options: InquiryOptions;
  #asking = false;
  /** Events that wait until what came before them is known. */
  #held: ServerEvent[] | undefined;

  constructor(options: InquiryOptions) {
    this.#options = options;
  }

  /** Keeps events back while the store is asked what came before them; `false` where it is not. */
  hold(events: readonly ServerEvent[]): boolean {
    this.#held?.push(...events);
    return this.#held !== undefined;
  }

  /** Asks whether the session is busy, and takes what is stored where it is not. */
  async ask(): Promise<void> {
    const { context: { dialect, clock }, place, reader, ending, fail } = this.#options;
    if (this.#asking || ending.over) return;
    this.#asking = true;
    const { signal } = ending;
    try {
      for (let doubts = 1; !ending.over; doubts++) {
        const { begun } = reader;
        const busy = await this.#patiently(signal, (call) => dialect.isBusy(place, call));
        if (ending.over) return;
        if (busy) return reader.busy();
        await this.fetch(signal);
        if (ending.over) return;
        // it began after it was said to be idle: what is stored may be its first step alone
        if (!begun && reader.begun) continue;
        const idle = reader.idle();
        if (idle === "ended") return ending.complete();
        // its request has failed meanwhile: what became of it is asked for on its own
        if (!this.#options.accepted()) return;
        // idle and unanswered: it may not have begun yet, so it is asked again before it is believed
        if (doubts >= idle.patience) return fail(idle.error);
        await pause(clock, 200 * doubts, signal);
      }
    } catch (error) {
      fail(error);
    } finally {
      this.#asking = false;
    }
  }

  /**
   * Events may be missing. What comes now waits until what came before was read from the store, so
   * that no text overtakes another; where the connection breaks again meanwhile, it begins anew.
   *
   * @param sent Whether the turn may have begun.
   */
  async afterGap(
    sent: boolean,
    answer: (lost: readonly ServerEvent[]) => void,
  ): Promise<void> {
    const { context: { dialect }, place, reader, ending, accepted, feed, fail } = this.#options;
    const { signal } = ending;
    const lost = this.#held ?? [];
    const held: ServerEvent[] = this.#held = [];
    reader.gap();
    answer(lost);
    try {
      if (sent) await this.fetch(signal);
      if (this.#held !== held) return;
      this.#held = undefined;
      feed(held);
      if (accepted()) void this.ask();
      feed(await this.#patiently(signal, (call) => dialect.pending(place, reader, call)));
    } catch (error) {
      if (this.#held === held) {
        this.#held = undefined;
        if (ending.over) feed(held); // what stops the turn hears whether it runs
      }
      if (this.#held === undefined) fail(error);
    }
  }

  /** Takes the stored messages of the turn. */
  async fetch(signal: AbortSignal, final = false): Promise<void> {
    const { context: { dialect }, place, reader, take } = this.#options;
    const stored = await this.#patiently(signal, (call) => dialect.history(place, reader, call));
    if (!signal.aborted) take(reader.reconcile(stored, final));
  }

  /**
   * Whether the server has the prompt all the same whose request failed, or has it some moments later.
   *
   * @param atEnd Whether it is answered at the end of its turn.
   */
  async arrived(error: unknown, atEnd: boolean): Promise<boolean> {
    if (!isUnknown(error)) return false;
    const { context: { dialect, clock }, place, reader, ending } = this.#options;
    const { signal } = ending;
    const end = clock.now() + (atEnd ? COMMAND_STORED : PROMPT_STORED);
    for (let wait = 50; !reader.received && !ending.over && clock.now() < end; wait *= 2) {
      const call = { signal, timeout: 2_000, maxRetries: 0 };
      if (await dialect.isStored(place, call).catch(() => false)) return true;
      await pause(clock, Math.min(wait, 500), signal);
    }
    return reader.received;
  }

  /**
   * Asks again where the connection breaks or hangs. The bound doubles: an answer that is lost is
   * soon asked for anew, and a long one on a slow link gets its time.
   */
  async #patiently<T>(signal: AbortSignal, ask: (call: CallOptions) => Promise<T>): Promise<T> {
    for (let tries = 1, timeout = ASK_WITHIN;; tries++, timeout *= 2) {
      try {
        return await ask({ signal, timeout, maxRetries: 0 });
      } catch (error) {
        if (signal.aborted || tries === TRIES || !mayRepeat("safe", error)) throw error;
        await pause(this.#options.context.clock, backoff(tries, { base: 100 }), signal);
      }
    }
  }
}

/** Whether the server may have the request that failed so. */
function isUnknown(error: unknown): boolean {
  return error instanceof APIStatusError
    ? error.status === 502 || error.status === 504 // a proxy's word
    : !neverReached(error);
}
