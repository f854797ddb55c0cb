/** The command line on a real pseudo-terminal. */
import { assert, assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { world } from "./command.ts";

/** What is on the screen in the end: a redrawn line counts as it is drawn last. */
function screen(text: string): string[] {
  return text.replaceAll("\r\n", "\n").split("\n")
    // deno-lint-ignore no-control-regex
    .map((line) => line.replace(/^.*\r\u001b\[K/s, ""))
    .filter((line) => line !== "");
}

const script = ({ toolResults }: { toolResults: readonly unknown[] }) =>
  toolResults.length === 0
    ? {
      text: "Let me look.",
      toolCalls: [{ name: "bash", input: { command: "sleep 1; echo hi", description: "x" } }],
    }
    : "All is well.";

test("on a pseudo-terminal the answer, tool calls and the last line come in order", async () => {
  await using here = await world(script);
  const { code, out } = await here.terminal(40, ["go"]);
  assertEquals(code, 0, out);
  const lines = screen(out);
  assertEquals(lines.slice(0, -1), ["Let me look.", "● bash sleep 1; echo hi", "All is well."]);
  assert(/^scripted\/model · 20 in, 10 out · \d+\.\d s$/.test(lines.at(-1)!), out);
  // the spinner told what ran, and no line of it was wider than the terminal
  assert(/[⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏] \d+ s bash sleep 1; echo hi/.test(out), out);
  // deno-lint-ignore no-control-regex
  const drawn = out.split(/\r\u001b\[K|\r?\n/);
  assertEquals(drawn.filter((line) => Array.from(line).length > 40), []);
}, { os: ["linux"] });

test(
  "on a pseudo-terminal with colours, marks are painted, and a mistyped command is asked about",
  async () => {
    await using here = await world(script);
    const painted = await here.terminal(80, ["go"], { NO_COLOR: "" });
    assert(painted.out.includes("\u001b[32m●\u001b[0m bash"), painted.out);
    const asked = await here.terminal(80, ["dcotor"]);
    assertEquals(asked.code, 2, asked.out);
    assert(asked.out.includes('Did you mean the command "doctor"?'), asked.out);
  },
  { os: ["linux"] },
);
