import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { resolveHttp } from "../../src/http/options.ts";

test("resolveHttp fills the gaps without changing the caller's object", () => {
  const options = Object.freeze({ baseUrl: "http://127.0.0.1:4096/" });
  const resolved = resolveHttp(options);
  assertEquals(resolved.baseUrl, "http://127.0.0.1:4096");
  assertEquals(resolved.timeout, 300_000);
  assertEquals(resolved.maxRetries, 2);
  assertEquals(resolved.password, undefined);
  assertEquals(resolved.logLevel, "off");
});

test("resolveHttp takes credentials from options, then the address, then the environment", () => {
  const env = { OPENCODE_SERVER_USERNAME: "env", OPENCODE_SERVER_PASSWORD: "env-pw" };
  const of = (options: Parameters<typeof resolveHttp>[0]) => {
    const { username, password, baseUrl } = resolveHttp(options);
    return [username, password, baseUrl];
  };
  const url = "http://us%40er:p%3Aw@host:1/base/";
  assertEquals(of({ baseUrl: url, env }), ["us@er", "p:w", "http://host:1/base"]);
  assertEquals(of({ baseUrl: url, env, username: "a", password: "b" }), [
    "a",
    "b",
    "http://host:1/base",
  ]);
  assertEquals(of({ baseUrl: "http://host:1", env }), ["env", "env-pw", "http://host:1"]);
  assertEquals(of({ baseUrl: "http://host:1" }), ["opencode", undefined, "http://host:1"]);
  const empty = { OPENCODE_SERVER_USERNAME: "", OPENCODE_SERVER_PASSWORD: "" };
  assertEquals(of({ baseUrl: "http://host:1", env: empty }), [
    "opencode",
    undefined,
    "http://host:1",
  ]);
});

test("resolveHttp refuses what can't be used, and repeats no password", () => {
  for (const baseUrl of ["", "nope", "ftp://host", "http://user:secret@"]) {
    const error = assertThrows(() => resolveHttp({ baseUrl }), InvalidArgumentError);
    assertEquals(error.message.includes("secret"), false);
  }
  const baseUrl = "http://host";
  assertThrows(() => resolveHttp({ baseUrl, timeout: -1 }), InvalidArgumentError, "timeout");
  assertThrows(() => resolveHttp({ baseUrl, maxRetries: NaN }), InvalidArgumentError, "maxRetries");
});

test("resolveHttp takes the log's level from options, the environment, or a logger", () => {
  const baseUrl = "http://host";
  const logger = console;
  assertEquals(resolveHttp({ baseUrl, logger }).logLevel, "info");
  assertEquals(resolveHttp({ baseUrl, logger, env: { OPENCODE_LOG: "debug" } }).logLevel, "debug");
  assertEquals(resolveHttp({ baseUrl, logger, env: { OPENCODE_LOG: "loud" } }).logLevel, "info");
  const both = { baseUrl, logger, logLevel: "error", env: { OPENCODE_LOG: "debug" } } as const;
  assertEquals(resolveHttp(both).logLevel, "error");
});

test("resolveHttp says what is wrong with an address, and repeats no part of it", () => {
  const of = (baseUrl: string, words: string) => {
    const error = assertThrows(() => resolveHttp({ baseUrl }), InvalidArgumentError, words);
    assertEquals(/hunter2/.test(`${error.message} ${error.cause}`), false);
  };
  of("http://u:%zzhunter2@host", "the password in it is not percent-encoded");
  of("http://%zz:hunter2@host", "the user name in it is not percent-encoded");
  of("http://host/?auth_token=hunter2", "query");
  of("http://host/#hunter2", "fragment");
  of("http://a%3Ab:hunter2@host", "colon");
});
