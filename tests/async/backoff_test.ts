import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { backoff } from "../../src/async/backoff.ts";

test("backoff doubles from base to max when chance takes nothing", () => {
  const waits = [0, 1, 2, 3, 4, 5, 5000].map((attempt) => backoff(attempt, { random: () => 0 }));
  assertEquals(waits, [500, 1000, 2000, 4000, 8000, 8000, 8000]);
  assertEquals(backoff(2, { base: 10, max: 30, random: () => 0 }), 30);
  assertEquals(backoff(-1, { random: () => 0 }), 500);
});

test("backoff loses up to a quarter by chance", () => {
  assertEquals(backoff(0, { random: () => 0.5 }), 437.5);
  for (let i = 0; i < 100; i++) {
    const wait = backoff(3);
    assert(wait > 3000 && wait <= 4000, String(wait));
  }
});
