/**
 * `invoke_agent`: a turn, and the subagents below it.
 *
 * @module
 */
import type { SubagentEvent, Usage } from "../dialect/events.ts";
import type { RoundState } from "../dialect/types.ts";
import type { ObservedTurn } from "../session/turn/observer.ts";
import type { Reply } from "../session/reply.ts";
import { cut, errorType, message, modelAttributes, usageAttributes } from "./attributes.ts";
import type { ServerClock } from "./clock.ts";
import { activeContext } from "./context.ts";
import { type Given, type OpenSpan, present, type Recorder } from "./recorder.ts";

interface Agent {
  span: OpenSpan;
  /** What measurements of it carry. */
  model: Given;
  named: boolean;
  /** What its rounds took, by their messages. */
  spent: Map<string, { usage: Usage; cost: number }>;
}

/** A subagent that began and has no span yet: the call that started it says more. */
interface Waiting {
  at: number;
  parentId: string;
  title: string;
}

/** The spans of a turn's agents, by their sessions. */
export class Agents {
  readonly root: OpenSpan;
  readonly #recorder: Recorder;
  readonly #turn: ObservedTurn;
  readonly #clock: ServerClock;
  readonly #agents = new Map<string, Agent>();
  readonly #waiting = new Map<string, Waiting>();
  /** Subagents that are done, and since when: what their last round took comes after that. */
  readonly #finished = new Map<string, number>();

  constructor(turn: ObservedTurn, recorder: Recorder, clock: ServerClock) {
    this.#turn = turn;
    this.#clock = clock;
    this.#recorder = recorder;
    const { agent, model = "", command } = turn.asked;
    const slash = model.indexOf("/");
    const known = slash > 0 ? modelAttributes(model.slice(0, slash), model.slice(slash + 1)) : {};
    const text = command === undefined ? turn.asked.text : `/${command} ${turn.asked.text}`;
    this.root = this.#start(turn.sessionId, agent, {
      attributes: {
        ...known,
        "opencode.message.id": turn.messageId,
        "gen_ai.input.messages": recorder.content ? message("user", text) : undefined,
      },
      context: activeContext(),
      remote: true,
    });
    this.#agents.get(turn.sessionId)!.model = known;
  }

  /** Whether a subagent works, or will. */
  get nested(): boolean {
    const open = [...this.#agents].some(([sessionId, { span }]) =>
      span !== this.root && !span.ended && !this.#finished.has(sessionId)
    );
    return open || this.#waiting.size > 0;
  }

  /** Whether a session is of this turn, as far as was told. */
  has(sessionId: string): boolean {
    return this.#agents.has(sessionId) || this.#waiting.has(sessionId);
  }

  /** The agent of a session. */
  of(sessionId: string): OpenSpan {
    const known = this.#agents.get(sessionId);
    if (known) return known.span;
    const waiting = this.#waiting.get(sessionId);
    return waiting ? this.#begin(sessionId, waiting, this.of(waiting.parentId)) : this.root;
  }

  /** A subagent began or ended. */
  subagent({ status, sessionId, parentId, title }: SubagentEvent): void {
    if (status === "started") {
      if (this.#agents.has(sessionId)) return;
      this.#waiting.set(sessionId, { at: this.#clock.startOf(sessionId), parentId, title });
    } else {
      this.of(sessionId);
      this.#finished.set(sessionId, Date.now());
    }
  }

  /** What was heard of the rounds until now is known. */
  settle(): void {
    for (const [sessionId, at] of this.#finished) this.#endSubagent(sessionId, at);
    this.#finished.clear();
  }

  /** A tool call is known to have started the subagent of a session. */
  startedBy(call: OpenSpan, input: Record<string, unknown>, sessionId: unknown): void {
    const waiting = typeof sessionId === "string" ? this.#waiting.get(sessionId) : undefined;
    if (!waiting) return;
    const { subagent_type: name, prompt } = input;
    this.#begin(sessionId as string, waiting, call, name, prompt);
  }

  /** What a round says of its agent. */
  learn({ sessionId, agent: name, provider, model, usage, cost, messageId }: RoundState): void {
    this.of(sessionId);
    const agent = this.#agents.get(sessionId);
    if (!agent) return;
    agent.model = modelAttributes(provider, model);
    agent.span.set(agent.model);
    if (!agent.named) this.#name(agent, name);
    agent.spent.set(messageId, { usage, cost });
  }

  /** The turn is over. */
  end(reply: Reply, at: number): void {
    const { content } = this.#recorder;
    const { outcome, error, usage, cost, steps, finish, text } = reply;
    this.settle();
    for (const sessionId of this.#agents.keys()) {
      if (sessionId !== this.#turn.sessionId) {
        this.#endSubagent(sessionId, at, outcome === "completed" ? undefined : errorType(error));
      }
    }
    this.root.set({
      ...usageAttributes(usage, cost),
      "opencode.steps": steps,
      "opencode.outcome": outcome,
      "gen_ai.response.finish_reasons": finish === undefined ? undefined : [finish],
      "gen_ai.output.messages": content ? message("assistant", text, [], finish) : undefined,
    });
    const said = content && error instanceof Error ? cut(error.message) : undefined;
    this.#end(this.#turn.sessionId, at, error === undefined ? undefined : errorType(error), said);
  }

  #endSubagent(sessionId: string, at: number, error?: string): void {
    const agent = this.#agents.get(sessionId);
    if (!agent || agent.span.ended) return;
    const total: Usage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
    let dollars = 0;
    for (const { usage, cost } of agent.spent.values()) {
      for (const key of Object.keys(total) as (keyof Usage)[]) total[key] += usage[key];
      dollars += cost;
    }
    agent.span.set(usageAttributes(total, dollars));
    this.#end(sessionId, at, error);
  }

  #end(sessionId: string, at: number, error?: string, said?: string): void {
    const agent = this.#agents.get(sessionId);
    if (!agent || agent.span.ended) return;
    agent.span.end(at, error, said);
    this.#recorder.instruments.took(
      at - agent.span.startedAt,
      present({
        "gen_ai.operation.name": "invoke_agent",
        ...agent.model,
        "error.type": error,
      }),
    );
  }

  #begin(
    sessionId: string,
    { at, title }: Waiting,
    parent: OpenSpan,
    name?: unknown,
    prompt?: unknown,
  ): OpenSpan {
    this.#waiting.delete(sessionId);
    const { content } = this.#recorder;
    const text = content && typeof prompt === "string" ? message("user", prompt) : undefined;
    return this.#start(sessionId, typeof name === "string" ? name : undefined, {
      attributes: {
        "gen_ai.input.messages": text,
        "opencode.subagent.title": content ? title : undefined,
      },
      parent,
      at,
    });
  }

  #start(
    sessionId: string,
    name: string | undefined,
    start: Parameters<Recorder["start"]>[1],
  ): OpenSpan {
    const attributes = {
      "gen_ai.operation.name": "invoke_agent",
      "gen_ai.conversation.id": sessionId,
      ...start.attributes,
    };
    const span = this.#recorder.start("invoke_agent", { ...start, attributes });
    const agent: Agent = { span, model: {}, named: false, spent: new Map() };
    this.#agents.set(sessionId, agent);
    if (name !== undefined) this.#name(agent, name);
    return span;
  }

  #name(agent: Agent, name: string): void {
    agent.named = true;
    agent.span.rename(`invoke_agent ${name}`);
    agent.span.set({ "gen_ai.agent.name": name });
  }
}
