/**
 * From the bytes of an event stream to parsed objects: this parser, eventsource-parser and the
 * generated event stream of @opencode-ai/sdk, one after the other in one run.
 *
 * `deno run -A scripts/deno.ts run -A bench/sse.ts`
 */
import { createJsonReader } from "../src/sse/json.ts";
import { createParser } from "../src/sse/parser.ts";
// deno-lint-ignore no-import-prefix
import { createParser as createPeerParser } from "npm:eventsource-parser@3.1.1";
// deno-lint-ignore no-import-prefix
import { createOpencodeClient } from "npm:@opencode-ai/sdk@1.18.33";

interface Shape {
  name: string;
  eventBytes: number;
  /** `0` is one event a chunk; `"any"` cuts anywhere. */
  chunk: number | "any";
  text: string;
}

const ASCII = "const answer = await session.prompt(text, { signal });\n";
const MIXED = "Straße – „naïve“ 日本語 👋, and plain text around it all.\n";
const TOTAL = 8 * 1024 * 1024;
const ROUNDS = 11;

function streamOf(shape: Shape): { chunks: Uint8Array[]; events: number; bytes: number } {
  const event = (n: number) => {
    const frame = (delta: string) =>
      `data: ${
        JSON.stringify({
          id: `evt_${n}`,
          type: "message.part.delta",
          properties: {
            sessionID: "ses_1",
            messageID: "msg_1",
            partID: "prt_1",
            field: "text",
            delta,
          },
        })
      }\n\n`;
    const room = Math.max(1, shape.eventBytes - frame("").length);
    return frame(shape.text.repeat(Math.ceil(room / shape.text.length)).slice(0, room));
  };
  const encoder = new TextEncoder();
  const frames: Uint8Array[] = [];
  let bytes = 0;
  while (bytes < TOTAL) {
    const frame = encoder.encode(event(frames.length));
    frames.push(frame);
    bytes += frame.length;
  }
  if (shape.chunk === 0) return { chunks: frames, events: frames.length, bytes };
  const whole = new Uint8Array(bytes);
  let at = 0;
  for (const frame of frames) {
    whole.set(frame, at);
    at += frame.length;
  }
  const chunks: Uint8Array[] = [];
  let seed = 1;
  for (let from = 0; from < bytes;) {
    seed = (seed * 1103515245 + 12345) & 0x7fffffff;
    const size = shape.chunk === "any" ? 1 + seed % 20_000 : shape.chunk as number;
    chunks.push(whole.slice(from, from + size));
    from += size;
  }
  return { chunks, events: frames.length, bytes };
}

function ours(chunks: Uint8Array[]): number {
  let n = 0;
  const read = createJsonReader();
  const parser = createParser({
    onEvent: (data) => n += (read(data) as { type: string }).type.length > 0 ? 1 : 0,
  });
  for (const chunk of chunks) parser.feed(chunk);
  return n;
}

function theirs(chunks: Uint8Array[]): number {
  let n = 0;
  const parser = createPeerParser({
    onEvent: ({ data }) => n += JSON.parse(data).type.length > 0 ? 1 : 0,
  });
  const decoder = new TextDecoder();
  for (const chunk of chunks) parser.feed(decoder.decode(chunk, { stream: true }));
  return n;
}

async function sdk(chunks: Uint8Array[]): Promise<number> {
  let next = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const chunk = chunks[next++];
      if (chunk) controller.enqueue(chunk);
      else controller.close();
    },
  });
  // Its event stream takes no `fetch` of the caller's.
  const real = globalThis.fetch;
  globalThis.fetch = () =>
    Promise.resolve(new Response(body, { headers: { "content-type": "text/event-stream" } }));
  const client = createOpencodeClient({ baseUrl: "http://127.0.0.1:1" });
  const { stream } = await client.event.subscribe();
  let n = 0;
  for await (const event of stream) n += (event as { type: string }).type.length > 0 ? 1 : 0;
  globalThis.fetch = real;
  return n;
}

type Run = (chunks: Uint8Array[]) => number | Promise<number>;

/** Times in milliseconds: the runs take turns, so that what disturbs one disturbs all. */
async function measure(chunks: Uint8Array[], runs: Run[], rounds: number): Promise<number[][]> {
  const times: number[][] = runs.map(() => []);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < runs.length; i++) {
      const turn = (i + round) % runs.length;
      const start = performance.now();
      await runs[turn]!(chunks);
      times[turn]![round] = performance.now() - start;
    }
  }
  return times;
}

function median(numbers: number[]): number {
  return numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
}

/** The median over the rounds of how much longer the one takes than the other. */
function ratio(slow: number[], fast: number[]): string {
  return median(slow.map((ms, round) => ms / fast[round]!)).toFixed(2);
}

const shapes: Shape[] = [];
for (const eventBytes of [250, 50_000]) {
  for (const chunk of [16_384, 65_536, 0, "any"] as const) {
    for (const text of [ASCII, MIXED]) {
      const how = chunk === 0
        ? "one a chunk"
        : chunk === "any"
        ? "cut anywhere"
        : `${chunk / 1024} KiB`;
      const kind = text === ASCII ? "ascii" : "mixed";
      shapes.push({ name: `${eventBytes} B, ${how}, ${kind}`, eventBytes, chunk, text });
    }
  }
}

console.log(
  `${"shape".padEnd(32)}${"ours".padStart(12)}${"es-parser".padStart(12)}${"sdk".padStart(12)}` +
    `${"x es-parser".padStart(13)}${"x sdk".padStart(8)}`,
);
const rate = (bytes: number, times: number[]) =>
  `${(bytes / 1e3 / median(times)).toFixed(0)} MB/s`.padStart(12);
for (const shape of shapes) {
  const { chunks, events, bytes } = streamOf(shape);
  for (const run of [ours, theirs, sdk]) {
    if (await run(chunks) !== events) throw new Error(`${run.name} lost events: ${shape.name}`);
  }
  const [a, b, c] = await measure(chunks, [ours, theirs, sdk], ROUNDS) as [
    number[],
    number[],
    number[],
  ];
  console.log(
    shape.name.padEnd(32) + rate(bytes, a) + rate(bytes, b) + rate(bytes, c) +
      ratio(b, a).padStart(13) + ratio(c, a).padStart(8),
  );
}

console.log("\none event in 4 KiB chunks");
for (const megabytes of [5, 10]) {
  const text = new TextEncoder().encode(
    `data: ${
      JSON.stringify({ type: "x", delta: ASCII.repeat(megabytes * 1e6 / ASCII.length) })
    }\n\n`,
  );
  const chunks: Uint8Array[] = [];
  for (let at = 0; at < text.length; at += 4096) chunks.push(text.slice(at, at + 4096));
  const [a, b] = await measure(chunks, [ours, theirs], ROUNDS) as [number[], number[]];
  const times = `${megabytes} MB: ours ${median(a).toFixed(1)} ms, es-parser ${
    median(b).toFixed(1)
  } ms`;
  if (megabytes > 5) console.log(times);
  else {
    const [c] = await measure(chunks, [sdk], 1) as [number[]];
    console.log(
      `${times}, sdk ${c[0]!.toFixed(0)} ms (${(c[0]! / median(a)).toFixed(0)} times ours)`,
    );
  }
}
