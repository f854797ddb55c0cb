import { assert, assertEquals, assertRejects } from "@std/assert";
import { TurnTimeoutError } from "../../src/errors.ts";
import { until } from "../agent.ts";
import { ManualClock } from "../clock.ts";
import { test } from "../harness.ts";
import { storedTexts } from "./recordings.ts";
import { replaying, type Scene } from "./replay.ts";

const MINUTE = 60_000;

/** Lets time pass until the turn is settled: its end on the server is looked at more than once. */
async function letSettle(clock: ManualClock, settled: Promise<unknown>): Promise<void> {
  let over = false;
  settled.then(() => over = true);
  await until(() => {
    if (!over) clock.advance(100);
    return over;
  }, "the turn is settled");
}

/** Sends the recording up to an event, and waits until the turn has taken it. */
async function sendUpTo({ replay, server }: Scene, to: number, seen: () => number): Promise<void> {
  const before = seen();
  const stream = await server.stream(0);
  replay.send(stream, to);
  await until(() => seen() > before, "the events are taken");
}

/** Where the recorded `tools` turn stands when its first tool runs. */
function firstToolRuns({ replay }: Scene): number {
  return replay.of.events.findIndex(({ properties }) =>
    JSON.stringify(properties).includes('"status":"running"')
  ) + 1;
}

test("a turn of ten minutes ends well where something comes in time, again and again", async () => {
  const clock = new ManualClock();
  await replaying("tools", async (scene) => {
    const { replay, server, session } = scene;
    const began = clock.now();
    const turn = session.stream("go");
    let text = "";
    const done = (async () => {
      for await (const piece of turn) text += piece;
    })();
    await replay.asked;
    const stream = await server.stream(0);
    const { length } = replay.of.events;
    for (let n = 0; n < 10; n++) {
      replay.send(stream, Math.floor(length * n / 10));
      // a slice may hold nothing that the caller sees; idleTimeout is five times as long as this
      await new Promise((resolve) => setTimeout(resolve, 200));
      clock.advance(MINUTE + 1);
    }
    replay.send(stream, length);
    await done;
    assertEquals(text, storedTexts(replay.of).join("\n\n"));
    assert(clock.now() - began > 10 * MINUTE);
    assert(server.requests.some(({ path }) => path.startsWith("/session/status")), "it polls");
    assertEquals(clock.pending, 0);
  }, { clock });
});

test("a turn ends after idleTimeout without an event of its own; heartbeats are none", async () => {
  const clock = new ManualClock();
  await replaying("plain", async (scene) => {
    const { replay, server, session } = scene;
    const turn = session.stream("go", { collect: true });
    let seen = 0;
    const reading = (async () => {
      for await (const _ of turn.events) seen++;
    })();
    await replay.asked;
    const half = replay.of.events.findIndex(({ type }) => type === "message.part.delta") + 1;
    await sendUpTo(scene, half, () => seen);
    clock.advance(299_000);
    server.send({ id: "evt_h", type: "server.heartbeat", properties: {} });
    await new Promise((resolve) => setTimeout(resolve, 100));
    let settled = false;
    turn.settled.then(() => settled = true);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(settled, false);
    clock.advance(1_000);
    await letSettle(clock, turn.settled);
    const error = await assertRejects(
      () => turn.reply,
      TurnTimeoutError,
      "300000 ms (idleTimeout)",
    );
    assertEquals(error.text, "Hello");
    await reading;
    assertEquals(clock.pending, 0);
  }, { clock });
});

test("a tool that runs counts as life, up to the timeout of the whole turn", async () => {
  const clock = new ManualClock();
  await replaying("tools", async (scene) => {
    const { replay, session } = scene;
    const turn = session.stream("go");
    let running = 0;
    const reading = (async () => {
      for await (const event of turn.events) {
        if (event.type === "tool" && event.status === "running") running++;
      }
    })();
    await replay.asked;
    await sendUpTo(scene, firstToolRuns(scene), () => running);
    let settled = false;
    turn.settled.then(() => settled = true);
    clock.advance(59 * MINUTE);
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(settled, false);
    clock.advance(MINUTE);
    await letSettle(clock, turn.settled);
    await assertRejects(() => turn.reply, TurnTimeoutError, "3600000 ms (timeout)");
    await reading;
    assertEquals(clock.pending, 0);
  }, { clock });
});
