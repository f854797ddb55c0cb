import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { painter } from "../../src/cli/render/color.ts";
import { count, countdown, seconds, spinnerLine } from "../../src/cli/render/lines.ts";
import { tableOf } from "../../src/cli/render/table.ts";
import { diffLines, inputLine, toolLine } from "../../src/cli/render/tool.ts";
import { wantsColor } from "../../src/cli/io.ts";
import type { ToolEvent } from "../../src/session/events.ts";
import { test } from "../harness.ts";
import { withPlace } from "./test_io.ts";

const plain = painter(false);

function call(more: Partial<ToolEvent>): ToolEvent {
  return {
    type: "tool",
    status: "completed",
    name: "bash",
    callId: "c",
    input: {},
    messageId: "m",
    partId: "p",
    sessionId: "s",
    ...more,
  };
}

test("toolLine tells a call by its path, command or pattern, and how it ended", () => {
  const of = (more: Partial<ToolEvent>, width = 80) => toolLine(call(more), "/w", width, plain);
  assertEquals(
    of({ name: "read", input: { filePath: "/w/src/a.ts", offset: 3 } }),
    "● read src/a.ts",
  );
  assertEquals(of({ name: "read", input: { filePath: "/other/a.ts" } }), "● read /other/a.ts");
  assertEquals(of({ name: "grep", input: { pattern: "x+", path: "" } }), "● grep x+");
  assertEquals(of({ input: { command: "ls" }, metadata: { exit: 2 } }), "✗ bash ls (exit 2)");
  assertEquals(of({ input: { command: "ls" }, metadata: { exit: 0 } }), "● bash ls");
  assertEquals(
    of({ status: "error", input: { command: "ls" }, error: "no\nmore" }),
    "✗ bash ls: no",
  );
  assertEquals(of({ name: "mine", input: { a: 1 } }), '● mine {"a":1}');
  assertEquals(of({ name: "todoread" }), "● todoread");
  assert(of({ input: { command: "x".repeat(200) } }, 40).length <= 40);
  // nothing that the model wrote is obeyed by the terminal
  assertEquals(of({ input: { command: "a\u001b[2J\rb\nc" } }), "● bash a�[2J�b c");
  assertEquals(inputLine({}, "/w"), "");
});

test("diffLines shows what an edit changed, without headers, and no more than so many lines", () => {
  const diff = "Index: a\n===\n--- a\n+++ a\n@@ -1,2 +1,2 @@\n keep\n-old\n+new\n";
  assertEquals(diffLines(call({ metadata: { diff } }), plain), [
    "  @@ -1,2 +1,2 @@",
    "   keep",
    "  -old",
    "  +new",
  ]);
  const long = `@@\n${"+x\n".repeat(100)}`;
  const shown = diffLines(call({ metadata: { diff: long } }), plain);
  assertEquals([shown.length, shown.at(-1)], [41, "  … 61 more lines"]);
  assertEquals(diffLines(call({ status: "error", metadata: { diff } }), plain), []);
  assertStringIncludes(
    diffLines(call({ metadata: { diff } }), painter(true))[3]!,
    "\u001b[32m+new",
  );
});

test("a table is cut to a terminal, goes below where that is narrow, and is whole in a pipe", () => {
  const rows = [["ses_1", "", "a title that is long"], ["ses_22", "", "b"]];
  const of = (columns?: number) =>
    tableOf(["session", "cost", "title"], rows, {
      outIsTerminal: columns !== undefined,
      columns: () => columns ?? 80,
    } as never);
  assertEquals(of(), "ses_1   a title that is long\nses_22  b\n");
  assertEquals(of(24), "session  title\nses_1    a title that i…\nses_22   b\n");
  assertEquals(of(20), "session\n  title\nses_1\n  a title that is l…\nses_22\n  b\n");
});

test("the spinner fits the terminal, and a countdown counts", () => {
  for (const columns of [20, 40, 80]) {
    const line = spinnerLine("bash ".repeat(50), 61_000, columns, plain);
    assert(line.length <= columns, `${line.length} > ${columns}`);
    assertStringIncludes(line, "61 s bash");
  }
  assertEquals([countdown(5000, 1500), countdown(1000, 2000)], ["next try in 4 s", "trying again"]);
  assertEquals([seconds(3210), seconds(125_000), count(1234567)], [
    "3.2 s",
    "2 min 5 s",
    "1 234 567",
  ]);
});

test("wantsColor follows the flag, then NO_COLOR, then FORCE_COLOR, then the terminal", () => {
  const of = (
    when: "auto" | "always" | "never" | undefined,
    env: Record<string, string>,
    tty = true,
  ) => wantsColor(when, { errIsTerminal: tty, env: (name: string) => env[name] } as never);
  assertEquals(of(undefined, {}), true);
  assertEquals(of(undefined, {}, false), false);
  assertEquals(of("auto", { NO_COLOR: "1", FORCE_COLOR: "1" }), false);
  assertEquals(of("auto", { NO_COLOR: "", FORCE_COLOR: "1" }, false), true);
  assertEquals(of("auto", { FORCE_COLOR: "0" }), false);
  assertEquals(of("auto", { TERM: "dumb" }), false);
  assertEquals(of("always", { NO_COLOR: "1" }, false), true);
  assertEquals(of("never", { FORCE_COLOR: "1" }), false);
});

/** What a terminal shows in the end: redrawn lines are gone. */
function screen(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.split("\n").map((line) => line.replace(/^.*\r\u001b\[K/s, "")).join("\n");
}

test("on a terminal the command line shows what runs, diffs, and what it took", async () => {
  const script = ({ toolResults }: { toolResults: readonly unknown[] }) => {
    const steps = [
      { name: "bash", input: { command: "sleep 1; echo hello > a.txt", description: "x" } },
      { name: "read", input: { filePath: "a.txt" } },
      { name: "edit", input: { filePath: "a.txt", oldString: "hello", newString: "there" } },
    ];
    const next = steps[toolResults.length];
    return next ? { toolCalls: [next] } : { text: "Done: \u001b[31mred" };
  };
  await withPlace(script, async (place) => {
    const { code, out, err } = await place.run(["go"], { columns: 40, env: { NO_COLOR: "1" } });
    assertEquals([code, out], [0, "Done: �[31mred\n"], err);
    assert(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \d+ s bash sleep 1; echo hello/.test(err), err);
    const lines = screen(err).split("\n").filter((line) => line !== "");
    assertEquals(lines.slice(0, 6), [
      "● bash sleep 1; echo hello > a.txt",
      "● read a.txt",
      "● edit a.txt",
      "  @@ -1,1 +1,1 @@",
      "  -hello",
      "  +there",
    ]);
    assert(/^scripted\/model · 40 in, 20 out · \d+\.\d s$/.test(lines[6]!), lines[6]);
    const quiet = await place.run(["-q", "go"], { columns: 40 });
    assertEquals(quiet.err, "");
  });
});
