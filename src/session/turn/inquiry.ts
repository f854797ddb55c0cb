/**
 * Asks the server where events leave a doubt: idle without an answer, an error without a message, a
 * gap in the connection.
 *
 * @module
 */
import type { ServerEvent } from "../../client/events.ts";
import type { Step, TurnPlace, TurnReader } from "../../dialect/types.ts";
import { pause } from "./pause.ts";
import type { SessionContext } from "../context.ts";
import type { Ending } from "./ending.ts";

/** What an {@linkcode Inquiry} needs. */
export interface InquiryOptions {
  context: SessionContext;
  place: TurnPlace;
  reader: TurnReader;
  ending: Ending;
  /** Takes what the stored messages tell. */
  take(step: Step): void;
  /** Takes events. */
  feed(events: readonly ServerEvent[]): void;
  fail(error: unknown): void;
}

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
        const busy = await dialect.isBusy(place, { signal });
        if (ending.over) return;
        if (busy) return reader.busy();
        await this.fetch(signal);
        if (ending.over) return;
        const idle = reader.idle();
        if (idle === "ended") return ending.complete();
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
  async afterGap(sent: boolean, answer: (lost: readonly ServerEvent[]) => void): Promise<void> {
    const { context: { dialect }, place, reader, ending, feed, fail } = this.#options;
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
      if (sent) void this.ask();
      feed(await dialect.pending(place, reader, signal));
    } catch (error) {
      if (this.#held === held || this.#held === undefined) fail(error);
    }
  }

  /** Takes the stored messages of the turn. */
  async fetch(signal: AbortSignal, final = false): Promise<void> {
    const { context: { dialect }, place, reader, take } = this.#options;
    take(reader.reconcile(await dialect.history(place, reader, signal), final));
  }
}
