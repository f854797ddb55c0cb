import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { EventHub } from "../../src/client/hub.ts";
import { APIConnectionError } from "../../src/errors.ts";
import { ManualClock } from "../clock.ts";
import { test } from "../harness.ts";
import { http } from "../http/serve.ts";
import { event, until } from "./events_server.ts";

/** A hub whose connections are answered as a test says, on a clock of its own. */
function answering(answer: (n: number, signal: AbortSignal) => Promise<Response>) {
  const clock = new ManualClock();
  const asked: number[] = [];
  const fetch = (_: unknown, init?: RequestInit) => {
    asked.push(clock.now());
    return answer(asked.length, init!.signal!);
  };
  const source = http("http://127.0.0.1:1", { fetch: fetch as never }, clock);
  const hub = new EventHub(() => Promise.resolve(source), {}, clock);
  /** Lets time pass until a condition holds. */
  const passing = (condition: () => boolean) =>
    until(() => {
      if (!condition() && clock.pending > 0) clock.advance(100);
      return condition();
    });
  return { hub, clock, asked, passing };
}

/** Headers that never come. */
const never = (signal: AbortSignal) =>
  new Promise<Response>((_, reject) =>
    signal.addEventListener("abort", () => reject(signal.reason), { once: true })
  );

/** A stream of these events that goes on. */
function streamOf(...events: string[]): Response {
  const body = new ReadableStream<Uint8Array>({
    start: (stream) => {
      for (const type of events) {
        stream.enqueue(new TextEncoder().encode(`data: ${JSON.stringify(event(type))}\n\n`));
      }
    },
  });
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

test("a connection whose headers do not come is made again after 8 s", async () => {
  const { hub, asked, passing } = answering((n, signal) =>
    n === 1 ? never(signal) : Promise.resolve(streamOf("server.connected"))
  );
  let stands = false;
  const subscribing = hub.subscribe({ events: () => {} }).then((subscription) => {
    stands = true;
    return subscription;
  });
  await passing(() => stands);
  const waited = asked[1]! - asked[0]!;
  assert(waited >= 8_000 && waited < 9_000, `${waited} ms`);
  (await subscribing).close();
});

test("the headers and the first event of a connection share one bound", async () => {
  let head!: () => void;
  const { hub, clock, asked, passing } = answering((n) =>
    n > 1
      ? Promise.resolve(streamOf("server.connected"))
      : new Promise((resolve) => head = () => resolve(streamOf()))
  );
  const subscribing = hub.subscribe({ events: () => {} });
  await until(() => asked.length === 1);
  clock.advance(5_000);
  head();
  await passing(() => asked.length > 1);
  const waited = asked[1]! - asked[0]!;
  assert(waited >= 8_000 && waited < 9_000, `${waited} ms`);
  (await subscribing).close();
});

test("until a connection stood each try has twice the time, and silenceTimeout ends them", async () => {
  const { hub, clock, asked, passing } = answering((_, signal) => never(signal));
  let error: unknown;
  hub.subscribe({ events: () => {} }).catch((cause) => error = cause);
  await passing(() => error !== undefined);
  assertEquals(asked.length, 3);
  const seconds = [asked[1]! - asked[0]!, asked[2]! - asked[1]!, clock.now() - asked[2]!]
    .map((ms) => Math.floor(ms / 1000));
  assertEquals(seconds, [8, 16, 30]);
  assertInstanceOf(error, APIConnectionError);
  assertStringIncludes(error.message, "could not be opened");
});

test("a connection that stood before is given up after reconnectTimeout, whatever hangs", async () => {
  let lost = false;
  let first!: Response;
  const { hub, clock, asked, passing } = answering((n, signal) =>
    n > 1 ? never(signal) : Promise.resolve(first = streamOf("server.connected"))
  );
  await hub.subscribe({ events: () => {}, lost: () => void (lost = true) });
  const stood = clock.now();
  await passing(() => lost); // the first falls silent after 30 s
  assertEquals(asked.length, 3);
  assert(clock.now() - stood < 50_000, `${clock.now() - stood} ms`);
  assert(first.bodyUsed);
});
