import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { test } from "../harness.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import type { ClientOptions, ServerEvent, Subscription } from "../../src/client/mod.ts";
import {
  APIConnectionError,
  APIResponseValidationError,
  AuthenticationError,
} from "../../src/errors.ts";
import { OpencodeError } from "../../src/errors.ts";
import { countingSignal, freePort } from "../http/serve.ts";
import { event, type EventServer, servingEvents, until } from "./events_server.ts";

const clientOf = (server: EventServer, options: Partial<ClientOptions> = {}) =>
  new OpencodeClient({ baseUrl: server.baseUrl, env: {}, ...options });

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
    const subscription = await clientOf(server).subscribe(listener(record));
    for (const how of ["cut", "end"] as const) {
      const connection = await server.next();
      connection.send(event(`before ${how}`));
      await until(() => record.seen.includes(`before ${how}`));
      connection[how]();
      await until(() => record.seen.at(-1) === "server.connected");
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
    await clientOf(server, { reconnectTimeout: 500 }).subscribe(listener(record));
    server.answer = () => new Response("{}", { status: 503 });
    const started = performance.now();
    (await server.next()).cut();
    await until(() => record.lost.length > 0);
    assert(performance.now() - started < 3000);
    assertInstanceOf(record.lost[0], OpencodeError);
    assertEquals([record.lost.length, record.seen], [1, ["server.connected"]]);
  });
});

test("a server that hangs up at once, again and again, is given up too", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    await clientOf(server, { reconnectTimeout: 600 }).subscribe(listener(record));
    server.answer = () =>
      new Response('data: {"id":"evt_1","type":"server.connected","properties":{}}\n\n', {
        headers: { "content-type": "text/event-stream" },
      });
    (await server.next()).end();
    await until(() => record.lost.length > 0);
    assertInstanceOf(record.lost[0], APIConnectionError);
    assertStringIncludes(record.lost[0]!.message, "given up after 600 ms");
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
    await clientOf(server).subscribe(listener(record));
    server.answer = () => new Response("", { status: 401 });
    (await server.next()).cut();
    await until(() => record.lost.length > 0);
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
  assert(performance.now() - started < 3000);
});

test("silence beyond the bound counts as a broken connection", async () => {
  await servingEvents(async (server) => {
    const record = recorder();
    const client = clientOf(server, { silenceTimeout: 150 });
    const subscription = await client.subscribe(listener(record));
    const first = await server.next();
    // Alive while something comes, if only a comment.
    for (let i = 0; i < 5; i++) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      first.write(": alive\n\n");
    }
    assertEquals(record.seen, ["server.connected"]);
    await until(() => record.seen.includes("GAP"));
    await first.gone;
    subscription.close();
  });
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
    const subscription = await clientOf(server).subscribe(listener(record));
    (await server.next()).write("data: {oops\n\n");
    await until(() => record.seen.includes("GAP"));
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
