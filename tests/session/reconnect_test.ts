import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { APIConnectionError, AuthenticationError } from "../../src/errors.ts";
import { encodeEvent } from "../../src/sse/encode.ts";
import { test } from "../harness.ts";
import { recording, storedTexts } from "./recordings.ts";
import { replaying, type Scene } from "./replay.ts";

async function read(turn: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of turn) text += piece;
  return text;
}

/** Cuts the connection after `sent` events and `bytes` of the next, and loses `lost` events. */
async function cutTurn(
  { replay, server, session }: Scene,
  { sent, bytes = 0, lost, clean }: { sent: number; bytes?: number; lost: number; clean: boolean },
): Promise<void> {
  const turn = session.stream("again");
  const text = read(turn);
  await replay.asked;
  const first = await server.stream(0);
  replay.send(first, sent);
  if (bytes > 0) first.write(replay.frame(sent).subarray(0, bytes));
  replay.at = Math.max(sent, Math.min(sent + lost, replay.of.events.length));
  if (clean) first.end();
  else first.cut();
  const stop = new AbortController();
  turn.settled.then(() => stop.abort()); // what was seen may have been enough
  const { signal } = stop;
  const second = await server.stream(1, { signal }).catch((error) => {
    if (!signal.aborted) throw error;
  });
  if (second) replay.send(second, replay.of.events.length);
  assertEquals(await text, storedTexts(replay.of).join("\n\n"), `cut after ${sent} and ${bytes}`);
  assertEquals((await turn.reply).outcome, "completed");
  assertEquals(replay.prompts, 1);
}

for (const name of ["plain", "tools", "retry", "subagent", "plan-exit", "compaction"] as const) {
  test(`Turn gives the stored text where the connection is cut after any event: ${name}`, async () => {
    const { events } = await recording(name);
    const cuts = events.map((_, sent) => ({ sent, lost: sent % 4, clean: sent % 2 === 0 }));
    for (let i = 0; i < cuts.length; i += 16) {
      await Promise.all(
        cuts.slice(i, i + 16).map((cut) => replaying(name, (scene) => cutTurn(scene, cut))),
      );
    }
  });
}

test("Turn gives the stored text where the connection is cut at any byte of a piece of text", async () => {
  const of = await recording("plain");
  const sent = of.events.findIndex(({ properties }) => JSON.stringify(properties).includes("👋"));
  const length = new TextEncoder().encode(encodeEvent({ data: JSON.stringify(of.events[sent]) }))
    .length;
  const cuts = Array.from(
    { length },
    (_, bytes) => ({ sent, bytes, lost: 1, clean: bytes % 2 > 0 }),
  );
  for (let i = 0; i < cuts.length; i += 32) {
    await Promise.all(
      cuts.slice(i, i + 32).map((cut) => replaying("plain", (scene) => cutTurn(scene, cut))),
    );
  }
});

test("Turn is not done where the event stream ends cleanly in mid-turn", async () => {
  await replaying("plain", async ({ replay, server, session }) => {
    const turn = session.stream("again");
    await replay.asked;
    const half = replay.of.events.findIndex(({ type }) => type === "message.part.delta") + 1;
    replay.send(await server.stream(0), half);
    server.streams[0]!.end();
    const second = await server.stream(1);
    let settled = false;
    turn.settled.then(() => settled = true);
    await new Promise((resolve) => setTimeout(resolve, 300));
    assertEquals(settled, false);
    replay.send(second, replay.of.events.length);
    assertEquals((await turn.reply).text, storedTexts(replay.of).join(""));
  });
});

test("Turn that missed its own end while the connection was down ends", async () => {
  await replaying("tools", async ({ replay, server, session }) => {
    const turn = session.stream("again");
    const text = read(turn);
    await replay.asked;
    replay.send(await server.stream(0), 20);
    server.streams[0]!.cut();
    replay.at = replay.of.events.length;
    assertEquals(await text, storedTexts(replay.of).join("\n\n"));
  });
});

test("Turn survives a connection that breaks again and again", async () => {
  await replaying("tools", async ({ replay, server, session }) => {
    const turn = session.stream("again");
    const text = read(turn);
    await replay.asked;
    for (let n = 0; replay.at < replay.of.events.length; n++) {
      const stream = await server.stream(n);
      replay.send(stream, Math.min(replay.at + 20, replay.of.events.length));
      replay.at = Math.min(replay.at + 3, replay.of.events.length);
      stream.cut();
    }
    assertEquals(await text, storedTexts(replay.of).join("\n\n"));
  });
});

test("Turn rejects with AuthenticationError where the server answers 401 in mid-turn", async () => {
  await replaying("plain", async ({ replay, server, session }) => {
    const turn = session.stream("again");
    await replay.asked;
    replay.send(await server.stream(0), 18);
    replay.refuse = 401;
    server.streams[0]!.cut();
    const began = Date.now();
    await assertRejects(() => turn.reply, AuthenticationError);
    assert(Date.now() - began < 15_000, `${Date.now() - began} ms`);
    assertEquals((await turn.settled).outcome, "error");
  });
});

test("Turn rejects with APIConnectionError where the server is gone, within reconnectTimeout", async () => {
  await replaying("plain", async ({ replay, server, session }) => {
    const turn = session.stream("again");
    await replay.asked;
    replay.send(await server.stream(0), 18);
    await turn[Symbol.asyncIterator]().next();
    const began = Date.now();
    await server.close();
    const error = await assertRejects(() => turn.reply, APIConnectionError);
    assertStringIncludes(error.message, "could not be opened again");
    assert(Date.now() - began < 15_000, `${Date.now() - began} ms`);
    assert((await turn.settled).text.length > 0);
  }, { reconnectTimeout: 1_500 });
});
