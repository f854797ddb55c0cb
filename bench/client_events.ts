/**
 * From the server's socket to typed events in a listener: this client's three ways, and the event
 * stream of @opencode-ai/sdk, over Deno's fetch, in one run.
 *
 * `deno run -A scripts/deno.ts run -A bench/client_events.ts`
 */
import { OpencodeClient } from "../src/client/mod.ts";
// deno-lint-ignore no-import-prefix
import { createOpencodeClient } from "npm:@opencode-ai/sdk@1.18.33";

const EVENTS = 20_000;
const ROUNDS = 7;
const encoder = new TextEncoder();

function frame(type: string, properties: object): Uint8Array {
  const data = JSON.stringify({ id: "evt_0123456789abcdefghijklmnop", type, properties });
  return encoder.encode(`data: ${data}\n\n`);
}

/** One answer: `server.connected`, then events, each a chunk of its own as the server writes them. */
const answer = (() => {
  const delta = frame("message.part.delta", {
    sessionID: "ses_0123456789abcdefghijklmnop",
    messageID: "msg_0123456789abcdefghijklmnop",
    partID: "prt_0123456789abcdefghijklmnop",
    field: "text",
    delta: " word",
  });
  const parts: Uint8Array[] = [encoder.encode(
    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n",
  )];
  const add = (chunk: Uint8Array) =>
    parts.push(encoder.encode(`${chunk.length.toString(16)}\r\n`), chunk, encoder.encode("\r\n"));
  add(frame("server.connected", {}));
  for (let i = 0; i < EVENTS; i++) add(delta);
  return new Uint8Array(parts.flatMap((part) => [...part]));
})();

const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
const baseUrl = `http://127.0.0.1:${listener.addr.port}`;

async function serve(): Promise<void> {
  for await (const connection of listener) {
    // The connection stays open, as the server's does; the client goes when it has seen enough.
    void (async () => {
      try {
        await connection.read(new Uint8Array(4096));
        for (let at = 0; at < answer.length;) at += await connection.write(answer.subarray(at));
        await connection.read(new Uint8Array(1));
      } catch { /* the client has gone */ }
      connection.close();
    })();
  }
}

const client = new OpencodeClient({ baseUrl, env: {} });
const peer = createOpencodeClient({ baseUrl });

const ways: Record<string, () => Promise<void>> = {
  async "client.subscribe"() {
    let left = EVENTS + 1;
    let stop = () => {};
    await new Promise<void>((resolve, reject) => {
      client.subscribe({
        events(batch) {
          for (const { type } of batch) if (type) left--;
          if (left <= 0) resolve();
        },
        lost: reject,
      }).then((subscription) => stop = () => subscription.close(), reject);
    });
    stop();
  },
  async "client.events"() {
    let left = EVENTS + 1;
    for await (const { type } of client.events()) if (type && --left === 0) break;
  },
  async "client.event.subscribe"() {
    let left = EVENTS + 1;
    for await (const { type } of await client.event.subscribe()) if (type && --left === 0) break;
  },
  async "@opencode-ai/sdk"() {
    let left = EVENTS + 1;
    const { stream } = await peer.event.subscribe();
    for await (const { type } of stream) if (type && --left === 0) break;
  },
};

const serving = serve();
const times: Record<string, number[]> = {};
for (let round = -1; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(ways)) {
    const start = performance.now();
    await run();
    if (round >= 0) (times[name] ??= []).push(performance.now() - start);
  }
}
listener.close();
await serving.catch(() => {});
const median = (numbers: number[]) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]!;
const peerTime = median(times["@opencode-ai/sdk"]!);
console.log(`${EVENTS} events, one a chunk`);
for (const [name, list] of Object.entries(times)) {
  const ms = median(list);
  console.log(`${name}: ${ms.toFixed(0)} ms, ${(ms / peerTime).toFixed(2)} of the peer's`);
}
Deno.exit(0);
