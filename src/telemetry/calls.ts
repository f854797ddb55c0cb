/**
 * `execute_tool`: tool calls, those in this process included.
 *
 * @module
 */
import type { ToolEvent } from "../dialect/events.ts";
import type { ObservedCall } from "../session/turn/observer.ts";
import type { Agents } from "./agents.ts";
import { cut, json } from "./attributes.ts";
import type { ServerClock } from "./clock.ts";
import { type OpenSpan, present, type Recorder } from "./recorder.ts";
import { Told } from "./told.ts";

interface Call {
  span: OpenSpan;
  name: string;
  shown: string;
  /** Whether it is known to run in this process. */
  local: boolean;
  /** Its session and its id, where they are known. */
  key?: string;
}

/** The spans of a turn's tool calls. */
export class Calls {
  readonly #recorder: Recorder;
  readonly #agents: Agents;
  readonly #clock: ServerClock;
  /** By their parts: providers repeat the ids of their calls. */
  readonly #calls = new Map<string, Call>();
  /** By what permission requests name. */
  readonly #byIds = new Map<string, Call>();
  /** Calls that run, and of which the server has not told yet. */
  readonly #untold: Call[] = [];
  readonly #news = new Told();

  constructor(recorder: Recorder, agents: Agents, clock: ServerClock) {
    this.#recorder = recorder;
    this.#agents = agents;
    this.#clock = clock;
  }

  /** A call changed its state. */
  tool(event: ToolEvent): void {
    const { partId, status, input, output, error, metadata } = event;
    if (status === "pending") return;
    const { content } = this.#recorder;
    let call = this.#calls.get(partId);
    if (!call) this.#calls.set(partId, call = this.#begin(event));
    this.#agents.startedBy(call.span, input, metadata?.["sessionId"]);
    if (status === "running" || call.span.ended) return;
    const result = output ?? error;
    call.span.set({
      "gen_ai.tool.call.result": content && result !== undefined ? cut(result) : undefined,
    });
    this.#end(call, this.#clock.endOf(partId), status === "error" ? "tool_error" : undefined);
  }

  /** The span of a call that something is said of; `undefined` where it is not known. */
  of(sessionId: string, messageId: string, callId: string): OpenSpan | undefined {
    return this.#byIds.get(`${sessionId} ${messageId} ${callId}`)?.span;
  }

  /** A call comes to this process, before or after the server told of it. */
  async local(name: string, input: unknown): Promise<ObservedCall> {
    const shown = json(input);
    // which agent calls it is not said: where several work, what the server tells is waited for
    let call = await this.#news.until(() => this.#told(name, shown), () => this.#agents.nested);
    if (!call) {
      call = this.#start(name, shown, this.#agents.root, Date.now());
      this.#untold.push(call);
    }
    call.local = true;
    call.span.set({ "opencode.tool.local": true });
    const { span } = call;
    return { traceparent: span.traceparent, run: (tool) => span.run(tool) };
  }

  /** A call that the server told of, and that did not come here yet. */
  #told(name: string, shown: string): Call | undefined {
    const open = [...this.#calls.values()].filter((one) =>
      !one.local && !one.span.ended && one.name === name
    );
    return open.find((one) => one.shown === shown) ?? open[0];
  }

  /** The span of a call whose command starts, before or after the server told of the call. */
  shell(sessionId: string, callId: string): OpenSpan {
    const key = keyOf(sessionId, callId);
    const all = [...this.#calls.values(), ...this.#untold];
    // providers repeat the ids of their calls
    const open = all.findLast((one) => one.key === key && !one.span.ended);
    if (open) return open.span;
    const call = this.#start("bash", "", this.#agents.of(sessionId), Date.now());
    call.key = key;
    this.#untold.push(call);
    return call.span;
  }

  /** The turn is over, with an error of this kind. */
  end(at: number, error: string | undefined): void {
    for (const call of [...this.#calls.values(), ...this.#untold]) this.#end(call, at, error);
    this.#news.tell();
  }

  #begin({ name, input, callId, partId, sessionId, messageId }: ToolEvent): Call {
    const { content } = this.#recorder;
    const shown = json(input);
    const key = keyOf(sessionId, callId);
    const untold = this.#untold.filter((one) => one.name === name && one.key === undefined);
    let call = this.#untold.find((one) => one.key === key) ??
      untold.find((one) => one.shown === shown) ?? untold[0];
    if (call) this.#untold.splice(this.#untold.indexOf(call), 1);
    else {
      const at = this.#clock.startOf(partId);
      call = this.#start(name, shown, this.#agents.of(sessionId), at);
    }
    call.key = key;
    call.span.set({
      "gen_ai.conversation.id": sessionId,
      "gen_ai.tool.call.id": callId,
      "gen_ai.tool.call.arguments": content ? shown : undefined,
    });
    this.#news.tell();
    this.#byIds.set(`${sessionId} ${messageId} ${callId}`, call);
    return call;
  }

  #start(name: string, shown: string, parent: OpenSpan, at: number): Call {
    const attributes = {
      "gen_ai.operation.name": "execute_tool",
      "gen_ai.tool.name": name,
      "gen_ai.tool.type": "function",
    };
    const span = this.#recorder.start(`execute_tool ${name}`, { attributes, parent, at });
    return { span, name, shown, local: false };
  }

  #end({ span, name }: Call, at: number, error: string | undefined): void {
    if (span.ended) return;
    span.end(at, error);
    this.#recorder.instruments.took(
      Math.max(0, at - span.startedAt),
      present({
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "error.type": error,
      }),
    );
  }
}

/** A call as a shell's environment names it. */
function keyOf(sessionId: string, callId: string): string {
  return `${sessionId} ${callId}`;
}
