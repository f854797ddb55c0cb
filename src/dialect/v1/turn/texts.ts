/**
 * The texts of a turn.
 *
 * @module
 */
import type { Part, ReasoningPart, TextPart } from "../../../api/types.gen.ts";
import type { ReasoningEvent, TextEvent } from "../../events.ts";
import { TextTracker } from "./text.ts";

/** How many events are remembered to know one that comes twice. */
const MAX_DELTAS = 1024;

/** Follows the text and reasoning parts of a session's turn. */
export class Texts {
  readonly #trackers = new Map<string, TextTracker>();
  readonly #void = new Set<string>();
  /** The last part of each kind whose provider failed in the middle of it. */
  readonly #abandoned = new Map<"text" | "reasoning", TextTracker>();
  /** The events behind the last pieces of text: one that comes twice counts once. */
  readonly #deltas = new Set<string>();

  constructor(readonly sessionId: string) {}

  /** Whether there is none. */
  get none(): boolean {
    return this.#trackers.size === 0;
  }

  /** Whether one is not known to be complete. */
  get open(): boolean {
    for (const text of this.#trackers.values()) if (!text.closed) return true;
    return false;
  }

  /** Whether a part was given up by the provider. */
  isVoid(partId: string): boolean {
    return this.#void.has(partId);
  }

  /** Whether a part is followed. */
  has(partId: string): boolean {
    return this.#trackers.has(partId);
  }

  /** The text of a part, as far as it is known. */
  of(part: TextPart): string {
    return this.#trackers.get(part.id)?.text ?? part.text;
  }

  /** Follows a text; one that is known from the store alone may have pieces that never come. */
  track(part: TextPart | ReasoningPart, live: boolean): void {
    const { id, type, messageID, text } = part;
    let tracker = this.#trackers.get(id);
    if (tracker) {
      if (live && text === "") tracker.begin();
      return;
    }
    this.#trackers.set(id, tracker = new TextTracker(type, messageID, id));
    if (!live) tracker.gap();
    this.#takeOver(tracker);
  }

  /**
   * A step begins while text is open: the provider failed in the middle, and begins anew with parts
   * of their own. What the open ones held is empty in the store. Ids tell which came before.
   */
  abandonOpen(step: Part): void {
    for (const [id, text] of this.#trackers) {
      if (text.closed || text.messageId !== step.messageID) continue;
      if (id > step.id) this.#takeOver(text);
      else {
        this.#trackers.delete(id);
        this.#void.add(id);
        this.#abandoned.set(text.type, text);
      }
    }
  }

  /** A further piece of a part that is followed. */
  delta(eventId: string, partId: string, piece: string): TextEvent | ReasoningEvent | undefined {
    const tracker = this.#trackers.get(partId);
    if (!tracker || this.#deltas.has(eventId)) return undefined;
    if (this.#deltas.size >= MAX_DELTAS) this.#deltas.clear();
    this.#deltas.add(eventId);
    return this.#event(tracker, tracker.delta(piece));
  }

  /** The whole of a part. */
  close(partId: string, full: string): TextEvent | ReasoningEvent | undefined {
    const tracker = this.#trackers.get(partId);
    return tracker && this.#event(tracker, tracker.close(full));
  }

  /** Events are missing: deltas of open parts can't be trusted. */
  gap(): void {
    for (const text of this.#trackers.values()) text.gap();
  }

  #takeOver(tracker: TextTracker): void {
    const before = this.#abandoned.get(tracker.type);
    if (before?.messageId !== tracker.messageId || before.partId > tracker.partId) return;
    this.#abandoned.delete(tracker.type);
    tracker.takeOver(before);
  }

  #event(tracker: TextTracker, text: string): TextEvent | ReasoningEvent | undefined {
    if (text === "") return undefined;
    const { type, messageId, partId } = tracker;
    const anew = tracker.diverged && type === "text" ? { restarted: true as const } : {};
    tracker.diverged = false;
    return { type, text, sessionId: this.sessionId, messageId, partId, ...anew };
  }
}
