/**
 * The JSON form of the OpenTelemetry protocol.
 *
 * @module
 */
import { VERSION } from "../../version.ts";
import type { TelemetryAttributes } from "../otel.ts";

/** A span that has ended. */
export interface SpanData {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  traceFlags: number;
  name: string;
  /** The number of the API, one less than that of the protocol. */
  kind: number;
  startedAt: number;
  endedAt: number;
  attributes: TelemetryAttributes;
  events: { name: string; at: number; attributes: TelemetryAttributes }[];
  status: { code: number; message?: string };
}

/** What a histogram has counted for one set of attributes. */
export interface PointData {
  attributes: TelemetryAttributes;
  count: number;
  sum: number;
  min: number;
  max: number;
  buckets: number[];
}

/** A histogram. */
export interface HistogramData {
  name: string;
  description?: string | undefined;
  unit?: string | undefined;
  bounds: readonly number[];
  points: readonly PointData[];
}

const SCOPE = { name: "@x/opencode", version: VERSION };

/** The body for `/v1/traces`. */
export function tracesJson(service: string, spans: readonly SpanData[]): string {
  const scopeSpans = [{ scope: SCOPE, spans: spans.map(spanJson) }];
  return JSON.stringify({ resourceSpans: [{ resource: resource(service), scopeSpans }] });
}

/** The body for `/v1/metrics`; all that was counted since `from`, in milliseconds since 1970. */
export function metricsJson(
  service: string,
  histograms: readonly HistogramData[],
  from: number,
  now: number,
): string {
  const metrics = histograms.map(({ name, description, unit, bounds, points }) => ({
    name,
    description,
    unit,
    histogram: {
      aggregationTemporality: 2,
      dataPoints: points.map(({ attributes, count, sum, min, max, buckets }) => ({
        attributes: attributesJson(attributes),
        startTimeUnixNano: nanos(from),
        timeUnixNano: nanos(now),
        count: String(count),
        sum,
        min,
        max,
        bucketCounts: buckets.map(String),
        explicitBounds: bounds,
      })),
    },
  }));
  const scopeMetrics = [{ scope: SCOPE, metrics }];
  return JSON.stringify({ resourceMetrics: [{ resource: resource(service), scopeMetrics }] });
}

function spanJson(span: SpanData): unknown {
  const { traceId, spanId, parentSpanId, traceFlags, name, kind, attributes, events } = span;
  return {
    traceId,
    spanId,
    parentSpanId,
    flags: traceFlags,
    name,
    kind: kind + 1,
    startTimeUnixNano: nanos(span.startedAt),
    endTimeUnixNano: nanos(span.endedAt),
    attributes: attributesJson(attributes),
    events: events.map(({ name, at, attributes }) => ({
      timeUnixNano: nanos(at),
      name,
      attributes: attributesJson(attributes),
    })),
    status: span.status,
  };
}

function resource(service: string): unknown {
  return {
    attributes: attributesJson({
      "service.name": service,
      "telemetry.sdk.name": SCOPE.name,
      "telemetry.sdk.language": "nodejs",
      "telemetry.sdk.version": VERSION,
    }),
  };
}

function attributesJson(attributes: TelemetryAttributes): unknown[] {
  return Object.entries(attributes).map(([key, value]) => ({ key, value: valueJson(value) }));
}

function valueJson(value: TelemetryAttributes[string]): unknown {
  if (Array.isArray(value)) return { arrayValue: { values: value.map(valueJson) } };
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

/** Milliseconds as the protocol wants them: nanoseconds, in a string. */
function nanos(ms: number): string {
  return `${BigInt(Math.trunc(ms)) * 1_000_000n}`;
}
