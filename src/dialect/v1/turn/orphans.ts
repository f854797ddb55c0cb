/**
 * Events that come before the message or the part that they belong to.
 *
 * @module
 */
import type { ServerEvent } from "../../../client/events.ts";

/** How many are kept; beyond it the stored messages help. */
const MAX_ORPHANS = 10_000;

/** Keeps parts and deltas until their message or part is known. */
export class Orphans {
  /** How many are kept. */
  size = 0;
  readonly #kept = new Map<string, ServerEvent[]>();

  /** Keeps an event that can't be placed yet. */
  keep(messageId: string, event: ServerEvent): void {
    if (this.size >= MAX_ORPHANS) return;
    const kept = this.#kept.get(messageId);
    if (kept) kept.push(event);
    else this.#kept.set(messageId, [event]);
    this.size++;
  }

  /** The message, or one of its parts, is known now: what was kept, oldest first. */
  take(messageId: string): ServerEvent[] {
    const kept = this.#kept.get(messageId) ?? [];
    this.#kept.delete(messageId);
    this.size -= kept.length;
    return kept;
  }

  /** Events are missing: what is kept has a hole now. */
  clear(): void {
    this.#kept.clear();
    this.size = 0;
  }
}
