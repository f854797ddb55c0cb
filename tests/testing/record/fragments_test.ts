import { assertEquals } from "@std/assert";
import { test } from "../../harness.ts";
import { replaceAcross, replaceInChunks } from "../../../src/testing/record/fragments.ts";

const event = (delta: unknown, index = 0) =>
  `data: ${JSON.stringify({ choices: [{ index, delta }] })}\n\n`;

function textOf(chunks: readonly string[], field: string): string {
  return chunks.join("").split("\n").filter((line) => line.startsWith("data: {"))
    .map((line) => JSON.parse(line.slice(6)).choices[0].delta[field] ?? "").join("");
}

test("replaceAcross replaces a text cut at any two places", () => {
  const whole = "see /home/me/project/a.ts and /home/me/project";
  const expected = "see {{d}}/a.ts and {{d}}";
  for (let i = 0; i <= whole.length; i++) {
    for (let j = i; j <= whole.length; j++) {
      const parts = [whole.slice(0, i), whole.slice(i, j), whole.slice(j)];
      const out = replaceAcross(parts, [["/home/me/project", "{{d}}"]]);
      assertEquals(out.length, 3);
      assertEquals(out.join(""), expected);
    }
  }
});

test("replaceInChunks keeps the pieces and the events when text is spread over them", () => {
  const chunks = [
    event({ content: "in /ho" }),
    event({ content: "me/m" }) + event({ content: "e now" }),
    "data: [DONE]\n\n",
  ];
  const out = replaceInChunks(chunks, [["/home/me", "{{home}}"]]);
  assertEquals(out.length, 3);
  assertEquals(textOf(out, "content"), "in {{home}} now");
  assertEquals(out[2], "data: [DONE]\n\n");
  assertEquals(replaceInChunks(out, [["{{home}}", "/home/me"]]).length, 3);
  assertEquals(
    textOf(replaceInChunks(out, [["{{home}}", "/x"]]), "content"),
    "in /x now",
  );
});

test("replaceInChunks does not join the fragments of two tool calls", () => {
  const call = (index: number, text: string) =>
    event({ tool_calls: [{ index, function: { arguments: text } }] });
  const chunks = [
    call(0, '{"path":"/ho'),
    call(1, '{"path":"/x'),
    call(0, 'me/me"}'),
    call(1, '"}'),
  ];
  const out = replaceInChunks(chunks, [["/home/me", "{{home}}"]]);
  const args = (index: number) =>
    out.join("").split("\n").filter((line) => line.startsWith("data: ")).map((line) =>
      JSON.parse(line.slice(6)).choices[0].delta.tool_calls[0]
    ).filter((each: { index: number }) => each.index === index)
      .map((each: { function: { arguments: string } }) => each.function.arguments).join("");
  assertEquals(args(0), '{"path":"{{home}}"}');
  assertEquals(args(1), '{"path":"/x"}');
});

test("replaceInChunks replaces paths whose spelling in JSON differs", () => {
  const path = "C:\\Users\\me";
  const args = JSON.stringify({ path: `${path}\\a.ts` });
  const chunks = [event({ arguments: args.slice(0, 14) }), event({ arguments: args.slice(14) })];
  const out = replaceInChunks(chunks, [[path, "{{home}}"]]);
  assertEquals(textOf(out, "arguments"), '{"path":"{{home}}\\\\a.ts"}');
});

test("replaceInChunks replaces in an answer that is not streamed", () => {
  const body = JSON.stringify({ content: "at /home/me", n: 1 });
  const out = replaceInChunks([body.slice(0, 14), body.slice(14)], [["/home/me", "/x"]]);
  assertEquals(JSON.parse(out.join("")), { content: "at /x", n: 1 });
});
