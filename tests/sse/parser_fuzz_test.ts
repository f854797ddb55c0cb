import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { createParser, type EventMeta } from "../../src/sse/parser.ts";

type Seen = { data: string } & EventMeta;

/** The standard's rules, word by word and slowly, on a stream that is there as a whole. */
function reference(bytes: Uint8Array): Seen[] {
  const text = new TextDecoder("utf-8").decode(bytes);
  const lines = text.split(/\r\n|\r|\n/).slice(0, -1);
  const seen: Seen[] = [];
  const lasting: { id?: string; retry?: number } = {};
  let data: string[] = [];
  let event = "";
  for (const line of lines) {
    if (line === "") {
      if (data.length > 0) {
        seen.push({ data: data.join("\n"), ...(event && { event }), ...lasting });
      }
      data = [];
      event = "";
      continue;
    }
    const [, name, value] = /^([^:]*):? ?([^]*)$/.exec(line)!;
    if (name === "data") data.push(value!);
    else if (name === "event") event = value!;
    else if (name === "id" && !value!.includes("\0")) lasting.id = value!;
    else if (name === "retry" && /^[0-9]+$/.test(value!)) lasting.retry = Number(value);
  }
  return seen;
}

const pieces = [
  ...[
    "data",
    "data:",
    "data: ",
    "data: {}",
    "event: x",
    "event",
    "id: 1",
    "id",
    "retry: 7",
    "retry:",
  ],
  ...[": hi", ":", "foo: bar", "a", " ", "é", "€", "😀", "\0", "\ufeff"],
  ...[
    "\n",
    "\n\n",
    "\r",
    "\r\n",
    "\r\r",
    "\r\n\r\n",
    "\n\r",
    "\n\n\n",
    "data: x\n\n",
    "data: y\r\n\r\n",
  ],
].map((piece) => new TextEncoder().encode(piece));
const broken = [
  Uint8Array.of(0xe2),
  Uint8Array.of(0x82),
  Uint8Array.of(0xf0, 0x9f),
  Uint8Array.of(0xff),
];

test("createParser gives what the standard says for random streams in random cuts", () => {
  let seed = 20_260_101;
  const random = (below: number) => {
    seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
    return (seed >> 8) % below;
  };
  for (let round = 0; round < 3000; round++) {
    const parts: number[] = [];
    for (let i = random(25); i >= 0; i--) {
      const from = random(12) === 0 ? broken : pieces;
      parts.push(...from[random(from.length)]!);
    }
    const bytes = Uint8Array.from(parts);
    const seen: Seen[] = [];
    const parser = createParser({ onEvent: (data, meta) => seen.push({ data, ...meta }) });
    for (let at = 0; at < bytes.length;) {
      const size = 1 + random(random(3) === 0 ? 40 : 4);
      parser.feed(bytes.subarray(at, at + size));
      at += size;
    }
    assertEquals(seen, reference(bytes), JSON.stringify(new TextDecoder().decode(bytes)));
  }
});
