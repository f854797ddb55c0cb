import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { LineSplitter, LogBuffer } from "../../src/process/logs.ts";
import { withLoopback } from "../../src/runtime/loopback.ts";

test("LineSplitter gives whole lines when they come in pieces", () => {
  const text = "one\r\ntwo ü\n\nlast";
  const bytes = new TextEncoder().encode(text);
  for (let cut = 0; cut <= bytes.length; cut++) {
    const lines: string[] = [];
    const splitter = new LineSplitter((line) => lines.push(line));
    splitter.feed(bytes.subarray(0, cut));
    splitter.feed(bytes.subarray(cut));
    splitter.end();
    splitter.end();
    assertEquals(lines, ["one", "two ü", "", "last"]);
  }
});

test("LineSplitter holds no more than a line when there is no line end", () => {
  const lines: string[] = [];
  const splitter = new LineSplitter((line) => lines.push(line));
  for (let i = 0; i < 100; i++) splitter.feed(new Uint8Array(10_000).fill(97));
  splitter.end();
  assertEquals(lines.length, 1);
  assert(lines[0]!.length <= 16 * 1024);
});

test("LogBuffer keeps the last lines within its bound", () => {
  const logs = new LogBuffer();
  for (let i = 0; i < 10_000; i++) logs.push(`${i} `.padEnd(100, "."));
  const lines = logs.lines();
  assert(lines.join("\n").length <= 256 * 1024);
  assert(lines.at(-1)!.startsWith("9999 "));
  logs.push("\x1b[91m\x1b[1mError: \x1b[0mred");
  logs.push("");
  assertEquals(logs.tail(2), ["Error: red"]);
});

test("withLoopback adds this machine's addresses once", () => {
  assertEquals(withLoopback(undefined), "127.0.0.1,localhost,::1");
  assertEquals(withLoopback("a.test, 127.0.0.1"), "a.test,127.0.0.1,localhost,::1");
  assertEquals(withLoopback("a.test,*"), "*");
});
