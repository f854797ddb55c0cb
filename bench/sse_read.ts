/**
 * Reading an event stream whose events come one a chunk, over Deno's fetch: this package's reader
 * (a buffer of its own, filled with all that has arrived), and the default reader, chunk by chunk.
 *
 * `deno run -A scripts/deno.ts run -A bench/sse_read.ts`
 */
import { readBatches } from "../src/client/batches.ts";
import { parseData } from "../src/client/events.ts";
import { createParser } from "../src/sse/parser.ts";

const EVENTS = 40_000;
const ROUNDS = 7;

const frame = new TextEncoder().encode(
  `data: ${
    JSON.stringify({
      id: "evt_0123456789abcdefghijklmnop",
      type: "message.part.delta",
      properties: {
        sessionID: "ses_0123456789abcdefghijklmnop",
        messageID: "msg_0123456789abcdefghijklmnop",
        partID: "prt_0123456789abcdefghijklmnop",
        field: "text",
        delta: " word",
      },
    })
  }\n\n`,
);

/** The whole answer, each event a chunk of its own: written at once, so that reading is all. */
const answer = (() => {
  const encoder = new TextEncoder();
  const parts = [encoder.encode(
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n" +
      "connection: close\r\n\r\n",
  )];
  const size = encoder.encode(`${frame.length.toString(16)}\r\n`);
  const end = encoder.encode("\r\n");
  for (let i = 0; i < EVENTS; i++) parts.push(size, frame, end);
  parts.push(encoder.encode("0\r\n\r\n"));
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
})();

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const url = `http://127.0.0.1:${listener.addr.port}/`;

async function serve(): Promise<void> {
  for await (const connection of listener) {
    await connection.read(new Uint8Array(4096));
    const writer = connection.writable.getWriter();
    await writer.write(answer);
    await writer.close().catch(() => {});
  }
}

async function body(): Promise<ReadableStream<Uint8Array>> {
  return (await fetch(url)).body!;
}

async function ours(): Promise<number> {
  const reader = readBatches(await body(), parseData);
  let n = 0;
  for (;;) {
    const batch = await reader.next();
    if (batch === undefined) return n;
    n += batch.length;
  }
}

async function defaultReader(): Promise<number> {
  let n = 0;
  const parser = createParser({ onEvent: (data) => n += parseData(data) === null ? 0 : 1 });
  const reader = (await body()).getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return n;
    parser.feed(value);
  }
}

const serving = serve();
const runs = [ours, defaultReader];
const times: number[][] = [[], []];
for (let round = 0; round < ROUNDS; round++) {
  for (const [i, run] of runs.entries()) {
    const start = performance.now();
    if (await run() !== EVENTS) throw new Error(`${run.name} lost events`);
    times[i]![round] = performance.now() - start;
  }
}
listener.close();
await serving;
const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
console.log(`${EVENTS} events, one a chunk`);
for (const [i, run] of runs.entries()) {
  console.log(`${run.name}: ${median(times[i]!).toFixed(0)} ms`);
}
const ratio = median(times[0]!.map((ms, i) => ms / times[1]![i]!));
console.log(`ours takes ${ratio.toFixed(2)} of the default reader's time`);
