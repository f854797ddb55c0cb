/**
 * Events that come before the message that they belong to.
 *
 * @module
 */
import type { ServerEvent } from "../client/events.ts";

/** How many are kept; beyond it the stored messages help. */
const MAX_ORPHANS = 10_000;

/** Keeps parts and deltas until their message is known, or known to be another turn's. */
export class Orphans {
  /** How many are kept. */
  size = 0;
  readonly #kept = new Map<string, ServerEvent[]>();
  readonly #others = new Set<string>();

  /** Keeps an event of a message that is not known. */
  keep(messageId: string, event: ServerEvent): void {
    if (this.#others.has(messageId) || this.size >= MAX_ORPHANS) return;
    const kept = this.#kept.get(messageId);
    if (kept) kept.push(event);
    else this.#kept.set(messageId, [event]);
    this.size++;
  }

  /** The message is known now: its events, oldest first. */
  take(messageId: string): ServerEvent[] {
    const kept = this.#kept.get(messageId) ?? [];
    this.#kept.delete(messageId);
    this.size -= kept.length;
    return kept;
  }

  /** The message is none of this turn's answers: what was kept for it goes, and nothing more comes. */
  disown(messageId: string): void {
    this.take(messageId);
    this.#others.add(messageId);
  }
}
