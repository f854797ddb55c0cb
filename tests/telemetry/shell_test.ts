/** The trace in the environment of commands that the server itself runs. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import type { HookContext } from "../../src/hooks/types.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { type ReadableSpan, withSdk } from "./otel.ts";

const bash = (id: string) => ({
  id,
  name: "bash",
  input: { command: `echo "${id} <$TRACEPARENT> <$OTHER>"`, description: "x" },
});
const task = {
  name: "task",
  input: { description: "look", prompt: "SUB task", subagent_type: "general" },
};

/** Two commands at once, then one of a subagent. */
function script({ prompt, toolResults }: ModelRequest): ScriptStep {
  if (prompt === "SUB task") {
    return toolResults.length > 0 ? { text: "sub done" } : { toolCalls: [bash("inner")] };
  }
  switch (toolResults.length) {
    case 0:
      return { toolCalls: [bash("one"), bash("two")] };
    case 2:
      return { toolCalls: [task] };
    default:
      return { text: "done" };
  }
}

/** What a command printed, in what the model was told. */
const printed = (requests: readonly ModelRequest[], id: string) =>
  requests.flatMap(({ toolResults }) => toolResults.map(({ content }) => content))
    .find((content) => content.startsWith(id));

const traceOf = (span: ReadableSpan) => {
  const { traceId, spanId } = span.spanContext();
  return `<00-${traceId}-${spanId}-01>`;
};

for (const how of ["alone", "beside a shellEnv hook"] as const) {
  test(`telemetry: the server's bash has TRACEPARENT, a subagent's its own: ${how}`, async () => {
    await withSdk(async ({ tracer, spans }) => {
      const shellEnv = (_: object, { callId }: HookContext) => ({
        env: { OTHER: "x", ...callId === "two" && { TRACEPARENT: "mine" } },
      });
      const hooks = how === "alone" ? {} : { hooks: { shellEnv } };
      await withAgent(script, async ({ ai, model }) => {
        assertEquals(`${await ai.prompt("GO there")}`, "done");
        const all = spans();
        const calls = all.filter(({ name }) => name === "execute_tool bash");
        assertEquals(calls.length, 3);
        for (const id of ["one", "two", "inner"]) {
          const call = calls.find((one) => one.attributes["gen_ai.tool.call.id"] === id)!;
          const text = printed(model.requests, id)!;
          const isMine = how !== "alone" && id === "two"; // what the hook says goes before
          assertStringIncludes(text, isMine ? "<mine>" : traceOf(call));
          assertStringIncludes(text, how === "alone" ? "<>" : "<x>");
        }
        const inner = calls.find((one) => one.attributes["gen_ai.tool.call.id"] === "inner")!;
        const above = all.find((one) =>
          one.spanContext().spanId === inner.parentSpanContext?.spanId
        );
        assertEquals(above?.name, "invoke_agent general");
      }, { own: true, telemetry: { tracer }, ...hooks });
    });
  });
}
