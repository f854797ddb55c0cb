import { assertEquals, assertStringIncludes } from "@std/assert";
import { chosen, questionText } from "../../src/cli/input/questions.ts";
import { test } from "../harness.ts";
import { withPlace } from "./test_io.ts";

const question = {
  question: "Which colour?",
  header: "Colour",
  options: [{ label: "red", description: "warm" }, { label: "blue", description: "" }],
};

test("an answer is a number, several where that is allowed, a label, or one's own words", () => {
  const of = (line: string, multiple = false) => chosen({ ...question, multiple }, line);
  assertEquals(of("2"), ["blue"]);
  assertEquals(of(" RED "), ["red"]);
  assertEquals(of("1, 2", true), ["red", "blue"]);
  assertEquals(of("1, 2"), ["1, 2"]);
  assertEquals(of("7"), ["7"]);
  assertEquals(of("green please"), ["green please"]);
  assertStringIncludes(of("")[0]!, "decide by yourself");
  const text = questionText({ ...question, question: "a\u001b[2J?" });
  assertEquals(text.includes("\u001b"), false);
  assertStringIncludes(text, "  1. red - warm\n  2. blue\n[a number, or your own words");
});

test("the agent's questions are asked on a terminal, and nowhere else", async () => {
  const script = ({ toolResults }: { toolResults: readonly { content: string }[] }) =>
    toolResults.length === 0
      ? { toolCalls: [{ name: "question", input: { questions: [question] } }] }
      : `it said: ${toolResults[0]!.content}`;
  await withPlace(script, async (place) => {
    const asked = await place.run(["go"], { typed: ["2"], columns: 80 });
    assertEquals(asked.code, 0, asked.err);
    assertStringIncludes(asked.out, "blue");
    assertStringIncludes(asked.err, "Which colour?\n  1. red - warm\n");
    const alone = await place.run(["go"]);
    assertEquals(alone.code, 5, alone.err);
    assertStringIncludes(alone.out, "decide by yourself");
  });
});
