import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { matches } from "../../src/schema/pattern.ts";

test("matches tells what fits when the pattern is a plain one", () => {
  const table: [string, string, boolean][] = [
    ["^ses", "ses_1", true],
    ["^ses", "xses", false],
    ["^#[0-9a-fA-F]{6}$", "#12abEF", true],
    ["^#[0-9a-fA-F]{6}$", "#12abE", false],
    ["^\\d{4}-\\d{2}-\\d{2}$", "2026-01-31", true],
    ["^[a-z0-9]+(-[a-z0-9]+)*$", "a-b-c", true],
    ["^[^@\\s]+@[^@\\s]+$", "a@b.example", true],
    ["^[^@\\s]+@[^@\\s]+$", "a b@c", false],
    ["^(a|b)?c$", "bc", true],
    ["^\\p{L}+$", "Größe", true],
    ["^[\\w-.]+$", "a-b", true],
    ["^a{x}$", "a{x}", true],
    ["^(?!\\s*$).+", "a", true],
    ["^(?!\\s*$).+", "  ", false],
    ["^(?=.*\\d)(?=.*[A-Z)])(?!.*[|])[^ ]{4,}$", "Abc1", true],
    ["^(?=.*\\d)(?=.*[A-Z)])(?!.*[|])[^ ]{4,}$", "abc1", false],
    ["^(?=.*\\d)(?=.*[A-Z)])(?!.*[|])[^ ]{4,}$", "Abc|1", false],
    ["^(?!(a|b)c)..$", "bc", false],
    ["^(?!a|b)", "c", true],
    ["^(?!a|b)", "b", false],
  ];
  for (const [pattern, text, expected] of table) {
    assertEquals(matches(pattern, text), expected, `${pattern} on ${text}`);
  }
});

test("matches can't tell when the pattern is no pattern", () => {
  assertEquals(matches("(", "a"), undefined);
  assertEquals(matches("[z-a]", "a"), undefined);
  for (const pattern of ["(a)\\1", "a(?=b)", "^(?=a)b|c", "^(?=a)?b", "^(?=a(?!b)).", "^(?=a"]) {
    assertEquals(matches(pattern, "ab"), undefined, pattern);
  }
});

test("matches ends soon when a pattern would take for ever", () => {
  const text = "a".repeat(50_000) + "!";
  const evil = [
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "(a*)*b",
    "^((a+)b?)*$",
    "^(\\w+\\s?)*$",
    "^(a?){50}a{50}$",
    "a*a*a*a*b",
    ".*.*=.*",
    "^" + "a?".repeat(40) + "a".repeat(40) + "$",
    "^(?:a|a|b)+$",
    "(a+){3}b",
    "(.*)\\1{2}b",
    "^(?=(a+)+b)c",
    "^(a{1,30}){1,30}$",
    "[a(]*(a*[)])*b",
  ];
  for (const pattern of evil) {
    for (const length of [25, 60, 1000, 50_001]) {
      const start = performance.now();
      matches(pattern, text.slice(-length));
      const took = performance.now() - start;
      assert(took < 15_000, `${pattern} on ${length} characters took ${took} ms`);
    }
  }
});

test("matches runs a long text when the pattern is linear", () => {
  assertEquals(matches("^[a-z]+$", "a".repeat(1_000_000)), true);
  assertEquals(matches("^[a-z]+$", "a".repeat(1_000_000) + "!"), false);
  assertEquals(matches("^ses", "x".repeat(10_000_000)), false);
});
