/** The spans of real turns, by the real OpenTelemetry SDK. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { tool } from "../../src/tools/define.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { context, trace, treeOf, WHOLE_TREE, withContexts, withSdk } from "./otel.ts";

const TASK = { description: "look", prompt: "SUB task", subagent_type: "general" };

/** A turn with a retry, two tools, and a subagent that has a tool of its own. */
function script(): (request: ModelRequest) => ScriptStep {
  let failed = false;
  return (request) => {
    if (request.prompt === "SUB task") {
      return request.toolResults.length === 0
        ? { toolCalls: [{ id: "c_sub", name: "bash", input: { command: "echo sub" } }] }
        : { text: "sub done" };
    }
    if (!failed) {
      failed = true;
      return { status: 503, headers: { "retry-after-ms": "300" } };
    }
    switch (request.toolResults.length) {
      case 0:
        return {
          toolCalls: [{ id: "c_bash", name: "bash", input: { command: "echo secret-output" } }],
        };
      case 1: {
        const add = request.toolNames.find((name) => name.endsWith("_add"))!;
        return { toolCalls: [{ id: "c_add", name: add, input: { a: 2, b: 40 } }] };
      }
      case 2:
        return { toolCalls: [{ id: "c_task", name: "task", input: TASK }] };
      default:
        return {
          text: "all done",
          usage: { input: 100, output: 20, cached: 30, reasoning: 5 },
        };
    }
  };
}

function adder(execute: (traceparent: string | undefined) => void) {
  return tool({
    name: "add",
    description: "Adds two numbers",
    inputSchema: {
      type: "object",
      properties: { a: { type: "number" }, b: { type: "number" } },
      required: ["a", "b"],
    },
    execute: ({ a, b }, { traceparent }) => {
      execute(traceparent);
      return `${a + b}`;
    },
  });
}

test("telemetry: a turn with tools, a subagent and a retry is one tree of spans", async () => {
  await withSdk(async ({ tracer, meter, spans, metrics }) => {
    let seen: string | undefined;
    await withAgent(script(), async ({ ai, directory }) => {
      await using tools = new ToolExecutor({
        workdir: directory,
        builtins: false,
        tools: [adder((traceparent) => seen = traceparent)],
      });
      const session = await ai.createSession({ title: "t" });
      const reply = await session.prompt("GO there", { tools, collect: true });
      assertEquals(reply.text, "all done");
      const all = spans();
      assertEquals(
        treeOf(all),
        WHOLE_TREE,
      );
      const [root] = all;
      const find = (name: string) => all.find((span) => span.name === name)!;
      assertEquals(root!.kind, 2);
      assertEquals(root!.attributes["gen_ai.operation.name"], "invoke_agent");
      assertEquals(root!.attributes["gen_ai.conversation.id"], session.id);
      assertEquals(root!.attributes["gen_ai.agent.name"], "build");
      assertEquals(root!.attributes["gen_ai.provider.name"], "scripted");
      assertEquals(root!.attributes["gen_ai.request.model"], "model");
      assertEquals(root!.attributes["gen_ai.response.finish_reasons"], ["stop"]);
      assertEquals(root!.attributes["opencode.steps"], reply.steps);
      assertEquals(root!.attributes["opencode.outcome"], "completed");
      assertEquals(root!.status.code, 0);
      const { input, cacheRead, cacheWrite, output, reasoning } = reply.usage;
      assertEquals(root!.attributes["gen_ai.usage.input_tokens"], input + cacheRead + cacheWrite);
      assertEquals(root!.attributes["gen_ai.usage.output_tokens"], output + reasoning);
      assertEquals(root!.attributes["opencode.cost.usd"], reply.cost);

      const chats = all.filter(({ name }) => name === "chat model");
      const first = chats[0]!;
      assertEquals(first.kind, 2);
      assertEquals(first.events.map(({ name }) => name), ["opencode.retry"]);
      assertEquals(first.events[0]!.attributes!["opencode.retry.attempt"], 1);
      assertEquals(first.attributes["gen_ai.response.finish_reasons"], ["tool-calls"]);
      const last = chats.at(-1)!;
      // the model's own counts, as the conventions want them: with the cache and the reasoning
      assertEquals(last.attributes["gen_ai.usage.input_tokens"], 100);
      assertEquals(last.attributes["gen_ai.usage.cache_read.input_tokens"], 30);
      assertEquals(last.attributes["gen_ai.usage.output_tokens"], 20);
      assertEquals(last.attributes["gen_ai.usage.reasoning.output_tokens"], 5);
      for (const chat of chats) {
        assert(Number(chat.attributes["gen_ai.response.time_to_first_chunk"]) >= 0);
      }

      const bash = find("execute_tool bash");
      assertEquals(bash.attributes["gen_ai.operation.name"], "execute_tool");
      assertEquals(bash.attributes["gen_ai.tool.name"], "bash");
      assertEquals(bash.attributes["gen_ai.tool.call.id"], "c_bash");
      assertEquals(bash.attributes["opencode.tool.local"], undefined);
      const add = find("execute_tool add");
      assertEquals(add.attributes["gen_ai.tool.call.id"], "c_add");
      assertEquals(add.attributes["opencode.tool.local"], true);
      const { traceId, spanId } = add.spanContext();
      assertEquals(seen, `00-${traceId}-${spanId}-01`);
      const sub = find("invoke_agent general");
      assertEquals(sub.attributes["gen_ai.agent.name"], "general");
      assert(sub.attributes["gen_ai.conversation.id"] !== session.id);
      assertEquals(sub.attributes["gen_ai.usage.output_tokens"], 10);

      // without captureContent nothing of what was said is in them
      const text = JSON.stringify(all.map(({ attributes, events }) => [attributes, events]));
      for (const said of ["GO there", "SUB task", "all done", "secret-output", "echo"]) {
        assertEquals(text.includes(said), false, said);
      }

      const measured = await metrics();
      assertEquals(Object.keys(measured).sort(), [
        "gen_ai.client.operation.duration",
        "gen_ai.client.operation.time_to_first_chunk",
        "gen_ai.client.token.usage",
      ]);
      const tokens = Object.fromEntries(
        measured["gen_ai.client.token.usage"]!.map((point) => [
          point.attributes["gen_ai.token.type"],
          point.value.sum,
        ]),
      );
      assertEquals(tokens, { input: input + cacheRead + cacheWrite, output: output + reasoning });
      const operations = measured["gen_ai.client.operation.duration"]!.map((point) => [
        point.attributes["gen_ai.operation.name"],
        point.value.count,
      ]);
      assertEquals(operations.filter(([name]) => name === "chat"), [["chat", 6]]);
      assertEquals(operations.filter(([name]) => name === "invoke_agent"), [["invoke_agent", 2]]);
      assertEquals(operations.filter(([name]) => name === "execute_tool").length, 3);
    }, { telemetry: { tracer, meter } });
  });
});

test("telemetry: captureContent records what was said", async () => {
  await withSdk(async ({ tracer, spans }) => {
    await withAgent(script(), async ({ ai, directory }) => {
      await using tools = new ToolExecutor({
        workdir: directory,
        builtins: false,
        tools: [adder(() => {})],
      });
      const session = await ai.createSession({ title: "t" });
      await session.prompt("GO there", { tools });
      const all = spans();
      const of = (name: string) => all.find((span) => span.name === name)!.attributes;
      const json = (value: unknown) => JSON.parse(String(value));
      const root = of("invoke_agent build");
      assertEquals(json(root["gen_ai.input.messages"]), [
        { role: "user", parts: [{ type: "text", content: "GO there" }] },
      ]);
      assertEquals(json(root["gen_ai.output.messages"]), [
        {
          role: "assistant",
          parts: [{ type: "text", content: "all done" }],
          finish_reason: "stop",
        },
      ]);
      const add = of("execute_tool add");
      assertEquals(json(add["gen_ai.tool.call.arguments"]), { a: 2, b: 40 });
      assertEquals(add["gen_ai.tool.call.result"], "42");
      assertStringIncludes(String(of("execute_tool bash")["gen_ai.tool.call.result"]), "secret");
      const sub = of("invoke_agent general");
      assertEquals(json(sub["gen_ai.input.messages"])[0].parts[0].content, "SUB task");
      const chat = all.filter(({ name }) => name === "chat model").at(-1)!.attributes;
      assertEquals(json(chat["gen_ai.output.messages"])[0].parts[0].content, "all done");
    }, { telemetry: { tracer, captureContent: true } });
  });
});

test("telemetry: an abort ends every span as an error, none stays open", async () => {
  await withSdk(async ({ tracer, spans }) => {
    const steps = [{ toolCalls: [{ name: "bash", input: { command: "sleep 60" } }] }];
    await withAgent(steps, async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      const turn = session.stream("GO there");
      for await (const event of turn.events) {
        if (event.type === "tool" && event.status === "running") await turn.abort();
      }
      await assertRejects(() => turn.reply);
      const all = spans();
      assertEquals(
        treeOf(all).replace(/chat model !\w+/, "chat model !…"),
        `invoke_agent build !TurnAbortedError
  chat model !…
  execute_tool bash !TurnAbortedError`,
      );
      assertEquals(all.map(({ status }) => status.code), [2, 2, 2]);
      assertEquals(all[0]!.attributes["opencode.outcome"], "aborted");
      assertEquals(all[0]!.status.message, undefined);
    }, { telemetry: { tracer } });
  });
});

test("telemetry: two sessions at once are two traces; the caller's span is the parent", async () => {
  await withContexts(async () => {
    await withSdk(async ({ tracer, spans }) => {
      const script = ({ prompt, toolResults }: ModelRequest): ScriptStep =>
        toolResults.length > 0
          ? { text: `done ${prompt}` }
          : { toolCalls: [{ id: prompt, name: "bash", input: { command: `echo ${prompt}` } }] };
      await withAgent(script, async ({ ai }) => {
        const ask = (name: string) => {
          const span = (tracer as ReturnType<typeof trace.getTracer>).startSpan(name);
          return context.with(trace.setSpan(context.active(), span), async () => {
            const { text } = await ai.prompt(name);
            assertEquals(text, `done ${name}`);
            span.end();
          });
        };
        await Promise.all([ask("one"), ask("two")]);
        const all = spans();
        const traces = new Map(all.map((span) => [span.name, span.spanContext().traceId]));
        assert(traces.get("one") !== traces.get("two"));
        for (const name of ["one", "two"]) {
          const mine = all.filter((span) => span.spanContext().traceId === traces.get(name));
          // the call and the answer to it begin within one tick of the clock: their order says nothing
          const lines = (tree: string) => tree.split("\n").sort();
          assertEquals(
            lines(treeOf(mine)),
            lines(`${name}
  invoke_agent build
    chat model
    execute_tool bash
    chat model`),
          );
          const call = mine.find((span) => span.name === "execute_tool bash")!;
          assertEquals(call.attributes["gen_ai.tool.call.id"], name);
        }
      }, { telemetry: { tracer } });
    });
  });
});

test("telemetry: a local tool runs as a part of its span; bash has TRACEPARENT", async () => {
  await withContexts(async () => {
    await withSdk(async ({ tracer, spans }) => {
      let ended = false;
      const inner = adder(() => {
        (tracer as ReturnType<typeof trace.getTracer>).startSpan("inner").end();
        ended = true;
      });
      const script = ({ toolNames, toolResults }: ModelRequest): ScriptStep => {
        const name = (end: string) => toolNames.find((one) => one.endsWith(end))!;
        if (toolResults.length > 0) {
          return { text: toolResults.map(({ content }) => content).join() };
        }
        return {
          toolCalls: [
            { name: name("_add"), input: { a: 1, b: 2 } },
            { name: name("_bash"), input: { command: "echo $TRACEPARENT" } },
          ],
        };
      };
      await withAgent(script, async ({ ai, directory }) => {
        await using tools = new ToolExecutor({
          workdir: directory,
          tools: [inner],
          permissions: { bash: "allow" },
        });
        const { text } = await ai.prompt("GO there", { tools });
        await until(() => ended, "the tool's call");
        const all = spans();
        const child = all.find(({ name }) => name === "inner")!;
        const add = all.find(({ name }) => name === "execute_tool add")!;
        assertEquals(child.parentSpanContext?.spanId, add.spanContext().spanId);
        const { traceId, spanId } = all.find(({ name }) => name === "execute_tool bash")!
          .spanContext();
        assertStringIncludes(text, `00-${traceId}-${spanId}-01`);
      }, { telemetry: { tracer } });
    });
  });
});

test("telemetry: a local tool that a subagent calls is below the subagent", async () => {
  await withSdk(async ({ tracer, spans }) => {
    const script = ({ prompt, toolNames, toolResults }: ModelRequest): ScriptStep => {
      if (toolResults.length > 0) return { text: "done" };
      if (prompt !== "SUB task") return { toolCalls: [{ name: "task", input: TASK }] };
      const add = toolNames.find((one) => one.endsWith("_add"))!;
      return { toolCalls: [{ name: add, input: { a: 1, b: 2 } }] };
    };
    await withAgent(script, async ({ ai, directory }) => {
      const tools = new ToolExecutor({
        workdir: directory,
        builtins: false,
        tools: [adder(() => {})],
      });
      await ai.prompt("GO there", { tools });
      await tools.close();
      assertEquals(
        treeOf(spans()),
        `invoke_agent build
  chat model
  execute_tool task
    invoke_agent general
      chat model
      execute_tool add
      chat model
  chat model`,
      );
    }, { telemetry: { tracer } });
  });
});

test("telemetry: a tracer and a meter that throw fail no turn, and are told once", async () => {
  const fails = () => {
    throw new Error("broken tracer");
  };
  const noSpan = {
    spanContext: fails,
    setAttributes: fails,
    addEvent: fails,
    setStatus: fails,
    updateName: fails,
    end: fails,
  };
  for (const startSpan of [fails, () => noSpan]) {
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const none = () => {};
    await withAgent(script(), async ({ ai, directory }) => {
      const tools = new ToolExecutor({
        workdir: directory,
        builtins: false,
        tools: [adder(() => {})],
      });
      const { text } = await ai.prompt("GO there", { tools });
      await tools.close();
      assertEquals(text, "all done");
    }, {
      telemetry: { tracer: { startSpan }, meter: { createHistogram: () => ({ record: fails }) } },
      logger: { debug: none, info: none, warn, error: none },
    });
    const told = warnings.filter((one) => one.startsWith("Telemetry"));
    assertEquals(told, [
      "Telemetry is incomplete: the tracer or the meter failed: broken tracer",
    ]);
  }
});
