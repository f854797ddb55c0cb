import { assertEquals, assertThrows } from "@std/assert";
import { compileLinePattern } from "../../src/tools/search/line_pattern.ts";
import { ToolFault } from "../../src/tools/types.ts";
import { test } from "../harness.ts";

test("compileLinePattern refuses what could take for ever", () => {
  const evil = [
    "(a+)+",
    "(a*)*b",
    "([a-z]+)*x",
    "(?:\\w+\\s?)+$",
    "((a+))+",
    "(\\w|\\d)*x",
    "(.|a)+b",
    "([ab]|[bc])*d",
    "(a{1,}){2,}",
  ];
  for (const pattern of evil) {
    assertThrows(() => compileLinePattern(pattern), ToolFault, "for ever", pattern);
  }
});

test("compileLinePattern takes what people write", () => {
  const fine = [
    "(foo|bar)+",
    "(if|in)*",
    "(?:\\w+\\.)*\\w+",
    '"(?:[^"\\\\]|\\\\.)*"',
    "(\\s|,)+",
    "(\\s|\\S)*",
    "(.|\\n)*",
    "^\\s*(export )?(async )?function\\s+\\w+",
    "(a|b|c)+d",
    "[\\w.+-]+@[\\w-]+\\.\\w+",
    "(,\\s*\\w+)*",
    "(?i)todo|fixme",
  ];
  for (const pattern of fine) compileLinePattern(pattern);
});

test("compileLinePattern says which texts a line must hold", () => {
  const cases: [string, string[] | undefined][] = [
    ["needle", ["needle"]],
    ["a.needle.b", ["needle"]],
    ["foo|barn", ["foo", "barn"]],
    ["foo|", undefined],
    ["(foo|barn)x?", ["foo", "barn"]],
    ["(foo)?bar", ["bar"]],
    ["ab+cd", ["ab"]],
    ["ab*cde", ["cde"]],
    ["a{0,2}bc", ["bc"]],
    ["\\bword\\b", ["word"]],
    ["(?!no)yes", ["yes"]],
    ["\\d+", undefined],
    [".*", undefined],
    ["a\\.b", ["a.b"]],
  ];
  for (const [pattern, texts] of cases) {
    assertEquals(compileLinePattern(pattern).texts, texts, pattern);
  }
  assertEquals(compileLinePattern("straße", { ignoreCase: true }).texts, ["stra"]);
  assertEquals(compileLinePattern("a.b*", { literal: true }).search, { text: "a.b*" });
});
