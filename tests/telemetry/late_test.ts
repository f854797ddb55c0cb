/** The times of spans, where the server's events come late. */
import { assert, assertEquals } from "@std/assert";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { tool } from "../../src/tools/define.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { type ReadableSpan, treeOf, WHOLE_TREE, withSdk } from "./otel.ts";

/** A fetch whose event streams stand still after `hold()`, until `release()`. */
function holding(): { fetch: typeof fetch; hold(): void; release(): void } {
  let gate = Promise.resolve();
  let release = () => {};
  return {
    hold: () => gate = new Promise((resolve) => release = resolve),
    release: () => release(),
    fetch: async (input, init) => {
      const response = await fetch(input, init);
      const isStream = response.headers.get("content-type")?.startsWith("text/event-stream");
      if (!isStream || !response.body) return response;
      const held = new TransformStream<Uint8Array, Uint8Array>({
        transform: async (chunk, controller) => {
          await gate;
          controller.enqueue(chunk);
        },
      });
      return new Response(response.body.pipeThrough(held), response);
    },
  };
}

const millis = ([seconds, nanos]: [number, number]) => seconds * 1000 + nanos / 1e6;

/** How long a span took, in milliseconds. */
function took({ startTime, endTime }: ReadableSpan): number {
  return millis(endTime) - millis(startTime);
}

const add = tool({
  name: "add",
  description: "Adds",
  inputSchema: { type: "object", properties: {} },
  execute: () => "42",
});

test("telemetry: spans begin and end when the server says, where all events come at once", async () => {
  const events = holding();
  const script = ({ prompt, toolNames, toolResults }: ModelRequest): ScriptStep => {
    if (prompt === "SUB task") {
      return toolResults.length > 0
        ? { text: "sub done" }
        : { toolCalls: [{ name: "bash", input: { command: "sleep 0.2" } }] };
    }
    switch (toolResults.length) {
      case 0:
        events.hold();
        return { toolCalls: [{ name: "bash", input: { command: "sleep 0.4" } }] };
      case 1: {
        const name = toolNames.find((one) => one.endsWith("_add"))!;
        return { toolCalls: [{ name, input: {} }] };
      }
      case 2: {
        const input = { description: "look", prompt: "SUB task", subagent_type: "general" };
        return { toolCalls: [{ name: "task", input }] };
      }
      default:
        events.release();
        return { text: "done" };
    }
  };
  await withSdk(async ({ tracer, spans }) => {
    await withAgent(script, async ({ ai, directory }) => {
      await using tools = new ToolExecutor({ workdir: directory, builtins: false, tools: [add] });
      const { text } = await ai.prompt("GO there", { tools });
      assertEquals(text, "done");
      const all = spans();
      assertEquals(
        treeOf(all),
        WHOLE_TREE,
      );
      const calls = all.filter(({ name }) => name === "execute_tool bash").map(took);
      assert(calls[0]! >= 390, `the call took ${calls[0]} ms`);
      assert(calls[1]! >= 190, `the subagent's call took ${calls[1]} ms`);
      for (const [at, one] of all.entries()) {
        const next = all[at + 1];
        if (next) assert(millis(one.startTime) <= millis(next.startTime));
      }
      const [chat] = all.filter(({ name }) => name === "chat model");
      const bash = all.find(({ name }) => name === "execute_tool bash")!;
      assert(millis(chat!.endTime) <= millis(bash.endTime) - 390, "the model was done before");
    }, { fetch: events.fetch, telemetry: { tracer } });
  });
});
