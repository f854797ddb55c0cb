/**
 * Makes spans and measurements for one tracer and one meter.
 *
 * @module
 */
import { contextOf, runIn, traceparentOf } from "./context.ts";
import { Instruments } from "./instruments.ts";
import {
  CLIENT,
  ERROR,
  INTERNAL,
  type TelemetryAttributes,
  type TelemetryContext,
  type TelemetryMeter,
  type TelemetrySpan,
  type TelemetryTracer,
} from "./otel.ts";

/** Attributes of which some may be missing. */
export type Given = { [name: string]: TelemetryAttributes[string] | undefined };

/** How a span begins. */
export interface Start {
  /** Whether it is a call of another process. */
  remote?: boolean;
  attributes: Given;
  /** The span above it. */
  parent?: OpenSpan;
  /** Where there is no span above it: the caller's context. */
  context?: TelemetryContext | undefined;
  /** When it began, in milliseconds since 1970. @default {now} */
  at?: number;
}

/** A span on its way; what comes after its end is ignored. */
export class OpenSpan {
  /** When it began, in milliseconds since 1970. */
  readonly startedAt: number;
  /** For the spans below it. */
  readonly context: TelemetryContext;
  readonly #span: TelemetrySpan;
  #ended = false;

  constructor(span: TelemetrySpan, startedAt: number, base: TelemetryContext | undefined) {
    this.#span = span;
    this.startedAt = startedAt;
    this.context = contextOf(span, base);
  }

  /** Whether it has ended. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Its identity, for others. */
  get traceparent(): string | undefined {
    return traceparentOf(this.#span.spanContext());
  }

  /** Runs something as a part of it. */
  run<T>(work: () => T): T {
    return runIn(this.context, work);
  }

  /** Adds attributes. */
  set(attributes: Given): void {
    if (!this.#ended) this.#span.setAttributes(present(attributes));
  }

  /** Gives it another name. */
  rename(name: string): void {
    if (!this.#ended) this.#span.updateName(name);
  }

  /** Adds what happened now. */
  event(name: string, attributes: Given = {}, at = Date.now()): void {
    if (!this.#ended) this.#span.addEvent(name, present(attributes), at);
  }

  /** Ends it, once; with `error` as a failure of this kind. */
  end(at: number, error?: string, message?: string): void {
    if (this.#ended) return;
    if (error !== undefined) {
      this.#span.setAttributes({ "error.type": error });
      this.#span.setStatus({ code: ERROR, ...message !== undefined && { message } });
    }
    this.#ended = true;
    this.#span.end(Math.max(at, this.startedAt));
  }
}

/** Makes spans and measurements. */
export class Recorder {
  /** Whether prompts, answers, arguments and results are recorded. */
  readonly content: boolean;
  readonly instruments: Instruments;
  readonly #tracer: TelemetryTracer | undefined;

  constructor(
    tracer: TelemetryTracer | undefined,
    meter: TelemetryMeter | undefined,
    content = false,
  ) {
    this.#tracer = tracer;
    this.instruments = new Instruments(meter);
    this.content = content;
  }

  /** Starts a span. */
  start(name: string, { remote = false, attributes, parent, context, at }: Start): OpenSpan {
    // nothing begins before what it is a part of
    const startTime = Math.max(at ?? Date.now(), parent?.startedAt ?? 0);
    const above = parent?.context ?? context;
    const kind = remote ? CLIENT : INTERNAL;
    const options = { kind, attributes: present(attributes), startTime };
    const span = this.#tracer?.startSpan(name, options, above) ?? NO_SPAN;
    return new OpenSpan(span, startTime, above);
  }
}

/** Stands for spans where there is a meter alone. */
const NO_SPAN: TelemetrySpan = {
  spanContext: () => ({ traceId: "", spanId: "", traceFlags: 0 }),
  setAttributes: () => {},
  addEvent: () => {},
  setStatus: () => {},
  updateName: () => {},
  end: () => {},
};

/** Attributes without those that are missing. */
export function present(attributes: Given): TelemetryAttributes {
  const entries = Object.entries(attributes).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as TelemetryAttributes;
}
