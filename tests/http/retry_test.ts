import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import {
  APIConnectionError,
  APITimeoutError,
  ConflictError,
  NotFoundError,
} from "../../src/errors.ts";
import { InternalServerError, RateLimitError } from "../../src/errors.ts";
import { mayRepeat, repeatOf, retryDelay } from "../../src/http/retry.ts";

const status = (Kind: typeof NotFoundError, code: number) =>
  new Kind("x", { status: code, headers: new Headers(), body: undefined });
const refused = new APIConnectionError("x", {
  cause: new TypeError("fetch failed", {
    cause: Object.assign(new Error("connect"), { code: "ECONNREFUSED" }),
  }),
});
const reset = new APIConnectionError("x", { cause: new TypeError("connection closed") });
const timeout = new APITimeoutError("x", { timeout: 1 });

test("mayRepeat repeats safe requests after passing failures", () => {
  for (const error of [refused, reset, timeout, status(ConflictError, 409)]) {
    assert(mayRepeat("safe", error));
  }
  assert(mayRepeat("safe", status(RateLimitError, 429)));
  assert(mayRepeat("safe", status(InternalServerError, 503)));
  assert(!mayRepeat("safe", status(NotFoundError, 404)));
  assert(!mayRepeat("safe", new Error("bug")));
});

test("mayRepeat repeats others only where the server said no, or was not reached", () => {
  assert(mayRepeat("answered", status(InternalServerError, 500)));
  assert(mayRepeat("answered", refused));
  assert(!mayRepeat("answered", reset));
  assert(!mayRepeat("answered", timeout));
});

test("mayRepeat repeats model work only where the server was not reached", () => {
  assert(mayRepeat("unreached", refused));
  for (
    const error of [reset, timeout, status(InternalServerError, 503), status(RateLimitError, 429)]
  ) {
    assert(!mayRepeat("unreached", error));
  }
});

test("repeatOf takes GET, HEAD, PUT and DELETE as safe", () => {
  assertEquals(["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH"].map(repeatOf), [
    "safe",
    "safe",
    "safe",
    "safe",
    "answered",
    "answered",
  ]);
});

test("retryDelay reads retry-after-ms as milliseconds, before Retry-After as seconds or a date", () => {
  const of = (headers: Record<string, string>, now = 0) =>
    retryDelay(0, new Headers(headers), { now, random: () => 0 });
  assertEquals(of({ "retry-after-ms": "500" }), 500);
  assertEquals(of({ "retry-after-ms": "300", "retry-after": "9" }), 300);
  assertEquals(of({ "retry-after": "2" }), 2000);
  assertEquals(of({ "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT" }, 2000), 3000);
  assertEquals(of({ "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT" }, 9000), 500); // over
});

test("retryDelay backs off from 0.5 s to 8 s where nothing usable is asked for", () => {
  const random = () => 0;
  assertEquals([0, 1, 2, 3, 4, 9].map((n) => retryDelay(n, undefined, { random })), [
    500,
    1000,
    2000,
    4000,
    8000,
    8000,
  ]);
  assertEquals(retryDelay(0, new Headers({ "retry-after": "soon" }), { random }), 500);
  assertEquals(retryDelay(0, undefined, { random: () => 0.999999 })! >= 375, true);
});

test("retryDelay gives up where the server asks for more than a minute", () => {
  assertEquals(retryDelay(0, new Headers({ "retry-after": "61" })), undefined);
});

test("retryDelay ignores a wait that makes no sense, and falls back to its own", () => {
  const now = Date.parse("2026-01-01T00:00:00Z");
  const of = (name: string, value: string) =>
    retryDelay(0, new Headers({ [name]: value }), { random: () => 0, now });
  for (
    const value of [
      "-1",
      "NaN",
      "5, 10",
      "1e3",
      "Infinity",
      "0x10",
      "soon",
      "Mon, 01 Jan 2024 00:00:00 GMT",
    ]
  ) {
    assertEquals(of("retry-after", value), 500, value);
  }
  for (const value of ["-1", "NaN", "", "1e3"]) {
    assertEquals(of("retry-after-ms", value), 500, value);
  }
  assertEquals(of("retry-after", "9".repeat(400)), undefined);
  assertEquals(of("retry-after", "Fri, 01 Jan 2100 00:00:00 GMT"), undefined);
  assertEquals(of("retry-after", "0"), 0);
});
