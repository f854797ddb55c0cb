/**
 * Turns: the time to the first text and to the end, beside a bare loop over fetch on the same real
 * server; and what the client keeps in memory over many turns and over a long one.
 *
 * `deno run -A scripts/deno.ts run -A --v8-flags=--expose-gc bench/session.ts`; with `--memory`
 * memory alone.
 */
import { Grants } from "../src/permissions/grants.ts";
import { OpencodeClient } from "../src/client/client.ts";
import { pickDialect } from "../src/dialect/pick.ts";
import { Opencode } from "../src/facade/opencode.ts";
import { realClock } from "../src/async/clock.ts";
import { messageId } from "../src/session/turn/ids.ts";
import { Session } from "../src/session/session.ts";
import { scriptedModel } from "../src/testing/model.ts";

const ROUNDS = 40;

interface Times {
  first: number;
  end: number;
}

/** What anybody would write: subscribe, send, read lines, stop at idle. */
async function bare(base: string, headers: HeadersInit, sessionID: string, directory: string) {
  const began = performance.now();
  const query = `directory=${encodeURIComponent(directory)}`;
  const events = await fetch(`${base}/event?${query}`, { headers });
  const messageID = messageId();
  let first = 0;
  let answered = false;
  let sent: Promise<unknown> | undefined;
  const reader = events.body!.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  reading: for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    buffer += value;
    const frames = buffer.split("\n\n");
    buffer = frames.pop()!;
    for (const frame of frames) {
      const { type, properties } = JSON.parse(frame.slice("data: ".length));
      if (type === "server.connected") {
        sent = fetch(`${base}/session/${sessionID}/prompt_async?${query}`, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify({ messageID, parts: [{ type: "text", text: "go" }] }),
        }).then((response) => response.body?.cancel());
      }
      if (properties.sessionID !== sessionID) continue;
      if (type === "message.part.delta" && first === 0) first = performance.now() - began;
      const { info } = properties;
      if (type === "message.updated" && info.parentID === messageID) {
        answered = info.time.completed !== undefined;
      }
      if (type === "session.idle" && answered) break reading;
    }
  }
  const end = performance.now() - began;
  await reader.cancel();
  await sent;
  return { first, end };
}

async function ours(session: Session): Promise<Times> {
  const began = performance.now();
  let first = 0;
  for await (const _ of session.stream("go")) first ||= performance.now() - began;
  return { first, end: performance.now() - began };
}

function median(values: number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]!;
}

async function times(): Promise<void> {
  const text = Array.from({ length: 50 }, (_, i) => `piece ${i} `);
  const model = await scriptedModel(() => ({ text, chunkDelay: 4 }));
  const ai = new Opencode({ isolated: true, config: model.config });
  try {
    await ai.start();
    const { url, username, password } = ai.server!;
    const headers = { authorization: `Basic ${btoa(`${username}:${password}`)}` };
    const all: Record<"bare" | "ours", Times[]> = { bare: [], ours: [] };
    for (let round = 0; round < ROUNDS + 3; round++) {
      const ways = {
        bare: async () => {
          const session = await ai.createSession({ title: "bare" });
          return await bare(url, headers, session.id, ai.directory);
        },
        ours: async () => ours(await ai.createSession({ title: "ours" })),
      };
      const order = round % 2 ? ["bare", "ours"] as const : ["ours", "bare"] as const;
      for (const name of order) {
        const taken = await ways[name]();
        if (round >= 3) all[name].push(taken);
      }
    }
    const of = (key: keyof Times) => {
      const [a, b] = [median(all.bare.map((t) => t[key])), median(all.ours.map((t) => t[key]))];
      return {
        "bare fetch, ms": a.toFixed(1),
        "ours, ms": b.toFixed(1),
        ratio: (b / a).toFixed(3),
      };
    };
    console.table({ "first text": of("first"), "end of turn": of("end") });
  } finally {
    await ai.close();
    await model.close();
  }
}

const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(1);

/** What is reachable. Without a collection before it, the number says when V8 last collected. */
function heap(): number {
  (globalThis as unknown as { gc(): void }).gc();
  return Deno.memoryUsage().heapUsed;
}

async function longTurn(session: Session, pieces: number) {
  const before = heap();
  let peak = 0;
  let size = 0;
  let texts = 0;
  const began = performance.now();
  const turn = session.stream(`[${pieces}, 10000]`);
  for await (const text of turn) {
    size += text.length;
    if (++texts % 100 === 0) peak = Math.max(peak, Deno.memoryUsage().heapUsed);
  }
  const ms = performance.now() - began;
  peak = Math.max(peak, Deno.memoryUsage().heapUsed);
  const { text } = await turn.reply;
  const row = {
    "heap, MiB": mb(heap() - before),
    "peak, MiB": mb(peak - before),
    "MB/s": (size / ms / 1000).toFixed(0),
  };
  if (size !== text.length) throw new Error("text was lost");
  return { size, row };
}

async function memory(): Promise<void> {
  const worker = new Worker(new URL("./session_server.ts", import.meta.url), { type: "module" });
  const baseUrl = await new Promise<string>((resolve) =>
    worker.onmessage = ({ data }) => resolve(data)
  );
  const context = {
    dialect: pickDialect(new OpencodeClient({ baseUrl }), undefined),
    directory: "/project",
    defaults: {},
    clock: realClock,
    exitListeners: new Set<() => void>(),
    warn: () => {},
    grants: new Grants(),
    turns: new Set<never>(),
    queues: new Map(),
  };
  const session = new Session(context, { id: "ses_1", directory: "/project" } as never);
  const rows: Record<string, Record<string, string>> = {};
  for (let turns = 0; turns <= 2000; turns++) {
    if (turns === 100 || turns % 500 === 0 && turns > 0) {
      rows[`after ${turns} turns`] = { "heap, MiB": mb(heap()) };
    }
    await session.prompt("[20, 100]");
  }
  for (const pieces of [1_000, 10_000]) {
    const { size, row } = await longTurn(session, pieces);
    rows[`one turn of ${mb(size)} MiB`] = row;
  }
  await new Promise((resolve) => setTimeout(resolve, 300));
  rows["after both"] = { "heap, MiB": mb(heap()) };
  console.table(rows);
  worker.terminate();
}

if (!("gc" in globalThis)) {
  console.error("Memory can't be measured without a collector: start with --v8-flags=--expose-gc");
  Deno.exit(2);
}
if (!Deno.args.includes("--memory")) await times();
await memory();
Deno.exit(0);
