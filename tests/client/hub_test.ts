import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { test } from "../harness.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import type { ClientOptions, ServerEvent, Subscription } from "../../src/client/mod.ts";
import {
  APIConnectionError,
  APIResponseValidationError,
  AuthenticationError,
  InvalidArgumentError,
} from "../../src/errors.ts";
import { OpencodeError } from "../../src/errors.ts";
import { EventHub, type EventOptions } from "../../src/client/hub.ts";
import { ManualClock } from "../clock.ts";
import { countingSignal, freePort, http } from "../http/serve.ts";
import { event, type EventServer, servingEvents, until } from "./events_server.ts";

const clientOf = (server: EventServer, options: Partial<ClientOptions> = {}) =>
  new OpencodeClient({ baseUrl: server.baseUrl, env: {}, ...options });

/** A hub whose time passes when the test says so. */
function hubOf(server: EventServer, options: EventOptions = {}) {
  const clock = new ManualClock();
  const hub = new EventHub(() => Promise.resolve(http(server.baseUrl)), options, clock);
  /** Waits until a condition holds; time passes while something waits for it. */
  const passing = (condition: () => boolean, step = 100) =>
    until(() => {
      if (!condition() && clock.pending > 0) clock.advance(step);
      return condition();
    });
  return { hub, clock, passing };
}

function recorder() {
  const seen: string[] = [];
  const batches: number[] = [];
  const lost: OpencodeError[] = [];
  return {
    seen,
    batches,
    lost,
    events(batch: readonly ServerEvent[]) {
      batches.push(batch.length);
      for (const { type } of batch) seen.push(type);
    },
    gap: () => void seen.push("GAP"),
    onLost: (error: OpencodeError) => void lost.push(error),
  };
}

function listener(of: ReturnType<typeof recorder>) {
  return { events: of.events, gap: of.gap, lost: of.onLost };
}

test("subscribe resolves once the connection stands and hands on events in order, in batches", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const subscription = await clientOf(server, { directory: "/d" }).subscribe(listener(record));
    const connection = await server.next();
    assertEquals(connection.url.pathname + connection.url.search, "/event?directory=%2Fd");
    connection.send(event("a"), event("b"), event("not.known.yet"));
    await until(() => record.seen.length === 4);
    assertEquals(record.seen, ["server.connected", "a", "b", "not.known.yet"]);
    assertEquals(record.batches, [1, 3]);
    subscription.close();
    subscription.close();
    assert(subscription.closed);
    await connection.gone;
  });
});

test("subscribe shares one connection a directory, and the last to leave ends it at once", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const [one, two, other] = [recorder(), recorder(), recorder()];
    const first = await client.subscribe(listener(one));
    const second = await client.subscribe(listener(two));
    assertEquals(server.connections.length, 1);
    assertEquals([one.seen, two.seen], [["server.connected"], ["server.connected"]]);
    const third = await client.subscribe(listener(other), { directory: "/other" });
    assertEquals(server.connections.length, 2);
    server.connections[0]!.send(event("a"));
    await until(() => one.seen.includes("a") && two.seen.includes("a"));
    first.close();
    server.connections[0]!.send(event("b"));
    await until(() => two.seen.includes("b"));
    assertEquals([one.seen.includes("b"), other.seen], [false, ["server.connected"]]);
    second.close();
    await server.connections[0]!.gone;
    const again = await client.subscribe(listener(one));
    assertEquals(server.connections.length, 3);
    again.close();
    third.close();
  });
});

test("a broken connection is made again, and gap comes before what follows", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const { hub, passing } = hubOf(server);
    const subscription = await hub.subscribe(listener(record));
    for (const how of ["cut", "end"] as const) {
      const connection = await server.next();
      connection.send(event(`before ${how}`));
      await until(() => record.seen.includes(`before ${how}`));
      connection[how]();
      await passing(() => record.seen.at(-1) === "server.connected");
    }
    (await server.next()).send(event("after"));
    await until(() => record.seen.includes("after"));
    assertEquals(record.seen, [
      "server.connected",
      "before cut",
      "GAP",
      "server.connected",
      "before end",
      "GAP",
      "server.connected",
      "after",
    ]);
    assertEquals(record.lost, []);
    subscription.close();
  });
});

test("a connection that stays away is given up within its bound, once", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const { hub, clock, passing } = hubOf(server);
    await hub.subscribe(listener(record));
    let asked = 0;
    server.answer = () => {
      asked++;
      return new Response("{}", { status: 503 });
    };
    (await server.next()).cut();
    const started = clock.now();
    await passing(() => record.lost.length > 0);
    assert(clock.now() - started <= 11_000, "the bound is 10 s");
    assert(asked > 3, `asked ${asked} times`);
    assertInstanceOf(record.lost[0], OpencodeError);
    assertEquals([record.lost.length, record.seen], [1, ["server.connected"]]);
  });
});

test("a server that hangs up at once, again and again, is given up too", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const { hub, passing } = hubOf(server, { reconnectTimeout: 600 });
    await hub.subscribe(listener(record));
    server.answer = () =>
      new Response('data: {"id":"evt_1","type":"server.connected","properties":{}}\n\n', {
        headers: { "content-type": "text/event-stream" },
      });
    (await server.next()).end();
    await passing(() => record.lost.length > 0);
    assertInstanceOf(record.lost[0], APIConnectionError);
    assertStringIncludes(record.lost[0]!.message, "could not be opened again within 600 ms");
  });
});

test("401, 404 and a web page are not tried again", async () => {
  await servingEvents(async (server) => {
    const answers = [
      [() => new Response("", { status: 401 }), AuthenticationError],
      [() => Response.json({}, { status: 404 }), OpencodeError],
      [
        () => new Response("<p>", { headers: { "content-type": "text/html" } }),
        APIResponseValidationError,
      ],
    ] as const;
    for (const [answer, Kind] of answers) {
      let asked = 0;
      server.answer = () => {
        asked++;
        return answer();
      };
      const record = recorder();
      await assertRejects(() => clientOf(server).subscribe(listener(record)), Kind);
      assertEquals([asked, record.lost], [1, []], "who was never ready hears it from the promise");
    }
    server.answer = undefined;
    const record = recorder();
    const { hub, passing } = hubOf(server);
    await hub.subscribe(listener(record));
    server.answer = () => new Response("", { status: 401 });
    (await server.next()).cut();
    await passing(() => record.lost.length > 0);
    assertInstanceOf(record.lost[0], AuthenticationError);
  });
});

test("subscribe rejects within its bound where nothing answers", async () => {
  const client = new OpencodeClient({
    baseUrl: `http://127.0.0.1:${await freePort()}`,
    env: {},
    reconnectTimeout: 300,
  });
  const started = performance.now();
  await assertRejects(
    () => client.subscribe({ events: () => {} }),
    APIConnectionError,
    "nothing answers there",
  );
  assert(performance.now() - started < 10_000);
});

test("silence beyond the bound counts as a broken connection", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const { hub, clock, passing } = hubOf(server);
    const subscription = await hub.subscribe(listener(record));
    const first = await server.next();
    for (let i = 0; i < 5; i++) {
      clock.advance(29_000);
      first.send(event(`alive ${i}`));
      await until(() => record.seen.at(-1) === `alive ${i}`);
    }
    // A comment is a sign of life too; the event after it says that it was read.
    first.write(": alive\n\n");
    first.send(event("last"));
    await until(() => record.seen.at(-1) === "last");
    clock.advance(29_999);
    assertEquals(record.seen.at(-1), "last");
    await passing(() => record.seen.includes("GAP"), 1);
    await first.gone;
    subscription.close();
    await until(() => clock.pending === 0, "the end of every timer");
  });
});

test("a connection that brings no first event is given up after 8 s, and made again", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const asked: number[] = [];
    const { hub, clock, passing } = hubOf(server);
    server.answer = () => {
      asked.push(clock.now());
      if (asked.length > 1) return undefined;
      const headers = { "content-type": "text/event-stream" };
      return new Response(new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) }), {
        headers,
      });
    };
    const subscribing = hub.subscribe(listener(record));
    await passing(() => asked.length > 1);
    const waited = asked[1]! - asked[0]!;
    assert(waited >= 8_000 && waited < 12_000, `${waited} ms`);
    const subscription = await subscribing;
    assertEquals(record.lost, []);
    subscription.close();
  });
});

test("bounds of 0, Infinity and above what a timer holds are none", async () => {
  await servingEvents(async (server) => {
    for (const none of [0, Infinity, 2 ** 40]) {
      const record = recorder();
      server.answer = undefined;
      const { hub, clock, passing } = hubOf(server, {
        reconnectTimeout: none,
        silenceTimeout: none,
      });
      const subscription = await hub.subscribe(listener(record));
      clock.advance(1e9);
      server.connections.at(-1)!.send(event("still"));
      await until(() => record.seen.includes("still"));
      let asked = 0;
      server.answer = () => {
        asked++;
        return new Response("", { status: 503 });
      };
      server.connections.at(-1)!.cut();
      await passing(() => asked > 30, 10_000);
      server.answer = undefined;
      await passing(() => record.seen.includes("GAP"));
      assertEquals(record.lost, []);
      subscription.close();
    }
  });
});

test("a bound that is no number from 0 up is an error of the client's constructor", () => {
  for (const options of [{ reconnectTimeout: -1 }, { silenceTimeout: NaN }, { timeout: -5 }]) {
    const [name = ""] = Object.keys(options);
    assertThrows(
      () => new OpencodeClient({ baseUrl: "http://host", env: {}, ...options }),
      InvalidArgumentError,
      name,
    );
  }
});

test("a listener that throws loses its own place alone", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const [bad, good] = [recorder(), recorder()];
    const bug = new Error("bug");
    const badPlace = await client.subscribe({
      events: (batch) => {
        if (batch.some(({ type }) => type === "a")) throw bug;
      },
      lost: bad.onLost,
    });
    const goodPlace = await client.subscribe(listener(good));
    server.connections[0]!.send(event("a"));
    await until(() => good.seen.includes("a"));
    assertEquals([badPlace.closed, bad.lost[0]?.cause], [true, bug]);
    goodPlace.close();
  });
});

test("a listener that leaves in the middle of a batch hears no more", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const record = recorder();
    const places: Subscription[] = [];
    const first = await client.subscribe({ events: () => places[0]?.close() });
    places.push(await client.subscribe(listener(record)));
    server.connections[0]!.send(event("a"));
    await until(() => places[0]!.closed);
    assertEquals(record.seen, ["server.connected"]);
    first.close();
  });
});

test("a signal ends a subscription before and after it stands, and keeps no listener", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const reason = new Error("enough");
    const aborted = AbortSignal.abort(reason);
    const rejected = client.subscribe({ events: () => {} }, { signal: aborted });
    assertEquals(await rejected.catch((error) => error), reason);
    assertEquals(server.connections.length, 0);

    const early = countingSignal();
    const waiting = client.subscribe({ events: () => {} }, { signal: early.signal });
    early.abort(reason);
    assertEquals(await waiting.catch((error) => error), reason);
    assertEquals(early.listeners(), 0);

    const late = countingSignal();
    const subscription = await client.subscribe({ events: () => {} }, { signal: late.signal });
    assertEquals(late.listeners(), 1);
    late.abort();
    assert(subscription.closed);
    assertEquals(late.listeners(), 0);

    const closed = countingSignal();
    (await client.subscribe({ events: () => {} }, { signal: closed.signal })).close();
    assertEquals(closed.listeners(), 0);
    for (const connection of server.connections) await connection.gone;
  });
});

test("a stream whose data is not JSON is a broken connection", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const { hub, passing } = hubOf(server);
    const subscription = await hub.subscribe(listener(record));
    (await server.next()).write("data: {oops\n\n");
    await passing(() => record.seen.includes("GAP"));
    subscription.close();
  });
});

test("hundreds of listeners and thousands of events keep their order", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const counts = new Array<number>(200).fill(0);
    let wrong = 0;
    const places = await Promise.all(counts.map((_, index) =>
      client.subscribe({
        events(batch) {
          for (const event of batch) {
            if (event.type !== "n") continue;
            const { n } = event.properties as { n: number };
            if (n !== counts[index]!++) wrong++;
          }
        },
      })
    ));
    assertEquals(server.connections.length, 1);
    const { length } = places;
    for (let n = 0; n < 2000; n += 50) {
      server.connections[0]!.send(
        ...Array.from({ length: 50 }, (_, i) => event("n", { n: n + i })),
      );
    }
    await until(() => counts.every((count) => count === 2000));
    assertEquals([wrong, length], [0, 200]);
    for (const place of places) place.close();
  });
});
