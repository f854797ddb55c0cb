/** The exporter: what it sends, and that a bad collector harms nobody. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { InvalidArgumentError } from "../../src/errors.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { OtlpExporter } from "../../src/telemetry/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/telemetry/otlp/options.ts";
import { host } from "../../src/runtime/host.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { tcpProxy } from "../http/tcp.ts";
import { withCollector } from "./collector.ts";

const KEY = "planted-key-4711";

/** One turn with a tool, under `otlp`; how long it and the close took, and what was logged. */
async function turn(otlp: OtlpOptions | true) {
  const warnings: string[] = [];
  const none = () => {};
  const logger = {
    debug: none,
    info: none,
    warn: (message: string, fields: unknown) =>
      void warnings.push(message + JSON.stringify(fields)),
    error: none,
  };
  const steps = [{ toolCalls: [{ name: "bash", input: { command: "echo x" } }] }, "done"];
  let took = 0;
  let closing = 0;
  await withAgent(steps, async ({ ai }) => {
    const start = Date.now();
    const { text } = await ai.prompt("SAID");
    took = Date.now() - start;
    assertEquals(text, "done");
    const close = Date.now();
    await ai.close();
    closing = Date.now() - close;
  }, { otlp, logger });
  return { took, closing, lost: warnings.filter((one) => /span|Traces/.test(one)), warnings };
}

test("otlp: spans and metrics come at the close, in the protocol's form, without content", async () => {
  await withCollector(async (collector) => {
    const { lost } = await turn({
      endpoint: collector.url,
      headers: { "x-key": KEY },
      serviceName: "my-program",
    });
    assertEquals(lost, []);
    assertEquals(collector.spans.map(({ name }) => name).sort(), [
      "chat model",
      "chat model",
      "execute_tool bash",
      "invoke_agent build",
    ]);
    const root = collector.spans.find(({ name }) => name === "invoke_agent build")!;
    assertEquals(root.parentSpanId, undefined);
    for (const { traceId, parentSpanId, name } of collector.spans) {
      assertEquals(traceId, root.traceId);
      if (name !== root.name) assertEquals(parentSpanId, root.spanId);
    }
    assertEquals(root.attributes["gen_ai.response.finish_reasons"], ["stop"]);
    assertEquals(collector.counts, {
      "gen_ai.client.token.usage": 4,
      "gen_ai.client.operation.duration": 4,
      "gen_ai.client.operation.time_to_first_chunk": 2,
    });
    assertEquals([...collector.services], ["my-program"]);
    assertEquals(JSON.stringify(collector.spans).includes("SAID"), false);
    assertEquals(collector.requests.map(({ path }) => path), ["/v1/traces", "/v1/metrics"]);
    for (const { headers } of collector.requests) assertEquals(headers.get("x-key"), KEY);
  });
});

test("otlp: captureContent sends what was said", async () => {
  await withCollector(async (collector) => {
    await turn({ endpoint: `${collector.url}/v1/traces`, captureContent: true });
    assertStringIncludes(JSON.stringify(collector.spans), "SAID");
  });
});

test("otlp: a collector that answers 500 fails no turn; what is lost is told, the key is not", async () => {
  await withCollector(async (collector) => {
    const { lost, warnings } = await turn({ endpoint: collector.url, headers: { key: KEY } });
    assertEquals(lost, [
      `Traces for ${collector.url} are being lost: it answered 500{}`,
      `4 spans and 10 of 10 measurements did not reach ${collector.url}: it answered 500{}`,
    ]);
    assertEquals(warnings.join().includes(KEY), false);
  }, () => new Response(`you sent ${KEY}`, { status: 500 }));
});

test("otlp: a collector that hangs slows no turn, and holds the close for no longer than 2 s", async () => {
  const life = Promise.withResolvers<Response>();
  await withCollector(async (collector) => {
    const { took, closing, lost } = await turn({ endpoint: collector.url });
    life.resolve(new Response(""));
    assert(took < 60_000, `the turn took ${took} ms`);
    assert(closing >= 1_900 && closing < 10_000, `the close took ${closing} ms`);
    assertEquals(lost.length, 2);
    assertStringIncludes(lost[1]!, "4 spans");
  }, () => life.promise);
});

test("otlp: nobody listens at the address: no turn fails", async () => {
  const listener = await host().serve(() => new Response());
  const { port } = listener;
  await listener.close();
  const { lost } = await turn({ endpoint: `http://127.0.0.1:${port}` });
  assertStringIncludes(lost[0]!, "it could not be reached");
});

test("otlp: true takes the environment, which nothing else reads; loopback needs no proxy", async () => {
  await withCollector(async (mine) => {
    await withCollector(async (other) => {
      const variables = {
        OTEL_EXPORTER_OTLP_ENDPOINT: mine.url,
        OTEL_EXPORTER_OTLP_HEADERS: `x-key=${KEY}%3D,other = 1`,
        OTEL_SERVICE_NAME: "from-the-environment",
        HTTP_PROXY: "http://127.0.0.1:9",
      };
      const { env } = host();
      const before = Object.keys(variables).map((name) => [name, env.get(name)] as const);
      for (const [name, value] of Object.entries(variables)) env.set(name, value);
      try {
        await turn(true);
        await turn({ endpoint: other.url });
      } finally {
        for (const [name, value] of before) {
          if (value === undefined) env.delete(name);
          else env.set(name, value);
        }
      }
      assertEquals([...mine.services], ["from-the-environment"]);
      assertEquals(mine.requests[0]!.headers.get("x-key"), `${KEY}=`);
      assertEquals(mine.requests[0]!.headers.get("other"), "1");
      assertEquals([...other.services], ["opencode"]);
      assertEquals(other.requests[0]!.headers.get("x-key"), null);
    });
  });
});

/** An exporter, what it warned of, and a way to record spans. */
function exporting(endpoint: string) {
  const warnings: string[] = [];
  const target = { endpoint, headers: { key: KEY }, serviceName: "s" };
  const exporter = new OtlpExporter(target, (message) => warnings.push(message));
  const record = (count: number, attributes = {}) => {
    for (let i = 0; i < count; i++) exporter.tracer.startSpan("x", { attributes }).end();
  };
  return { exporter, warnings, record };
}

test("otlp: a full batch goes at once, again after 503, by the collector's clock", async () => {
  const times: number[] = [];
  await withCollector(async (collector) => {
    const { exporter, warnings, record } = exporting(collector.url);
    record(512);
    await until(() => collector.spans.length === 512, "the second try");
    assert(times[1]! - times[0]! >= 900, `${times[1]! - times[0]!} ms between the tries`);
    await exporter.close();
    assertEquals(warnings, []);
  }, (_, index) => {
    times.push(Date.now());
    return index === 0
      ? new Response("", { status: 503, headers: { "retry-after": "1" } })
      : undefined;
  });
});

test("otlp: 429 is obeyed, a date too; the close waits for no one, and nothing is lost", async () => {
  const times: number[] = [];
  await withCollector(async (collector) => {
    const { exporter, warnings, record } = exporting(collector.url);
    record(512);
    await until(() => times.length === 2, "the second try");
    // a date has whole seconds
    assert(times[1]! - times[0]! >= 1_900, `${times[1]! - times[0]!} ms between the tries`);
    const start = Date.now();
    await exporter.close();
    assert(Date.now() - start < 15_000, "the close waited as long as the collector asked");
    assertEquals(collector.spans.length, 512);
    assertEquals(warnings, []);
  }, (_, index) => {
    times.push(Date.now());
    const after = [new Date(Date.now() + 3_000).toUTCString(), "25"][index];
    return after === undefined
      ? undefined
      : new Response("", { status: 429, headers: { "retry-after": after } });
  });
});

test("otlp: a collector that answers 429 for ever fails no turn, and the loss is told", async () => {
  await withCollector(async (collector) => {
    const { took, closing, lost } = await turn({ endpoint: collector.url });
    assert(took < 60_000 && closing < 15_000, `turn ${took} ms, close ${closing} ms`);
    assertStringIncludes(lost[1]!, "4 spans");
    assertStringIncludes(lost[1]!, "it answered 429");
  }, () => new Response("", { status: 429, headers: { "retry-after": "60" } }));
});

for (const how of ["reset", "end"] as const) {
  test(`otlp: a collector that closes the connection (${how}) fails no turn, and the loss is told`, async () => {
    await withCollector(async (collector) => {
      const proxy = await tcpProxy(Number(new URL(collector.url).port));
      try {
        proxy.breakOn = { text: "POST /v1/", how };
        const { took, closing, lost } = await turn({ endpoint: `http://127.0.0.1:${proxy.port}` });
        assert(took < 60_000 && closing < 15_000, `turn ${took} ms, close ${closing} ms`);
        assert(proxy.broken >= 2, `${proxy.broken} connections were closed`);
        assertStringIncludes(lost[0]!, "it could not be reached");
        assertStringIncludes(lost[1]!, "4 spans");
      } finally {
        await proxy.close();
      }
    });
  });
}

test("otlp: what a collector took without an answer comes again, under the same ids", async () => {
  await withCollector(async (collector) => {
    const proxy = await tcpProxy(Number(new URL(collector.url).port));
    const { exporter, warnings, record } = exporting(`http://127.0.0.1:${proxy.port}`);
    try {
      proxy.breakOn = { text: "POST /v1/traces", how: "end" };
      record(512);
      await until(() => proxy.broken === 1, "the first delivery");
      proxy.breakOn = undefined;
      await until(() => collector.spans.length === 1024, "the second delivery");
      assertEquals(new Set(collector.spans.map(({ spanId }) => spanId)).size, 512);
      await exporter.close();
      assertEquals(warnings, []);
    } finally {
      await proxy.close();
    }
  });
});

test("otlp: 200 is an acceptance, whatever becomes of the body behind it", async () => {
  const broken = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode('{"partial')),
        pull: (controller) => controller.error(new Error("broken")),
      }),
    );
  await withCollector(async (collector) => {
    const { exporter, warnings, record } = exporting(collector.url);
    record(512);
    await until(() => collector.requests.length === 1, "the delivery");
    await exporter.close();
    assertEquals(collector.requests.length, 1);
    assertEquals(warnings, []);
  }, broken);
});

test("otlp: what waits is bounded in number and size; what is lost is counted", async () => {
  for (
    const [count, attributes, kept] of [[4000, {}, 512 + 2048], [
      2000,
      { a: "x".repeat(31_000) },
      0,
    ]] as const
  ) {
    const life = Promise.withResolvers<Response>();
    await withCollector(async (collector) => {
      const { exporter, warnings, record } = exporting(collector.url);
      record(count, attributes);
      await until(() => collector.requests.length === 1, "the first delivery");
      assertEquals(warnings.length, 1);
      assertStringIncludes(warnings[0]!, "more came than could be sent");
      life.resolve(new Response("{}"));
      await exporter.close();
      const [, total] = /^(\d+) spans did not reach/.exec(warnings[1]!)!;
      if (kept > 0) assertEquals(Number(total), count - kept);
      else assert(Number(total) > 1000 && Number(total) < 1900, total);
      assertEquals(warnings.length, 2);
    }, (_, index) => index === 0 ? life.promise : new Response("{}"));
  }
});

test("otlp: refused spans are counted; a redirect is not followed; an endless answer ends", async () => {
  const refuses = () => Response.json({ partialSuccess: { rejectedSpans: "3" } });
  await withCollector(async ({ url }) => {
    const { exporter, warnings, record } = exporting(url);
    record(5);
    await exporter.close();
    assertEquals(warnings.at(-1), `3 spans did not reach ${url}: it refused them`);
  }, refuses);

  await withCollector(async (other) => {
    await withCollector(async ({ url }) => {
      const { exporter, warnings, record } = exporting(url);
      record(1);
      await exporter.close();
      assertStringIncludes(warnings.at(-1)!, "1 span did not reach");
      assertEquals(other.requests, []);
    }, () => Response.redirect(other.url, 307));
  });

  const chunk = new Uint8Array(65_536).fill(32);
  await withCollector(async ({ url }) => {
    const { exporter, warnings, record } = exporting(url);
    record(1);
    await exporter.close();
    assertEquals(warnings, []);
  }, () => new Response(new ReadableStream({ pull: (to) => to.enqueue(chunk) })));
});

test("otlp and telemetry: options that can't be used are told at once", () => {
  const bad: [ConstructorParameters<typeof Opencode>[0], string][] = [
    [{ otlp: { endpoint: "localhost:4318" } }, "otlp.endpoint"],
    [{ otlp: { endpoint: `http://user:${KEY}@localhost:4318` } }, "without user"],
    [{ otlp: { headers: { a: `${KEY}\nb` } } }, "headers of otlp"],
    [{ otlp: { headers: { "a b": KEY } } }, "headers of otlp"],
    [{ telemetry: { tracer: {} as never } }, "telemetry.tracer"],
    [{ telemetry: { meter: {} as never } }, "telemetry.meter"],
  ];
  for (const [options, said] of bad) {
    const error = assertThrows(() => new Opencode(options), InvalidArgumentError, said);
    assertEquals(error.message.includes(KEY), false);
  }
});
