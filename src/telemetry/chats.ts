/**
 * `chat`: the rounds of the model, each one call of it.
 *
 * @module
 */
import type { RetryEvent, TextEvent, ToolEvent } from "../dialect/events.ts";
import type { RoundNews, RoundState } from "../dialect/types.ts";
import type { Agents } from "./agents.ts";
import type { ServerClock } from "./clock.ts";
import { cut, message, modelAttributes, usageAttributes } from "./attributes.ts";
import { type Given, type OpenSpan, present, type Recorder } from "./recorder.ts";

interface Chat {
  span: OpenSpan;
  sessionId: string;
  model: Given;
  state: RoundState;
}

/** What a message holds; it may come before what is said of its round. */
interface Output {
  text: string;
  /** Its calls, by their parts. */
  calls: Map<string, Pick<ToolEvent, "callId" | "name" | "input">>;
  /** When the last of its calls began: the model had said all by then. */
  calledAt?: number;
}

/** The spans of a turn's rounds, by their messages. */
export class Chats {
  readonly #recorder: Recorder;
  readonly #agents: Agents;
  readonly #clock: ServerClock;
  readonly #chats = new Map<string, Chat>();
  readonly #outputs = new Map<string, Output>();
  /** Those of this moment. */
  readonly #retries: RetryEvent[] = [];

  constructor(recorder: Recorder, agents: Agents, clock: ServerClock) {
    this.#recorder = recorder;
    this.#agents = agents;
    this.#clock = clock;
  }

  /** Something new of a round. */
  news(news: RoundNews): void {
    if ("output" in news) return this.#first(this.#chats.get(news.messageId));
    this.#agents.learn(news);
    const chat = this.#chats.get(news.messageId) ?? this.#start(news);
    chat.state = news;
    // the server calls a round over when its tool calls are: the model was done before
    const { calledAt } = this.#outputOf(news.messageId);
    const at = calledAt ?? this.#clock.when(news.endedAt);
    if (news.over && !chat.span.ended) this.#end(chat, at, news.error);
  }

  /** A piece of text. */
  text({ messageId, text, restarted }: TextEvent): void {
    const output = this.#outputOf(messageId);
    if (this.#recorder.content) output.text = cut((restarted ? "" : output.text) + text);
  }

  /** A tool call that began or ended. */
  tool({ status, messageId, partId, callId, name, input }: ToolEvent): void {
    const output = this.#outputOf(messageId);
    if (status === "pending" || output.calls.has(partId)) return;
    output.calledAt = this.#clock.startOf(partId);
    output.calls.set(partId, { callId, name, input: this.#recorder.content ? input : {} });
  }

  /** The provider failed, and is asked again; the round may be told of after it, in the same moment. */
  retry(event: RetryEvent): void {
    this.#retries.push(event);
  }

  /** What was heard of the rounds until now is known. */
  settle(): void {
    for (const event of this.#retries.splice(0)) this.#retry(event);
  }

  #retry({ sessionId, attempt, message, next }: RetryEvent): void {
    const open = [...this.#chats.values()].findLast((chat) =>
      chat.sessionId === sessionId && !chat.span.ended
    );
    (open?.span ?? this.#agents.of(sessionId)).event("opencode.retry", {
      "opencode.retry.attempt": attempt,
      "opencode.retry.delay": Math.max(0, next - Date.now()) / 1000,
      "exception.message": this.#recorder.content ? cut(message) : undefined,
    });
  }

  /** The turn is over, with an error of this kind. */
  end(at: number, error: string | undefined): void {
    this.settle();
    for (const chat of this.#chats.values()) {
      if (!chat.span.ended) this.#end(chat, at, chat.state.error ?? error);
    }
  }

  #start(state: RoundState): Chat {
    const { sessionId, messageId, provider, model, agent, startedAt } = state;
    const known = modelAttributes(provider, model);
    const span = this.#recorder.start(`chat ${model}`, {
      attributes: {
        "gen_ai.operation.name": "chat",
        "gen_ai.conversation.id": sessionId,
        "gen_ai.agent.name": agent,
        "gen_ai.response.id": messageId,
        ...known,
      },
      parent: this.#agents.of(sessionId),
      remote: true,
      at: this.#clock.when(startedAt),
    });
    const chat: Chat = { span, sessionId, model: known, state };
    this.#chats.set(messageId, chat);
    return chat;
  }

  #outputOf(messageId: string): Output {
    let output = this.#outputs.get(messageId);
    if (!output) {
      this.#outputs.set(messageId, output = { text: "", calls: new Map() });
    }
    return output;
  }

  #first(chat: Chat | undefined): void {
    if (!chat || chat.span.ended) return;
    const ms = Date.now() - chat.span.startedAt;
    chat.span.set({ "gen_ai.response.time_to_first_chunk": ms / 1000 });
    this.#recorder.instruments.first(ms, this.#measured(chat));
  }

  #end(chat: Chat, at: number, error: string | undefined): void {
    const { span, state: { messageId, usage, cost, finish } } = chat;
    const { text, calls } = this.#outputOf(messageId);
    const { content, instruments } = this.#recorder;
    span.set({
      ...usageAttributes(usage, cost),
      "gen_ai.response.finish_reasons": finish === undefined ? undefined : [finish],
      "gen_ai.output.messages": content
        ? message("assistant", text, [...calls.values()], finish)
        : undefined,
    });
    span.end(at, error);
    const measured = this.#measured(chat);
    instruments.tokens(usage, measured);
    const took = Math.max(0, at - span.startedAt);
    instruments.took(took, present({ ...measured, "error.type": error }));
  }

  #measured({ model }: Chat) {
    return present({ "gen_ai.operation.name": "chat", ...model });
  }
}
