import { assert, assertEquals, assertInstanceOf, assertRejects, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { isEvent, OpencodeClient, parseEvent } from "../../src/client/mod.ts";
import type { AsyncEvents, ClientOptions, ServerEvent } from "../../src/client/mod.ts";
import {
  APIConnectionError,
  APIResponseValidationError,
  AuthenticationError,
} from "../../src/errors.ts";
import { countingSignal } from "../http/serve.ts";
import { event, type EventServer, servingEvents, until } from "./events_server.ts";

const clientOf = (server: EventServer, options: Partial<ClientOptions> = {}) =>
  new OpencodeClient({ baseUrl: server.baseUrl, env: {}, ...options });
const next = async (events: AsyncEvents<ServerEvent>) => (await events.next()).value?.type;

test("events yields what comes, and leaving the loop ends the connection", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const seen: string[] = [];
    void server.next().then((connection) => connection.send(event("a"), event("b"), event("c")));
    for await (const { type } of client.events()) {
      seen.push(type);
      if (type === "b") break;
    }
    assertEquals(seen, ["server.connected", "a", "b"]);
    await server.connections[0]!.gone;
  });
});

test("events connects with the first next, and shares the connection", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const [one, two] = [client.events(), client.events()];
    assertEquals(server.connections.length, 0);
    assertEquals(await next(one), "server.connected");
    assertEquals(await next(two), "server.connected", "although the connection stood before");
    server.connections[0]!.send(event("a"));
    assertEquals([await next(one), await next(two)], ["a", "a"]);
    assertEquals(server.connections.length, 1);
    one.close();
    server.connections[0]!.send(event("b"));
    assertEquals(await next(two), "b");
    assertEquals(await one.next(), { value: undefined, done: true });
    await two.return();
    await server.connections[0]!.gone;
  });
});

test("events tells of a gap and goes on", async () => {
  await servingEvents(async (server) => {
    let gaps = 0;
    const events = clientOf(server).events({ onGap: () => gaps++ });
    assertEquals(await next(events), "server.connected");
    server.connections[0]!.cut();
    assertEquals([await next(events), gaps], ["server.connected", 1]);
    events.close();
  });
});

test("events throws where the connection is refused, and ends there", async () => {
  await servingEvents(async (server) => {
    server.answer = () => new Response("", { status: 401 });
    const events = clientOf(server).events();
    await assertRejects(() => events.next(), AuthenticationError);
    assertEquals((await events.next()).done, true);
  });
});

test("events throws where the connection is lost", async () => {
  await servingEvents(async (server) => {
    const events = clientOf(server, { reconnectTimeout: 200 }).events();
    await events.next();
    server.answer = () => Response.json({}, { status: 500 });
    server.connections[0]!.cut();
    assert(await events.next().catch((error) => error) instanceof Error);
  });
});

test("a signal ends events with its reason, and keeps no listener", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const reason = new Error("enough");
    const { signal, abort, listeners } = countingSignal();
    const events = client.events({ signal });
    assertEquals(await next(events), "server.connected");
    const waiting = events.next().catch((error) => error);
    abort(reason);
    assertEquals(await waiting, reason);
    assertEquals(listeners(), 0);
    await server.connections[0]!.gone;

    const left = countingSignal();
    for await (const _ of client.events({ signal: left.signal })) break;
    assertEquals(left.listeners(), 0);

    const before = client.events({ signal: AbortSignal.abort(reason) });
    assertEquals(await before.next().catch((error) => error), reason);
  });
});

test("closing events while it connects ends the wait", async () => {
  await servingEvents(async (server) => {
    const events = clientOf(server).events();
    const waiting = events.next();
    events.close();
    assertEquals((await waiting).done, true);
    for (const connection of server.connections) await connection.gone;
  });
});

test("event.subscribe is a connection of its own that is not made again", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const { signal, listeners } = countingSignal();
    const events = await client.event.subscribe({}, { signal });
    assertEquals(await next(events), "server.connected");
    server.connections[0]!.send(event("a"), event("b"));
    assertEquals([await next(events), await next(events)], ["a", "b"]);
    server.connections[0]!.end();
    assertEquals((await events.next()).done, true);
    assertEquals(listeners(), 0);

    const cut = await client.event.subscribe();
    await cut.next();
    server.connections[1]!.cut();
    assertInstanceOf(await cut.next().catch((error) => error), APIConnectionError);

    const left = await client.event.subscribe({}, { signal });
    for await (const _ of left) break;
    await server.connections[2]!.gone;
    assertEquals(listeners(), 0);
    assertEquals(server.connections.length, 3);
  });
});

test("event.subscribe refuses what is no event stream", async () => {
  await servingEvents(async (server) => {
    server.answer = () => new Response("<p>", { headers: { "content-type": "text/html" } });
    await assertRejects(
      () => clientOf(server).event.subscribe(),
      APIResponseValidationError,
      "text/html",
    );
  });
});

test("parseEvent reads one event, and isEvent narrows it", () => {
  const read = parseEvent(
    '{"id":"evt_1","type":"session.idle","properties":{"sessionID":"ses_1"}}',
  );
  assert(isEvent(read, "session.idle"));
  const id: string = read.properties.sessionID;
  assertEquals(id, "ses_1");
  const unknown = parseEvent('{"id":"evt_1","type":"brand.new","properties":{"x":1}}');
  assertEquals([unknown.type, isEvent(unknown, "session.idle")], ["brand.new", false]);
  for (const text of ["", "{", "null", "5", "{}", '{"type":1}']) {
    assertThrows(() => parseEvent(text), APIResponseValidationError);
  }
});

test("waiting events are not lost when the reader is slow", async () => {
  await servingEvents(async (server) => {
    const events = clientOf(server).events();
    await events.next();
    const total = 5000;
    for (let n = 0; n < total; n += 100) {
      server.connections[0]!.send(
        ...Array.from({ length: 100 }, (_, i) => event("n", { n: n + i })),
      );
    }
    await until(() => true);
    for (let n = 0; n < total; n++) {
      const { value } = await events.next();
      assertEquals((value!.properties as { n: number }).n, n);
    }
    await events.return();
  });
});

test("disposing ends events and subscriptions", async () => {
  await servingEvents(async (server) => {
    const client = clientOf(server);
    const events = client.events();
    assertEquals(await next(events), "server.connected");
    const own = await client.event.subscribe();
    assertEquals(await next(own), "server.connected");
    const subscription = await client.subscribe({ events() {} });
    assertEquals(server.connections.length, 2);
    // What `await using` calls; Node 20 can't read the words.
    for (const held of [subscription, own, events]) await held[Symbol.asyncDispose]();
    assert(subscription.closed);
    for (const connection of server.connections) await connection.gone;
  });
});
