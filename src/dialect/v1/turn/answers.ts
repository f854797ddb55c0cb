/**
 * The messages that answer a prompt.
 *
 * @module
 */
import type { AssistantMessage, Part } from "../../../api/types.gen.ts";
import { Lineage } from "./lineage.ts";

/** Whether a message is completed or failed; it never ceases to be. */
export function isOver({ time, error }: AssistantMessage): boolean {
  return time.completed !== undefined || error !== undefined;
}

/** Whether a part is complete. */
function isDone(part: Part): boolean {
  if (part.type === "tool") return /completed|error/.test(part.state.status);
  return part.type === "text" || part.type === "reasoning" ? part.time?.end !== undefined : true;
}

/** The assistant's messages of a turn with their parts, oldest first. */
export class Answers {
  /** The user messages whose answers are of this turn. */
  readonly lineage: Lineage;
  readonly #messages = new Map<string, AssistantMessage>();
  readonly #parts = new Map<string, Map<string, Part>>();
  /** Answers to messages that are not ours, as far as known. */
  readonly #strangers = new Map<string, AssistantMessage>();

  constructor(messageId: string) {
    this.lineage = new Lineage(messageId);
  }

  /** Whether a message is an answer of the turn. */
  has(messageId: string): boolean {
    return this.#messages.has(messageId);
  }

  /** Whether a message is a summary, which is nobody's answer. */
  isSummary(messageId: string): boolean {
    return this.#messages.get(messageId)?.summary === true;
  }

  /** Takes a message; `undefined` where it is not of the turn as far as known. */
  take(info: AssistantMessage): { isNew: boolean; isNewest: boolean } | undefined {
    if (!this.lineage.has(info.parentID)) return void this.#strangers.set(info.id, info);
    const isNew = !this.#messages.has(info.id);
    this.#messages.set(info.id, info);
    return { isNew, isNewest: [...this.#messages.keys()].at(-1) === info.id };
  }

  /** Whether more is known of a message: the store's word may come after the event that ended it. */
  isStale(info: AssistantMessage): boolean {
    const known = this.#messages.get(info.id) ?? this.#strangers.get(info.id);
    return known !== undefined && isOver(known) && !isOver(info);
  }

  /** Answers to a message that came before it was known to be of the turn. */
  takeStrangers(parentId: string): AssistantMessage[] {
    const found = [...this.#strangers.values()].filter(({ parentID }) => parentID === parentId);
    for (const { id } of found) this.#strangers.delete(id);
    return found;
  }

  /** Takes a part of a message of the turn; `true` where it is new. */
  takePart(part: Part): boolean {
    let parts = this.#parts.get(part.messageID);
    if (!parts) this.#parts.set(part.messageID, parts = new Map());
    const known = parts.get(part.id);
    if (!known || !isDone(known) || isDone(part)) parts.set(part.id, part);
    return known === undefined;
  }

  /** The parts of a message, as far as known. */
  partsOf(messageId: string): Part[] {
    return [...this.#parts.get(messageId)?.values() ?? []];
  }

  /** The messages that are not summaries, newest first. */
  get newestFirst(): AssistantMessage[] {
    return [...this.#messages.values()].filter(({ summary }) => !summary).reverse();
  }

  /** The newest of all, summaries included. */
  get newest(): AssistantMessage | undefined {
    return [...this.#messages.values()].at(-1);
  }

  /** Whether all that came is summaries of what was before. */
  get onlySummaries(): boolean {
    return this.#messages.size > 0 && this.newestFirst.length === 0;
  }
}
