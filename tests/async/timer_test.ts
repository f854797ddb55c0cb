import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { linkSignals } from "../../src/async/abort.ts";
import { checkBound, isBound, MAX_TIMER, startTimer } from "../../src/async/timer.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { ManualClock } from "../clock.ts";

test("startTimer calls back once, at its time, and not after it is cancelled", () => {
  const clock = new ManualClock();
  const called: string[] = [];
  startTimer(100, () => called.push("a"), clock);
  const cancel = startTimer(100, () => called.push("b"), clock);
  cancel();
  cancel();
  clock.advance(99);
  assertEquals(called, []);
  clock.advance(1);
  clock.advance(1000);
  assertEquals(called, ["a"]);
  assertEquals(clock.pending, 0);
});

test("startTimer sets no timer for 0, Infinity, undefined and what no timer can hold", () => {
  const clock = new ManualClock();
  for (const ms of [0, Infinity, undefined, MAX_TIMER + 1, 1e300, NaN, -1]) {
    assertEquals(isBound(ms), false, String(ms));
    startTimer(ms, () => {}, clock)();
    assertEquals(clock.pending, 0);
  }
  assertEquals(isBound(MAX_TIMER), true);
});

test("linkSignals never times out with a timeout that no timer can hold", async () => {
  for (const timeout of [0, Infinity, MAX_TIMER + 1]) {
    const link = linkSignals([], { timeout });
    await new Promise((resolve) => setTimeout(resolve, 5)); // setTimeout alone would have fired
    assertEquals(link.signal.aborted, false);
    link.dispose();
  }
});

test("checkBound takes numbers from 0 up, and names the option otherwise", () => {
  assertEquals(checkBound("timeout", undefined, 5), 5);
  assertEquals(checkBound("timeout", Infinity), Infinity);
  for (const value of [NaN, -1, "5" as unknown as number]) {
    assertThrows(() => checkBound("idleTimeout", value), InvalidArgumentError, "idleTimeout");
  }
});
