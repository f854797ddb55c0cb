/** The real OpenTelemetry SDK with exporters in memory, for the tests of traces. */
// deno-lint-ignore-file no-import-prefix -- for these tests alone
import { context, trace } from "npm:@opentelemetry/api@1.9.0";
import { AsyncLocalStorageContextManager } from "npm:@opentelemetry/context-async-hooks@2.2.0";
import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from "npm:@opentelemetry/sdk-metrics@2.2.0";
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  type ReadableSpan,
  SimpleSpanProcessor,
  type SpanProcessor,
} from "npm:@opentelemetry/sdk-trace-base@2.2.0";
import type { TelemetryMeter, TelemetryTracer } from "../../src/telemetry/otel.ts";

export { context, type ReadableSpan, trace };

/** A tracer and a meter of the SDK, and what they recorded. */
export interface Sdk {
  tracer: TelemetryTracer;
  meter: TelemetryMeter;
  /** All spans that ended, in the order of their beginning. */
  spans(): ReadableSpan[];
  /** Histograms by their names: the points as `[attributes, value]`. */
  // deno-lint-ignore no-explicit-any
  metrics(): Promise<Record<string, any[]>>;
}

/** Runs a test with the SDK, and shuts it down. */
export async function withSdk(run: (sdk: Sdk) => Promise<void>): Promise<void> {
  const spans = new InMemorySpanExporter();
  /** The spans in the order in which they were started: several begin in one millisecond. */
  const order = new Map<string, number>();
  const ordering: SpanProcessor = {
    onStart: (span) => void order.set(span.spanContext().spanId, order.size),
    onEnd: () => {},
    forceFlush: () => Promise.resolve(),
    shutdown: () => Promise.resolve(),
  };
  const tracers = new BasicTracerProvider({
    spanProcessors: [ordering, new SimpleSpanProcessor(spans)],
  });
  const place = (span: ReadableSpan) => order.get(span.spanContext().spanId)!;
  const exported = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE);
  const reader = new PeriodicExportingMetricReader({
    exporter: exported,
    exportIntervalMillis: 3_600_000,
  });
  const meters = new MeterProvider({ readers: [reader] });
  try {
    await run({
      tracer: tracers.getTracer("test"),
      meter: meters.getMeter("test"),
      spans: () =>
        spans.getFinishedSpans().sort((a, b) =>
          nanos(a.startTime) - nanos(b.startTime) || place(a) - place(b)
        ),
      metrics: async () => {
        await reader.forceFlush();
        const all = exported.getMetrics().at(-1)?.scopeMetrics.flatMap(({ metrics }) => metrics);
        return Object.fromEntries(
          (all ?? []).map(({ descriptor, dataPoints }) => [descriptor.name, dataPoints]),
        );
      },
    });
  } finally {
    await tracers.shutdown();
    await meters.shutdown();
  }
}

/** Keeps the active span over awaits, as a program with an SDK does, while `run` runs. */
export async function withContexts(run: () => Promise<void>): Promise<void> {
  const manager = new AsyncLocalStorageContextManager().enable();
  context.setGlobalContextManager(manager);
  try {
    await run();
  } finally {
    manager.disable();
    context.disable();
  }
}

function nanos([seconds, rest]: [number, number]): number {
  return seconds * 1e9 + rest;
}

/** The tree of a turn that runs `bash`, a local `add`, and a subagent with `bash`. */
export const WHOLE_TREE = `invoke_agent build
  chat model
  execute_tool bash
  chat model
  execute_tool add
  chat model
  execute_tool task
    invoke_agent general
      chat model
      execute_tool bash
      chat model
  chat model`;

/** The spans as a tree of names, children in the order of their beginning. */
export function treeOf(spans: readonly ReadableSpan[]): string {
  const ids = new Set(spans.map((span) => span.spanContext().spanId));
  const lines: string[] = [];
  const add = (span: ReadableSpan, depth: number) => {
    const error = span.attributes["error.type"];
    lines.push(`${"  ".repeat(depth)}${span.name}${error ? ` !${error}` : ""}`);
    const id = span.spanContext().spanId;
    for (const child of spans) if (child.parentSpanContext?.spanId === id) add(child, depth + 1);
  };
  for (const span of spans) {
    if (!ids.has(span.parentSpanContext?.spanId ?? "")) add(span, 0);
  }
  return lines.join("\n");
}
