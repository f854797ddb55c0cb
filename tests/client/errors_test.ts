import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import * as errors from "../../src/errors.ts";
import type { OpencodeErrorCode } from "../../src/errors.ts";

test("every error has a name and a code of its own, and the base in its chain", () => {
  const options = { status: 400, headers: new Headers(), body: undefined, flag: "", timeout: 1 };
  const codes = new Set<OpencodeErrorCode>();
  for (const [name, Kind] of Object.entries(errors)) {
    const Any = Kind as unknown as new (message: string, options: object) => errors.OpencodeError;
    const error = new Any("message", options);
    assert(error instanceof errors.OpencodeError);
    assertEquals([error.name, error.message], [name, "message"]);
    assert(error.stack?.startsWith(`${name}: message`), error.stack);
    assertEquals(Object.keys(error).includes("code"), true);
    assert(!codes.has(error.code), `${name} shares its code ${error.code}`);
    codes.add(error.code);
  }
  // @ts-expect-error a code that no error has
  assert(!codes.has("something_else"));
  assert(codes.size > 25);
});

test("a class of the caller's own keeps the code of its base, or sets one", () => {
  class Mine extends errors.NotFoundError {}
  class Other extends errors.OpencodeError {
    override readonly code = "conflict";
  }
  const mine = new Mine("message", { status: 404, headers: new Headers(), body: undefined });
  assertEquals([mine.code, mine.name, new Other("message").code], [
    "not_found",
    "NotFoundError",
    "conflict",
  ]);
});

test("ServerConfigError says where and why", () => {
  const error = new errors.ServerConfigError("The server refuses its configuration", {
    path: "/home/a/opencode.json",
    line: 3,
    reason: "Expected a string",
  });
  assertEquals([error.path, error.line, error.reason, error.logs], [
    "/home/a/opencode.json",
    3,
    "Expected a string",
    [],
  ]);
});
