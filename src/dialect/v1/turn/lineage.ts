/**
 * Which user messages are of a turn: ours, and those that the server adds to go on with it.
 *
 * @module
 */
import type { Message, Part } from "../../../api/types.gen.ts";

/** Knows by which `parentID` an answer is of this turn. */
export class Lineage {
  /** Another client's prompt came in the middle of the turn: the server answers both in one. */
  joined = false;
  readonly #own: string;
  readonly #parents = new Set<string>();
  /** Later messages whose first part has not come, and those whose has. */
  readonly #candidates = new Set<string>();
  readonly #weighed = new Set<string>();
  #created: number | undefined;

  constructor(messageId: string) {
    this.#own = messageId;
    this.#parents.add(messageId);
  }

  /** Whether our message was seen. */
  get seen(): boolean {
    return this.#created !== undefined;
  }

  /** Whether answers to this message are of the turn. */
  has(messageId: string): boolean {
    return this.#parents.has(messageId);
  }

  /** Whether the first part of a message will tell whose it is. */
  waitsFor(messageId: string): boolean {
    return this.#candidates.has(messageId);
  }

  /** Takes a user message; `true` where its answers are known to be of the turn. */
  take(info: Extract<Message, { role: "user" }>): boolean {
    if (info.id === this.#own) {
      this.#created = info.time.created;
      return true;
    }
    if (this.#created === undefined || info.time.created < this.#created) return false;
    if (!this.#parents.has(info.id) && !this.#weighed.has(info.id)) this.#candidates.add(info.id);
    return false;
  }

  /**
   * Takes the first part of a candidate. The server's own messages go on with the turn: a plan's
   * approval, a compaction; all else is another client's.
   */
  weigh(part: Part): boolean {
    const { messageID } = part;
    this.#candidates.delete(messageID);
    this.#weighed.add(messageID);
    const own = part.type === "compaction" || (part.type === "text" && part.synthetic === true);
    if (own) this.#parents.add(messageID);
    else this.joined = true;
    return own;
  }
}
