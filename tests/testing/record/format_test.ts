import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "../../harness.ts";
import {
  describeRecording,
  type Exchange,
  pruneRecording,
  type Recording,
  RecordingError,
} from "../../../src/testing/mod.ts";
import { formatRecording, parseRecording } from "../../../src/testing/record/format.ts";

const long = "x".repeat(500);

function exchange(messages: unknown[]): Exchange {
  return {
    provider: "p",
    path: "/chat/completions",
    request: { model: "m", messages, tools: [{ function: { name: "bash", description: long } }] },
    response: { status: 200, headers: {}, chunks: [[0, "data: [DONE]\n\n"]], end: "complete" },
  };
}

const first = { role: "user", content: `one ${long}` };
const second = { role: "assistant", content: `two ${long}` };
const recording: Recording = {
  header: { recording: 1, providers: { p: { models: {} } }, model: "p/m" },
  exchanges: [exchange([first]), exchange([first, second]), exchange([first, second, first])],
};

test("parseRecording gives what formatRecording was given", async () => {
  assertEquals(parseRecording(await formatRecording(recording)), recording);
});

test("formatRecording stores a repeated message once", async () => {
  const text = await formatRecording(recording);
  assertEquals(text.split(`one ${long}`).length - 1, 1);
  assertEquals(text.split(`"description":"${long}"`).length - 1, 1);
  assertEquals(text, await formatRecording(recording));
});

test("parseRecording names the line when it can't read it", async () => {
  const text = await formatRecording(recording);
  for (
    const [broken, words] of [
      ["", "the file is empty"],
      ["{}\n", 'r.jsonl:1: the first line has no "recording" version'],
      ['{"recording":2}\n', "r.jsonl:1: version 2 is not supported, only 1"],
      [text.replace(/\{"define":.*\n/, ""), "no line before it defines"],
      [`${text}{"provider`, "the line is not JSON"],
      [`${text}[1]\n`, "neither a value nor an exchange"],
      // edited by hand
      [text.replace('"status":200', '"status":"200"'), "response.status is not valid"],
      [text.replace('"end":"complete"', '"end":"whole"'), "response.end is not valid"],
      [text.replace(/"chunks":\[.*?\]\]/, '"chunks":["x"]'), "response.chunks is not valid"],
      [text.replace('"provider":"p"', '"provider":1'), "provider is not valid"],
      // a merge that was not finished
      [text.replace("\n", "\n<<<<<<< HEAD\n"), "r.jsonl:2: the line is not JSON"],
      [`${text}7\n`, "the line is not a JSON object"],
    ] as const
  ) {
    assertThrows(() => parseRecording(broken, "r.jsonl"), RecordingError, words);
  }
});

test("parseRecording reads what git or an editor made of the line ends and the beginning", async () => {
  const text = await formatRecording(recording);
  for (
    const changed of [
      text.replaceAll("\n", "\r\n"),
      `\uFEFF${text}`,
      `\uFEFF${text.replaceAll("\n", "\r\n")}`,
      text.trimEnd(),
    ]
  ) assertEquals(parseRecording(changed), recording);
});

test("pruneRecording keeps the exchanges that are asked for, and the file shrinks", async () => {
  const pruned = pruneRecording(recording, (_, number) => number === 1);
  assertEquals(pruned.exchanges.length, 1);
  const [before, after] = [await formatRecording(recording), await formatRecording(pruned)];
  assert(after.length < before.length && !after.includes("two "));
});

test("describeRecording says for each exchange what was asked and how it ended", () => {
  const lines = describeRecording(recording).trimEnd().split("\n");
  assertEquals(lines[0], "3 exchanges with p, model p/m");
  assertEquals(lines[2], "#1 p/chat/completions m: 1 messages");
  assertEquals(lines[4], "   answer: HTTP 200, 1 chunks, 14 characters, 0.0 s, complete");
});
