import { assertEquals } from "@std/assert";
import { hostIo, type Io } from "../../src/cli/io.ts";
import { textOutput } from "../../src/cli/output/text.ts";
import { Progress } from "../../src/cli/progress.ts";
import type { TurnEvent } from "../../src/session/events.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";

/** A terminal whose two streams are written one slower than the other; `seen` is what it got. */
function terminal({ out = 0, err = 0 }: { out?: number; err?: number }) {
  const seen: string[] = [];
  const writer = (ms: number) => async (text: string) => {
    await new Promise((resolve) => setTimeout(resolve, ms));
    seen.push(text);
  };
  const io: Io = {
    ...hostIo(),
    out: writer(out),
    err: writer(err),
    outIsTerminal: true,
    errIsTerminal: true,
    columns: () => 80,
  };
  return { io, seen };
}

/** The lines that are left: a line that is cleared is drawn anew. */
function lines(seen: readonly string[]): string[] {
  // deno-lint-ignore no-control-regex
  return seen.join("").split("\n").map((line) => line.replace(/^.*\r\u001b\[K/s, ""));
}

function text(text: string): TurnEvent {
  return { type: "text", text, messageId: "m", partId: "p", sessionId: "s" } as TurnEvent;
}

for (const speeds of [{ err: 80 }, { out: 80 }, {}]) {
  test(`the spinner clears no line of the answer: ${JSON.stringify(speeds)}`, async () => {
    const { io, seen } = terminal(speeds);
    const progress = new Progress(io);
    const output = textOutput(io, progress, { reasoning: false, json: false });
    await output.open({ directory: "/", sessionId: "s" } as Parameters<typeof output.open>[0]);
    const isDrawn = () => seen.join("").includes("waiting for the model");
    await until(isDrawn, "the spinner is drawn");
    await output.event(text("Let me look."));
    await output.event(text("\n"));
    await output.event(text("All is well."));
    await output.end({} as Parameters<typeof output.end>[0]);
    await progress.written();
    assertEquals(lines(seen), ["Let me look.", "All is well.", ""]);
  });
}
