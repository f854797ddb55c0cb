/** A client that stops reading its events, on a real connection: it costs little, and holds up nobody. */
import { assert, assertEquals } from "@std/assert";
import { host } from "../../src/runtime/host.ts";
import { createParser } from "../../src/sse/parser.ts";
import { EventLog } from "../../src/web/event_log.ts";
import type { PageEvent } from "../../src/web/protocol.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";

const EVENTS = 300;
const SIZE = 200_000;
/** What the two ends of a connection may hold, beside what the log keeps, in bytes. */
const BUFFERS = 24_000_000;

test("a client that stops reading costs little, holds up nobody, and goes on with a reset", async () => {
  const log = new EventLog();
  const start = log.seq;
  let sent = 0;
  const listener = await host().serve((request) => {
    const stream = log.stream(start, request.signal);
    const slow = request.url.endsWith("/slow");
    const body = slow ? counted(stream, (bytes) => sent += bytes) : stream;
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }, { hostname: "127.0.0.1", port: 0 });
  const at = `http://127.0.0.1:${listener.port}`;
  const leaving = new AbortController();
  const { signal } = leaving;
  try {
    const slow = (await fetch(`${at}/slow`, { signal })).body!.getReader();
    const numbers: string[] = [];
    const reads = follow(`${at}/quick`, signal, numbers);
    await until(() => log.readers === 2, "both are connected");
    for (let i = 0; i < EVENTS; i++) {
      log.push(event(`${i} ${"x".repeat(SIZE)}`));
      // one that reads keeps up with what comes, event by event
      await until(() => numbers.at(-1) === String(i), `the quick one has event ${i}`);
    }
    assertEquals(numbers.length, EVENTS);
    assert(sent < BUFFERS, `${sent} bytes were made for one that reads none`);
    await readUntil(slow, '{"type":"reset"}');
    log.push(event("afterwards"));
    await readUntil(slow, "afterwards");
    await slow.cancel();
    leaving.abort();
    await reads;
    await until(() => log.readers === 0, "both are gone");
  } finally {
    leaving.abort();
    log.end();
    await listener.close();
  }
});

function event(message: string): PageEvent {
  return { type: "error", message };
}

/** The same stream, read only as its reader does, with what went through it. */
function counted(
  stream: ReadableStream<Uint8Array>,
  count: (bytes: number) => void,
): ReadableStream<Uint8Array> {
  const reader = stream.getReader();
  return new ReadableStream({
    async pull(controller) {
      const { value, done } = await reader.read();
      if (done) return controller.close();
      count(value.length);
      controller.enqueue(value);
    },
    cancel: (reason) => reader.cancel(reason),
  }, { highWaterMark: 0 });
}

/** Reads on until something comes. */
async function readUntil(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  wanted: string,
): Promise<void> {
  const decoder = new TextDecoder();
  for (let end = ""; !end.includes(wanted);) {
    const { value, done } = await reader.read();
    assert(!done, `the stream ends before ${wanted}`);
    end = (end + decoder.decode(value, { stream: true })).slice(-1_000);
  }
}

/** Reads events until it is told to leave. */
async function follow(url: string, signal: AbortSignal, numbers: string[]): Promise<void> {
  const parser = createParser({
    onEvent(data) {
      const event = JSON.parse(data) as PageEvent;
      if (event.type === "error") numbers.push(event.message.split(" ")[0]!);
    },
  });
  try {
    const response = await fetch(url, { signal });
    for await (const chunk of response.body!) parser.feed(chunk);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
