/**
 * The shapes of the OpenTelemetry API, as far as they are used here: `trace.getTracer(…)` and
 * `metrics.getMeter(…)` of `@opentelemetry/api` have them.
 *
 * @module
 */

/** What a span, an event or a measurement carries. */
export type TelemetryAttributes = Record<string, string | number | boolean | string[]>;

/** What identifies a span. */
export interface TelemetrySpanContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** 16 hexadecimal digits. */
  spanId: string;
  /** Bit 0: whether it is recorded. */
  traceFlags: number;
}

/** What carries the parent of a span. */
export interface TelemetryContext {
  /** The value under a key. */
  getValue(key: symbol): unknown;
  /** A context with one more value. */
  setValue(key: symbol, value: unknown): TelemetryContext;
  /** A context without a value. */
  deleteValue(key: symbol): TelemetryContext;
}

/** How a span begins. */
export interface TelemetrySpanOptions {
  /** 0 for work in this process, 2 for a call of another one. */
  kind?: number;
  /** What it carries from the beginning. */
  attributes?: TelemetryAttributes;
  /** When it began, in milliseconds since 1970. */
  startTime?: number;
}

/** A piece of work with a beginning and an end. */
export interface TelemetrySpan {
  /** What identifies it. */
  spanContext(): TelemetrySpanContext;
  /** Adds attributes. */
  setAttributes(attributes: TelemetryAttributes): unknown;
  /** Adds what happened at a time, in milliseconds since 1970. */
  addEvent(name: string, attributes?: TelemetryAttributes, time?: number): unknown;
  /** Says how it went: 1 for well, 2 for an error. */
  setStatus(status: { code: number; message?: string }): unknown;
  /** Gives it another name. */
  updateName(name: string): unknown;
  /** Ends it, at a time in milliseconds since 1970. */
  end(endTime?: number): void;
}

/** Makes spans; a `Tracer` of OpenTelemetry is one. */
export interface TelemetryTracer {
  /** Starts a span below the one in `context`, or below the active one. */
  startSpan(
    name: string,
    options?: TelemetrySpanOptions,
    context?: TelemetryContext,
  ): TelemetrySpan;
}

/** Takes measurements of one kind. */
export interface TelemetryHistogram {
  /** Takes one. */
  record(value: number, attributes?: TelemetryAttributes): void;
}

/** What a histogram measures. */
export interface TelemetryHistogramOptions {
  /** What is measured. */
  description?: string;
  /** In which unit, such as `"s"`. */
  unit?: string;
  /** Where its buckets end. */
  advice?: { explicitBucketBoundaries?: number[] };
}

/** Makes histograms; a `Meter` of OpenTelemetry is one. */
export interface TelemetryMeter {
  /** Makes a histogram. */
  createHistogram(name: string, options?: TelemetryHistogramOptions): TelemetryHistogram;
}

/** Kinds of spans, and the status of one that failed, as numbers of the API. */
export const INTERNAL = 0, CLIENT = 2, ERROR = 2;
