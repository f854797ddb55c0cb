/** The event connection of a client whose signal ends it stays open between listeners. */
import { assertEquals } from "@std/assert";
import { EventHub } from "../../src/client/hub.ts";
import { ManualClock } from "../clock.ts";
import { test } from "../harness.ts";
import { http } from "../http/serve.ts";
import { event, servingEvents, until } from "./events_server.ts";

test("a hub that a signal ends keeps its connection for 2 s for who comes next", async () => {
  await servingEvents(async (server) => {
    const life = new AbortController();
    const clock = new ManualClock();
    const source = () => Promise.resolve(http(server.baseUrl));
    const hub = new EventHub(source, { signal: life.signal }, clock);
    const seen: string[] = [];
    const come = () =>
      hub.subscribe({
        events: (batch) => void seen.push(...batch.map(({ type }) => type)),
        gap: () => void seen.push("GAP"),
        lost: () => void seen.push("LOST"),
      });
    (await come()).close();
    clock.advance(1_999);
    const second = await come();
    clock.advance(5_000); // it is in use
    server.connections[0]!.send(event("a"));
    await until(() => seen.includes("a"));
    second.close();
    clock.advance(2_000);
    await server.connections[0]!.gone;

    (await come()).close();
    server.connections[1]!.cut(); // nobody misses anything: it is not made again
    await until(() => clock.pending === 0);

    (await come()).close();
    life.abort();
    await server.connections[2]!.gone;
    await until(() => clock.pending === 0);
    assertEquals(server.connections.length, 3);
    const connected = "server.connected";
    assertEquals(seen, [connected, connected, "a", connected, connected]);
  });
});

test("who joins a connection that stayed open has the whole bound for its breaks", async () => {
  await servingEvents(async (server) => {
    const life = new AbortController();
    const clock = new ManualClock();
    const source = () => Promise.resolve(http(server.baseUrl));
    const hub = new EventHub(source, { signal: life.signal }, clock);
    const seen: string[] = [];
    const come = (name: string) =>
      hub.subscribe({
        events: () => {},
        gap: () => void seen.push(`${name} gap`),
        lost: () => void seen.push(`${name} lost`),
      });
    const passing = (count: number) =>
      until(() => {
        if (seen.length < count && clock.pending > 0) clock.advance(100);
        return seen.length >= count;
      });
    const first = await come("first");
    const failing = [silent()];
    server.answer = () => failing.pop();
    server.connections[0]!.cut();
    await passing(1); // it was down for more than 8 s
    first.close();
    const second = await come("second");
    failing.push(silent());
    server.connections[1]!.cut();
    await passing(2);
    assertEquals(seen, ["first gap", "second gap"]);
    second.close();
    life.abort();
  });
});

/** A stream of events without any. */
function silent(): Response {
  return new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } });
}
