/**
 * The spans of one turn: `invoke_agent` for it and its subagents, below it `chat` for each call of
 * the model and `execute_tool` for each tool call; a subagent is below the call that started it.
 *
 * @module
 */
import type { RoundNews, ServerTime } from "../dialect/types.ts";
import type { TurnEvent } from "../session/events.ts";
import type { ObservedCall, ObservedTurn, TurnWatch } from "../session/turn/observer.ts";
import type { Reply } from "../session/reply.ts";
import { Agents } from "./agents.ts";
import { errorType } from "./attributes.ts";
import { Calls } from "./calls.ts";
import { Chats } from "./chats.ts";
import { ServerClock } from "./clock.ts";
import type { Recorder } from "./recorder.ts";
import { Waits } from "./waits.ts";

/** Turns what is seen of a turn into spans and measurements. */
export class TurnSpans implements TurnWatch {
  readonly #clock = new ServerClock();
  readonly #agents: Agents;
  readonly #chats: Chats;
  readonly #calls: Calls;
  readonly #waits: Waits;

  constructor(turn: ObservedTurn, recorder: Recorder) {
    this.#agents = new Agents(turn, recorder, this.#clock);
    this.#chats = new Chats(recorder, this.#agents, this.#clock);
    this.#calls = new Calls(recorder, this.#agents, this.#clock);
    this.#waits = new Waits(recorder, this.#agents, this.#calls);
  }

  times(times: readonly ServerTime[]): void {
    for (const time of times) this.#clock.take(time);
  }

  rounds(news: readonly RoundNews[]): void {
    for (const one of news) this.#chats.news(one);
    this.#chats.settle();
    this.#agents.settle();
  }

  event(event: TurnEvent): void {
    switch (event.type) {
      case "text":
        return this.#chats.text(event);
      case "tool":
        this.#chats.tool(event);
        this.#calls.tool(event);
        return this.#waits.called();
      case "subagent":
        return this.#agents.subagent(event);
      case "retry":
        return this.#chats.retry(event);
      case "permission":
      case "question":
        return this.#waits.event(event);
    }
  }

  toolCall(name: string, input: unknown): Promise<ObservedCall> {
    return this.#calls.local(name, input);
  }

  /** The trace of a call whose command starts; `undefined` where its session is not of this turn. */
  shellCall(sessionId: string, callId: string): string | undefined {
    if (!this.#agents.has(sessionId)) return undefined;
    return this.#calls.shell(sessionId, callId).traceparent;
  }

  end(reply: Reply): void {
    const at = Date.now();
    const error = reply.error === undefined ? undefined : errorType(reply.error);
    this.#waits.end();
    this.#calls.end(at, error);
    this.#chats.end(at, error);
    this.#agents.end(reply, at);
  }
}
