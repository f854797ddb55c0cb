/**
 * A tracer for programs without an OpenTelemetry SDK: every span is recorded.
 *
 * @module
 */
import { SPAN_KEY } from "../context.ts";
import type {
  TelemetryAttributes,
  TelemetryContext,
  TelemetrySpan,
  TelemetrySpanContext,
  TelemetrySpanOptions,
  TelemetryTracer,
} from "../otel.ts";
import type { SpanData } from "./json.ts";

/** Events of one span beyond these are left out: a provider may fail for hours. */
const MAX_EVENTS = 128;

/** Makes spans, and hands them on when they end. */
export class OtlpTracer implements TelemetryTracer {
  readonly #ended: (span: SpanData) => void;

  constructor(ended: (span: SpanData) => void) {
    this.#ended = ended;
  }

  startSpan(
    name: string,
    options: TelemetrySpanOptions = {},
    context?: TelemetryContext,
  ): TelemetrySpan {
    const above = context?.getValue(SPAN_KEY) as TelemetrySpan | undefined;
    return new OtlpSpan(name, options, above?.spanContext(), this.#ended);
  }
}

class OtlpSpan implements TelemetrySpan {
  readonly #data: SpanData;
  readonly #ended: (span: SpanData) => void;

  constructor(
    name: string,
    { kind = 0, attributes = {}, startTime = Date.now() }: TelemetrySpanOptions,
    parent: TelemetrySpanContext | undefined,
    ended: (span: SpanData) => void,
  ) {
    this.#ended = ended;
    this.#data = {
      traceId: parent?.traceId ?? randomHex(16),
      spanId: randomHex(8),
      ...parent && { parentSpanId: parent.spanId },
      traceFlags: 1,
      name,
      kind,
      startedAt: startTime,
      endedAt: startTime,
      attributes: { ...attributes },
      events: [],
      status: { code: 0 },
    };
  }

  spanContext(): TelemetrySpanContext {
    const { traceId, spanId, traceFlags } = this.#data;
    return { traceId, spanId, traceFlags };
  }

  setAttributes(attributes: TelemetryAttributes): void {
    Object.assign(this.#data.attributes, attributes);
  }

  addEvent(name: string, attributes: TelemetryAttributes = {}, time = Date.now()): void {
    const { events } = this.#data;
    if (events.length < MAX_EVENTS) events.push({ name, at: time, attributes });
  }

  setStatus(status: { code: number; message?: string }): void {
    this.#data.status = status;
  }

  updateName(name: string): void {
    this.#data.name = name;
  }

  end(endTime = Date.now()): void {
    this.#data.endedAt = endTime;
    this.#ended(this.#data);
  }
}

function randomHex(bytes: number): string {
  const random = crypto.getRandomValues(new Uint8Array(bytes));
  return [...random].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
