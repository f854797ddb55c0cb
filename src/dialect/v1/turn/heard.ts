/**
 * What is heard of the model's rounds, for those who watch a turn.
 *
 * @module
 */
import type { AssistantMessage } from "../../../api/types.gen.ts";
import type { RoundNews } from "../../types.ts";
import { usageOf } from "../../usage.ts";

/** Collects the news of rounds, subagents included, until they are taken. */
export class HeardRounds {
  #news: RoundNews[] = [];
  /** Messages of which some output was seen. */
  readonly #begun = new Set<string>();

  /** A message, as the server shows it now. */
  message(info: AssistantMessage): void {
    const { id: messageId, sessionID: sessionId, providerID, modelID, agent, finish, error } = info;
    // events are serialised late: the first one of a message may show it completed, before its parts
    const completed = info.time.completed !== undefined && this.#begun.has(messageId);
    this.#news.push({
      sessionId,
      messageId,
      provider: providerID,
      model: modelID,
      agent,
      ...usageOf(info),
      over: completed || error !== undefined,
      ...finish !== undefined && { finish },
      ...error && { error: error.name },
    });
  }

  /** Some output of a message; only the first is news. */
  output(sessionId: string, messageId: string): void {
    if (this.#begun.has(messageId)) return;
    this.#begun.add(messageId);
    this.#news.push({ sessionId, messageId, output: true });
  }

  /** The news since it was asked last. */
  take(): RoundNews[] {
    const news = this.#news;
    this.#news = [];
    return news;
  }
}
