import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { createParser, type EventMeta, type ParserOptions } from "../../src/sse/parser.ts";
import { APIResponseValidationError } from "../../src/errors.ts";
import { type Fixture, fixtures } from "./fixtures.ts";

type Seen = { data: string } & EventMeta;

const bytesOf = (stream: string | Uint8Array) =>
  typeof stream === "string" ? new TextEncoder().encode(stream) : stream;

function parse(
  chunks: Iterable<Uint8Array | string>,
  options: Partial<ParserOptions> = {},
): Seen[] {
  const seen: Seen[] = [];
  const parser = createParser({
    onEvent: (data, meta) => seen.push({ data, ...meta }),
    ...options,
  });
  for (const chunk of chunks) parser.feed(chunk);
  return seen;
}

function* cutAt(bytes: Uint8Array, ...points: number[]): Generator<Uint8Array> {
  let from = 0;
  for (const point of [...points, bytes.length]) {
    yield bytes.slice(from, point);
    from = point;
  }
}

function same(fixture: Fixture, chunks: Iterable<Uint8Array | string>, how: string): void {
  assertEquals(parse(chunks), fixture.events, `${fixture.name}, ${how}`);
}

test("createParser gives the events of every fixture when it comes whole", () => {
  for (const fixture of fixtures) {
    same(fixture, [bytesOf(fixture.stream)], "bytes");
    if (typeof fixture.stream === "string") same(fixture, [fixture.stream], "text");
  }
});

test("createParser gives the events of every fixture when it comes byte by byte", () => {
  for (const fixture of fixtures) {
    const bytes = bytesOf(fixture.stream);
    same(fixture, Array.from(bytes, (byte) => Uint8Array.of(byte)), "byte by byte");
    if (typeof fixture.stream === "string") same(fixture, fixture.stream.split(""), "unit by unit");
  }
});

test("createParser gives the events of every fixture when it is cut at any one point", () => {
  for (const fixture of fixtures) {
    const bytes = bytesOf(fixture.stream);
    for (let at = 0; at <= bytes.length; at++) same(fixture, cutAt(bytes, at), `cut at ${at}`);
  }
});

test("createParser gives the events of every fixture when it is cut at any two points", () => {
  for (const fixture of fixtures) {
    const bytes = bytesOf(fixture.stream);
    for (let a = 0; a <= bytes.length; a++) {
      for (let b = a; b <= bytes.length; b += 3) {
        same(fixture, cutAt(bytes, a, b), `cut at ${a}, ${b}`);
      }
    }
  }
});

test("createParser gives the same events when one buffer is used for every chunk", () => {
  for (const fixture of fixtures) {
    const bytes = bytesOf(fixture.stream);
    const seen: Seen[] = [];
    const parser = createParser({ onEvent: (data, meta) => seen.push({ data, ...meta }) });
    const buffer = new Uint8Array(3);
    for (let at = 0; at < bytes.length; at += 3) {
      const piece = bytes.subarray(at, at + 3);
      buffer.set(piece);
      parser.feed(buffer.subarray(0, piece.length));
      buffer.fill(0x21);
    }
    assertEquals(seen, fixture.events, fixture.name);
  }
});

test("createParser takes text after bytes when a character was cut", () => {
  assertEquals(parse([Uint8Array.of(100, 97, 116, 97, 58, 0xe2, 0x82), "x\n\n"]), [{
    data: "\ufffdx",
  }]);
});

test("createParser calls onComment when a line begins with a colon", () => {
  const comments: string[] = [];
  parse([": a\n:b\r\n:", "\n\n"], { onComment: (text) => comments.push(text) });
  assertEquals(comments, [" a", "b", ""]);
});

test("createParser hands on each event before the next chunk when it is complete", () => {
  const seen: string[] = [];
  const parser = createParser({ onEvent: (data) => seen.push(data) });
  for (const chunk of ["data: a\r\n\r", "\ndata: b\r\r", "data: c\n\ndata"]) {
    parser.feed(chunk);
    seen.push("|");
  }
  assertEquals(seen, ["a", "|", "b", "|", "c", "|"]);
});

test("createParser forgets the unfinished event and keeps the id when reset", () => {
  const seen: Seen[] = [];
  const parser = createParser({ onEvent: (data, meta) => seen.push({ data, ...meta }) });
  parser.feed("id: 4\ndata: a\n\nevent: x\ndata: b\ndata: c");
  parser.feed(Uint8Array.of(0xe2, 0x82));
  parser.reset();
  parser.feed("\ufeffdata: d\n\n");
  assertEquals(seen, [{ data: "a", id: "4" }, { data: "d", id: "4" }]);
});

test("createParser lets the handler's error out of feed and goes on when reset", () => {
  const seen: string[] = [];
  const parser = createParser({
    onEvent(data) {
      if (data === "bad") throw new RangeError("no");
      seen.push(data);
    },
  });
  assertThrows(() => parser.feed("data: bad\n\n"), RangeError, "no");
  parser.feed("data: good\n\n");
  assertEquals(seen, ["good"]);
});

test("createParser refuses an event when it is larger than maxEventBytes, however it is cut", () => {
  const fits = ["data: 1234\n\n", "data:12\r\ndata:3\r\n\r\n", ":  1234\n\n", "data: é1\n\n"];
  const tooBig = [
    "data: 12345\n\n",
    "data: 12345",
    "data: 12\ndata: 34\n\n",
    ":comment that never ends",
  ];
  const options = { maxEventBytes: 4 };
  for (const stream of fits) {
    const bytes = bytesOf(stream);
    for (let at = 0; at <= bytes.length; at++) parse(cutAt(bytes, at), options);
  }
  for (const stream of tooBig) {
    const bytes = bytesOf(stream);
    for (let at = 0; at <= bytes.length; at++) {
      assertThrows(() => parse(cutAt(bytes, at), options), APIResponseValidationError, "4 bytes");
    }
  }
});

test("createParser starts anew when an event was too large", () => {
  const seen: string[] = [];
  const parser = createParser({ onEvent: (data) => seen.push(data), maxEventBytes: 4 });
  assertThrows(() => parser.feed("data: 1234567890"), APIResponseValidationError);
  parser.feed("data: a\n\n");
  assertEquals(seen, ["a"]);
});

test("createParser gives one event whole when it is 5 MB in chunks of 4 KiB", () => {
  const text = "x".repeat(5_000_000) + "é";
  const bytes = bytesOf(`data: ${text}\n\n`);
  const points = Array.from({ length: Math.floor(bytes.length / 4096) }, (_, i) => (i + 1) * 4096);
  const seen = parse(cutAt(bytes, ...points));
  assertEquals(seen.length, 1);
  assertEquals(seen[0]!.data === text, true);
});
