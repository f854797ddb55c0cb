/**
 * The spans of one turn: `invoke_agent` for it and its subagents, below it `chat` for each call of
 * the model and `execute_tool` for each tool call; a subagent is below the call that started it.
 *
 * @module
 */
import type { RoundNews } from "../dialect/types.ts";
import type { PermissionEvent, QuestionEvent, TurnEvent } from "../session/events.ts";
import type { ObservedCall, ObservedTurn, TurnWatch } from "../session/turn/observer.ts";
import type { Reply } from "../session/reply.ts";
import { Agents } from "./agents.ts";
import { errorType, json } from "./attributes.ts";
import { Calls } from "./calls.ts";
import { Chats } from "./chats.ts";
import type { Recorder } from "./recorder.ts";

/** Turns what is seen of a turn into spans and measurements. */
export class TurnSpans implements TurnWatch {
  readonly #recorder: Recorder;
  readonly #agents: Agents;
  readonly #chats: Chats;
  readonly #calls: Calls;
  /** When each request was asked. */
  readonly #asked = new Map<string, number>();

  constructor(turn: ObservedTurn, recorder: Recorder) {
    this.#recorder = recorder;
    this.#agents = new Agents(turn, recorder);
    this.#chats = new Chats(recorder, this.#agents);
    this.#calls = new Calls(recorder, this.#agents);
  }

  rounds(news: readonly RoundNews[]): void {
    for (const one of news) this.#chats.news(one);
  }

  event(event: TurnEvent): void {
    switch (event.type) {
      case "text":
        return this.#chats.text(event);
      case "tool":
        this.#chats.tool(event);
        return this.#calls.tool(event);
      case "subagent":
        return this.#agents.subagent(event);
      case "retry":
        return this.#chats.retry(event);
      case "permission":
      case "question":
        return this.#wait(event);
    }
  }

  toolCall(name: string, input: unknown): Promise<ObservedCall> {
    return this.#calls.local(name, input);
  }

  end(reply: Reply): void {
    const at = Date.now();
    const error = reply.error === undefined ? undefined : errorType(reply.error);
    this.#calls.end(at, error);
    this.#chats.end(at, error);
    this.#agents.end(reply, at);
  }

  /** The turn waits for an answer, or has it. */
  #wait(event: PermissionEvent | QuestionEvent): void {
    const { type, status, sessionId, request } = event;
    const now = Date.now();
    const since = this.#asked.get(request.id);
    if (status === "asked") this.#asked.set(request.id, now);
    const { content } = this.#recorder;
    const tool = event.type === "permission" ? event.request.tool : undefined;
    const call = tool && this.#calls.of(sessionId, tool.messageId, tool.callId);
    const span = call && !call.ended ? call : this.#agents.of(sessionId);
    span.event(`opencode.${type}.${status}`, {
      [`opencode.${type}.id`]: request.id,
      "opencode.wait.duration": status === "asked" || since === undefined
        ? undefined
        : (now - since) / 1000,
      ...event.type === "permission"
        ? {
          "opencode.permission.kind": event.request.permission,
          "opencode.permission.reply": event.reply,
          "opencode.permission.patterns": content ? json(event.request.patterns) : undefined,
        }
        : { "opencode.question.text": content ? json(event.request.questions) : undefined },
    });
  }
}
