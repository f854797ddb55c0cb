import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { queryString, segment, segments } from "../../src/http/url.ts";

test("segment keeps slashes, percent signs and unicode inside of one segment", () => {
  assertEquals(segment("id", "a/b"), "a%2Fb");
  assertEquals(segment("id", "50%"), "50%25");
  assertEquals(segment("id", "%2e%2e"), "%252e%252e");
  assertEquals(segment("id", "wörld 🎉"), "w%C3%B6rld%20%F0%9F%8E%89");
  assertEquals(segment("id", "..a"), "..a");
  assertEquals(segment("id", "a?b#c"), "a%3Fb%23c");
});

test("segment refuses what would change the path", () => {
  for (const value of ["", ".", "..", undefined, null, 3, {}, ["a"], "\ud800"]) {
    assertThrows(() => segment("id", value), InvalidArgumentError);
  }
});

test("segments keeps the slashes between segments and refuses dots", () => {
  assertEquals(segments("path", "src/a b.ts"), "src/a%20b.ts");
  assertEquals(segments("path", "/abs/x"), "/abs/x");
  for (const value of ["", "..", "a/../b", "./a", 1]) {
    assertThrows(() => segments("path", value), InvalidArgumentError);
  }
});

test("queryString leaves out what is not there and repeats arrays", () => {
  assertEquals(queryString({}), "");
  assertEquals(queryString({ a: undefined, b: null }), "");
  assertEquals(
    queryString({ a: "x&y", n: 0, f: false, l: [1, 2] }),
    "?a=x%26y&n=0&f=false&l=1&l=2",
  );
});
