/** A small collector that checks what it gets against the JSON form of the protocol. */
import { assert, assertEquals } from "@std/assert";
import { host } from "../../src/runtime/host.ts";

/** A span as it came, checked. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  attributes: Record<string, unknown>;
  status: { code: number; message?: string };
  events: { name: string }[];
}

/** What came. */
export interface Collector {
  url: string;
  requests: { path: string; headers: Headers }[];
  spans: Span[];
  /** Counts of the histograms' points by name, from the last delivery. */
  counts: Record<string, number>;
  services: Set<string>;
}

/** How the collector answers; `undefined` for 200 after the check. */
export type Answer = (
  request: Request,
  index: number,
) => Response | undefined | Promise<Response | undefined>;

/** Runs a test with a collector. */
export async function withCollector(
  run: (collector: Collector) => Promise<void>,
  answer: Answer = () => undefined,
): Promise<void> {
  const requests: Collector["requests"] = [];
  const collector: Collector = { url: "", requests, spans: [], counts: {}, services: new Set() };
  let broken: unknown;
  const server = await host().serve(async (request) => {
    const { pathname } = new URL(request.url);
    requests.push({ path: pathname, headers: request.headers });
    const index = requests.length - 1;
    const text = await request.text();
    const said = await answer(request, index);
    if (said) return said;
    try {
      assertEquals(request.method, "POST");
      assertEquals(request.headers.get("content-type"), "application/json");
      const body = JSON.parse(text);
      if (pathname.endsWith("/v1/traces")) takeTraces(body, collector);
      else if (pathname.endsWith("/v1/metrics")) takeMetrics(body, collector);
      else throw new Error(`a request for ${pathname}`);
    } catch (error) {
      broken ??= error;
      return new Response("", { status: 400 });
    }
    return Response.json({ partialSuccess: {} });
  });
  collector.url = `http://127.0.0.1:${server.port}`;
  try {
    await run(collector);
  } finally {
    await server.close();
  }
  if (broken) throw broken;
}

// deno-lint-ignore no-explicit-any
type Json = any;

function keys(of: Json, required: string[], optional: string[] = []): void {
  const all = Object.keys(of);
  assertEquals(required.filter((name) => !all.includes(name)), [], `missing in ${all}`);
  assertEquals(all.filter((name) => ![...required, ...optional].includes(name)), [], "unknown");
}

function nanos(value: Json): bigint {
  assert(typeof value === "string" && /^\d{19}$/.test(value), `${value} is not nanoseconds`);
  return BigInt(value);
}

function hex(value: Json, digits: number): void {
  assert(typeof value === "string" && /^[0-9a-f]+$/.test(value) && !/^0+$/.test(value), value);
  assertEquals(value.length, digits);
}

function values(list: Json): Record<string, unknown> {
  return Object.fromEntries(list.map((one: Json) => {
    keys(one, ["key", "value"]);
    return [one.key, valueOf(one.value)];
  }));
}

function valueOf(value: Json): unknown {
  const [[kind, inner], ...more] = Object.entries(value) as [string, Json][] & [[string, Json]];
  assertEquals(more, []);
  switch (kind) {
    case "stringValue":
      assertEquals(typeof inner, "string");
      return inner;
    case "boolValue":
      assertEquals(typeof inner, "boolean");
      return inner;
    case "intValue":
      assert(typeof inner === "string" && /^-?\d+$/.test(inner));
      return Number(inner);
    case "doubleValue":
      assertEquals(typeof inner, "number");
      return inner;
    case "arrayValue":
      keys(inner, ["values"]);
      return inner.values.map(valueOf);
  }
  throw new Error(`a value of the kind ${kind}`);
}

function takeResource(resource: Json, collector: Collector): void {
  keys(resource, ["attributes"]);
  collector.services.add(String(values(resource.attributes)["service.name"]));
}

function takeTraces(body: Json, collector: Collector): void {
  keys(body, ["resourceSpans"]);
  for (const { resource, scopeSpans, ...none } of body.resourceSpans) {
    assertEquals(none, {});
    takeResource(resource, collector);
    for (const { scope, spans } of scopeSpans) {
      keys(scope, ["name", "version"]);
      for (const span of spans) collector.spans.push(checkSpan(span));
    }
  }
}

function checkSpan(span: Json): Span {
  keys(span, [
    "traceId",
    "spanId",
    "flags",
    "name",
    "kind",
    "startTimeUnixNano",
    "endTimeUnixNano",
    "attributes",
    "events",
    "status",
  ], ["parentSpanId"]);
  hex(span.traceId, 32);
  hex(span.spanId, 16);
  if (span.parentSpanId !== undefined) hex(span.parentSpanId, 16);
  assert([1, 3].includes(span.kind), `kind ${span.kind}`);
  assert(nanos(span.endTimeUnixNano) >= nanos(span.startTimeUnixNano));
  keys(span.status, ["code"], ["message"]);
  assert([0, 2].includes(span.status.code));
  for (const event of span.events) {
    keys(event, ["timeUnixNano", "name", "attributes"]);
    nanos(event.timeUnixNano);
    values(event.attributes);
  }
  return { ...span, attributes: values(span.attributes) };
}

function takeMetrics(body: Json, collector: Collector): void {
  keys(body, ["resourceMetrics"]);
  for (const { resource, scopeMetrics, ...none } of body.resourceMetrics) {
    assertEquals(none, {});
    takeResource(resource, collector);
    for (const { scope, metrics } of scopeMetrics) {
      keys(scope, ["name", "version"]);
      for (const metric of metrics) {
        keys(metric, ["name", "description", "unit", "histogram"]);
        keys(metric.histogram, ["aggregationTemporality", "dataPoints"]);
        assertEquals(metric.histogram.aggregationTemporality, 2);
        const counts = metric.histogram.dataPoints.map(checkPoint);
        collector.counts[metric.name] = counts.reduce((a: number, b: number) => a + b, 0);
      }
    }
  }
}

function checkPoint(point: Json): number {
  keys(point, [
    "attributes",
    "startTimeUnixNano",
    "timeUnixNano",
    "count",
    "sum",
    "min",
    "max",
    "bucketCounts",
    "explicitBounds",
  ]);
  assert(nanos(point.timeUnixNano) >= nanos(point.startTimeUnixNano));
  assertEquals(point.bucketCounts.length, point.explicitBounds.length + 1);
  values(point.attributes);
  const count = Number(point.count);
  assertEquals(typeof point.count, "string");
  assertEquals(point.bucketCounts.reduce((a: number, b: string) => a + Number(b), 0), count);
  assert(point.min <= point.max && point.sum >= point.min);
  return count;
}
