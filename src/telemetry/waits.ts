/**
 * Waits for permissions and answers, as events on the call that waits.
 *
 * @module
 */
import type { PermissionEvent, QuestionEvent } from "../session/events.ts";
import type { Agents } from "./agents.ts";
import { json } from "./attributes.ts";
import type { Calls } from "./calls.ts";
import type { Given, Recorder } from "./recorder.ts";

/** What was asked before the call behind it was told of. */
interface Early {
  sessionId: string;
  tool: { messageId: string; callId: string };
  name: string;
  attributes: Given;
  at: number;
}

/** The waits of a turn. */
export class Waits {
  readonly #recorder: Recorder;
  readonly #agents: Agents;
  readonly #calls: Calls;
  /** When each request was asked. */
  readonly #asked = new Map<string, number>();
  /** By the ids of their requests. */
  readonly #early = new Map<string, Early>();

  constructor(recorder: Recorder, agents: Agents, calls: Calls) {
    this.#recorder = recorder;
    this.#agents = agents;
    this.#calls = calls;
  }

  /** The turn waits for an answer, or has it. */
  event(event: PermissionEvent | QuestionEvent): void {
    const { type, status, sessionId, request: { id, tool } } = event;
    const at = Date.now();
    const since = this.#asked.get(id);
    const attributes = this.#attributes(event, since === undefined ? undefined : at - since);
    const name = `opencode.${type}.${status}`;
    if (status === "asked") {
      this.#asked.set(id, at);
      if (tool && !this.#call(sessionId, tool)) {
        this.#early.set(id, { sessionId, tool, name, attributes, at });
        return;
      }
    }
    this.#place(id);
    this.#span(sessionId, tool).event(name, attributes, at);
  }

  /** A call was told of: what was asked for it before has its place. */
  called(): void {
    for (const [id, { sessionId, tool }] of this.#early) {
      if (this.#call(sessionId, tool)) this.#place(id);
    }
  }

  /** The turn is over: what has found no call is told on its agent. */
  end(): void {
    for (const id of this.#early.keys()) this.#place(id);
  }

  #place(id: string): void {
    const early = this.#early.get(id);
    if (!early) return;
    this.#early.delete(id);
    const { sessionId, tool, name, attributes, at } = early;
    this.#span(sessionId, tool).event(name, attributes, at);
  }

  #call(sessionId: string, { messageId, callId }: Early["tool"]) {
    const call = this.#calls.of(sessionId, messageId, callId);
    return call && !call.ended ? call : undefined;
  }

  #span(sessionId: string, tool: Early["tool"] | undefined) {
    return tool && this.#call(sessionId, tool) || this.#agents.of(sessionId);
  }

  #attributes(event: PermissionEvent | QuestionEvent, waited: number | undefined): Given {
    const { content } = this.#recorder;
    const { type, request } = event;
    return {
      [`opencode.${type}.id`]: request.id,
      "opencode.wait.duration": waited === undefined ? undefined : waited / 1000,
      ...event.type === "permission"
        ? {
          "opencode.permission.kind": event.request.permission,
          "opencode.permission.reply": event.reply,
          "opencode.permission.patterns": content ? json(event.request.patterns) : undefined,
        }
        : { "opencode.question.text": content ? json(event.request.questions) : undefined },
    };
  }
}
