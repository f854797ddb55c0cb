import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { createJsonReader } from "../../src/sse/json.ts";

const delta = (text: string, id = "evt_1", part = "prt_1") =>
  JSON.stringify({
    id,
    type: "message.part.delta",
    properties: {
      sessionID: "ses_1",
      messageID: "msg_1",
      partID: part,
      field: "text",
      delta: text,
    },
  });

/** What a parse gives or throws, with the order of its keys. */
function outcome(run: () => unknown): string {
  try {
    return JSON.stringify(run()) + typeof run();
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`;
  }
}

function sameAsParse(frames: readonly string[]): void {
  const read = createJsonReader();
  for (const frame of frames) {
    assertEquals(outcome(() => read(frame)), outcome(() => JSON.parse(frame)), frame);
  }
}

const texts = [
  "",
  "a",
  "hello ",
  'a "quoted" word',
  "\\",
  "ends with \\",
  '"',
  '"}}',
  '","delta":"x',
  "line\nline\r\n\ttab",
  "exactly 12 ch",
  "a text that is longer than what is copied",
  "é€😀\u2028\u0000",
  "\ud83d",
  "x".repeat(70_000),
];

test("createJsonReader gives what JSON.parse gives for deltas of any text", () => {
  sameAsParse(texts.flatMap((text) => [delta(text), delta(text), delta("between")]));
});

test("createJsonReader gives what JSON.parse gives when the id is of any text", () => {
  sameAsParse([delta("a"), ...texts.map((text) => delta("b", text)), delta("c", "")]);
});

test("createJsonReader gives what JSON.parse gives when many parts stream side by side", () => {
  const frames: string[] = [];
  for (let i = 0; i < 2000; i++) frames.push(delta(`${i}`, `evt_${i}`, `prt_${i % 700}`));
  for (let i = 0; i < 50; i++) frames.push(delta("x", "evt", `prt_${"x".repeat(i % 7)}`));
  sameAsParse(frames);
});

test("createJsonReader gives what JSON.parse gives when an event is nearly a delta", () => {
  const one = delta("text");
  const near = [
    one.replace("{", "{ "),
    one.replace('"delta":', '"delta" :'),
    one.replace('"delta":', '"more":1,"delta":'),
    one.replace("}}", ',"more":1}}'),
    one.replace("}}", '},"more":1}'),
    one.replace("}}", "} }"),
    one.replace("}}", "}}\n"),
    one.replace("}}", "}}}"),
    one.replace("}}", "}"),
    one.replace('"text"}}', '"te"xt"}}'),
    one.replace('"text"}}', '"te","x":"t"}}'),
    one.replace('"text"}}', '"a","delta":"b"}}'),
    one.replace('"text"}}', "5}}"),
    one.replace('"text"}}', "null}}"),
    one.replace('"text"}}', '"te\tt"}}'),
    one.replace('"text"}}', '"te\\qt"}}'),
    one.replace('"text"}}', '"te\\"}}'),
    one.replace("evt_1", "evt\t1"),
    one.replace("evt_1", "evt\\"),
    one.replace("evt_1", 'evt","id":"other'),
    one.replace('"id":"evt_1"', '"id":5'),
    one.replace('"id":"evt_1",', ""),
    one.replace('"id"', '"iD"'),
    one.replace("ses_1", 'ses","delta":"x'),
    one.replace('"field":"text"', '"field":null'),
    one.replace('"field":"text"', '"field":{"delta":"x"}'),
    one.replace('"field":"text",', ""),
    one.replace(
      '"sessionID":"ses_1","messageID":"msg_1"',
      '"messageID":"msg_1","sessionID":"ses_1"',
    ),
    one.replace('"sessionID"', '"__proto__"'),
    "",
    "{}",
    "null",
    '"text"',
    HEAD_ONLY,
    `${HEAD_ONLY}"}}`,
    JSON.stringify({ id: "evt_2", type: "server.heartbeat", properties: {} }),
  ];
  for (const other of near) sameAsParse([one, one, other, one, other, other, one]);
  for (const other of near) sameAsParse([other, other, one, one]);
});

const HEAD_ONLY = '{"id":"';

test("createJsonReader gives what JSON.parse gives when a delta is damaged anywhere", () => {
  const one = delta('so "it" is');
  const frames = [one];
  for (let at = 0; at < one.length; at++) {
    for (const bad of ['"', "\\", "{", "}", ",", "x", ""]) {
      frames.push(
        one.slice(0, at) + bad + one.slice(at + 1),
        one.slice(0, at) + bad + one.slice(at),
      );
    }
    frames.push(one);
  }
  sameAsParse(frames);
});

test("createJsonReader gives each event objects of its own", () => {
  const read = createJsonReader();
  const all = [read(delta("a")), read(delta("a")), read(delta("a"))] as { properties: object }[];
  Object.assign(all[1]!.properties, { delta: "changed", more: 1 });
  assertEquals(JSON.stringify(all[2]), delta("a"));
  assert(all[1] !== all[2] && all[1]!.properties !== all[2]!.properties);
  assertEquals(JSON.stringify(read(delta("a"))), delta("a"));
});

test("createJsonReader throws what JSON.parse throws when the data is no JSON", () => {
  const read = createJsonReader();
  read(delta("a"));
  assertThrows(() => read(delta("a").slice(0, -1)), SyntaxError);
  assertThrows(() => read("nonsense"), SyntaxError);
});
