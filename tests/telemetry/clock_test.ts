import { assert, assertEquals } from "@std/assert";
import { ServerClock } from "../../src/telemetry/clock.ts";
import { test } from "../harness.ts";

test("ServerClock takes the server's times as they are where they can be", () => {
  const clock = new ServerClock();
  const start = Date.now();
  clock.take({ id: "a", start });
  assertEquals(clock.startOf("a"), start);
  assert(clock.endOf("a") >= start, "one that runs ends now");
  assert(clock.startOf("unknown") >= start);
});

test("ServerClock moves the times of another machine's clock, and keeps their distance", () => {
  for (const skew of [-3_600_000, 3_600_000]) {
    const clock = new ServerClock();
    const heard = Date.now();
    const first = clock.when(heard + skew);
    assert(first >= heard && first <= Date.now());
    // nothing was before the turn, nothing ends in the future
    assert(clock.when(heard + skew - 60_000) >= heard - 1000);
    assert(clock.when(heard + skew + 60_000) <= Date.now());
  }
});
