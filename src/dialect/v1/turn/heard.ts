/**
 * What is heard of the model's rounds, for those who watch a turn.
 *
 * @module
 */
import type { AssistantMessage, ToolPart } from "../../../api/types.gen.ts";
import type { RoundNews, ServerTime } from "../../types.ts";
import { usageOf } from "../../usage.ts";

/** Collects the news of rounds, subagents included, until they are taken. */
export class HeardRounds {
  #news: RoundNews[] = [];
  #times: ServerTime[] = [];
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
      startedAt: info.time.created,
      ...info.time.completed !== undefined && { endedAt: info.time.completed },
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

  /** A tool call, as the server shows it now. */
  call({ id, state }: ToolPart): void {
    if (state.status !== "pending") this.#times.push({ id, ...state.time });
  }

  /** A subagent's session. */
  subagent(id: string, info: unknown): void {
    const { time } = info as { time?: { created?: number } };
    if (time?.created !== undefined) this.#times.push({ id, start: time.created });
  }

  /** The news since it was asked last. */
  take(): { rounds: RoundNews[]; times: ServerTime[] } {
    const taken = { rounds: this.#news, times: this.#times };
    this.#news = [];
    this.#times = [];
    return taken;
  }
}
