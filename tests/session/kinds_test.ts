/**
 * One real turn of each kind: text, many at once, events, odd characters, a subagent, a question, data,
 * tools of this process, an abort in a tool. They run on every runtime (`scripts/runtime_tests.ts`);
 * what is a matter of the session alone is in the files beside.
 */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { tool } from "../../src/tools/define.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { calls } from "./local_calls.ts";
import { storedText } from "./stored_text.ts";

test("Session.stream gives the text as the model writes it, and all that is stored", async () => {
  let release!: () => void;
  const gate = new Promise<void>((resolve) => release = resolve);
  const step = { parts: [{ text: "one " }, { until: gate }, { text: "two\n\n" }] };
  await withAgent([step], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const pieces: string[] = [];
    for await (const text of session.stream("count")) {
      pieces.push(text);
      release(); // the second piece comes only once the first was seen here
    }
    assertEquals(pieces.join(""), "one two\n\n");
    assertEquals(pieces.join(""), await storedText(session));
  });
});

test("Opencode loses and mixes nothing over 8 turns at the same time", async () => {
  const script = (request: { prompt: string }) => ({
    text: Array.from({ length: 30 }, (_, i) => `${request.prompt}:${i} `),
    chunkDelay: 5,
  });
  await withAgent(script, async ({ ai }) => {
    await Promise.all(Array.from({ length: 8 }, async (_, n) => {
      const session = await ai.createSession({ title: `t${n}` });
      let streamed = "";
      for await (const text of session.stream(`p${n}`)) streamed += text;
      assertEquals(streamed, Array.from({ length: 30 }, (_, i) => `p${n}:${i} `).join(""));
      assertEquals(await storedText(session), streamed);
    }));
  });
});

test("Turn tells of tools, steps and their cost, and the stream parts its texts", async () => {
  const script = [
    {
      text: "Let me see.",
      toolCalls: [{ name: "bash", input: { command: "echo hi", description: "x" } }],
    },
    "It says hi.",
  ];
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("look", { collect: true });
    let streamed = "";
    for await (const piece of turn) streamed += piece;
    const reply = await turn.reply;
    assertEquals(streamed, "Let me see.\n\nIt says hi.");
    assertEquals([reply.text, reply.steps], ["It says hi.", 2]);
    const tools = reply.events.filter((event) => event.type === "tool");
    assertEquals(tools.at(-1)?.status, "completed");
    assertStringIncludes(tools.at(-1)?.output ?? "", "hi");
    assertEquals(reply.usage.output, 10);
    assert(reply.events.at(-1)?.type === "step");
  });
});

test("Session.prompt reaches the model byte for byte", async () => {
  const prompts = [
    `"quoted" 'single' \`back\` \\n \${x}`,
    "line one\nline two\r\n\ttabbed\n",
    "emoji 👩‍👩‍👧‍👦 ünïcode \u0000 nul? \u202e rtl",
    "--help",
    "/init is no command here",
    "  leading and trailing  ",
    "x".repeat(1_000_000),
  ];
  await withAgent(() => "ok", async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    for (const prompt of prompts) {
      await session.prompt(prompt);
      assertEquals(model.requests.at(-1)!.prompt, prompt);
    }
  });
});

test("Session.prompt follows a subagent, and its permission request is answered", async () => {
  const script = [
    {
      when: (request: { toolNames: readonly string[] }) => request.toolNames.includes("task"),
      toolCalls: [{
        name: "task",
        input: { description: "look", prompt: "look around", subagent_type: "general" },
      }],
    },
    { toolCalls: [{ name: "bash", input: { command: "echo child", description: "x" } }] },
    "child done",
    "parent done",
  ];
  const asked: string[] = [];
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const reply = await session.prompt("go", {
      collect: true,
      permissions: "default",
      onPermission: ({ permission, sessionId }) => {
        asked.push(`${permission} ${sessionId !== session.id}`);
        return "once";
      },
    });
    assertEquals(reply.text, "parent done");
    assertEquals(asked, ["bash true"]);
    assertEquals(
      reply.events.filter((event) => event.type === "subagent").map((event) => event.status),
      ["started", "finished"],
    );
    assertEquals((await session.children()).length, 1);
  }, { config: { permission: { bash: "ask" } } });
});

test("Session.prompt answers questions, by the handler and without one", async () => {
  const question = {
    toolCalls: [{
      name: "question",
      input: {
        questions: [{
          question: "Which?",
          header: "Pick",
          options: [{ label: "A", description: "a" }, { label: "B", description: "b" }],
        }],
      },
    }],
  };
  await withAgent([question, "one", question, "two"], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    await session.prompt("go", { onQuestion: ({ questions }) => questions.map(() => ["B"]) });
    assertStringIncludes(model.requests.at(-1)!.toolResults.at(-1)!.content, '"B"');
    assertEquals((await session.prompt("go")).text, "two");
    assertStringIncludes(model.requests.at(-1)!.toolResults.at(-1)!.content, "decide by yourself");
  });
});

test("Opencode.object gives the value, typed by the schema", async () => {
  const given = { name: "StructuredOutput", input: { name: "Ada", age: 36 } };
  const schema = {
    type: "object",
    properties: { name: { type: "string" }, age: { type: "integer" } },
    required: ["name", "age"],
  } as const;
  await withAgent([{ toolCalls: [given] }], async ({ ai }) => {
    const user = await ai.object("Invent a user", { schema });
    const name: string = user.name;
    const age: number = user.age;
    assertEquals([name, age], ["Ada", 36]);
  });
});

test("Session.ask makes the file through our write, and the server's own tools are not there", async () => {
  const script = calls("write", { path: "hello.txt", content: "hi\n" });
  await withAgent(script, async ({ ai, model, directory }) => {
    const names: string[] = [];
    await using executor = new ToolExecutor({
      workdir: directory,
      audit: ({ name }) => names.push(name),
    });
    const session = await ai.createSession({ title: "t" });
    const text = await session.ask("Create a file called hello.txt", {
      tools: executor,
      quiet: true,
    });
    assertEquals(await host().files.readText(join(directory, "hello.txt")), "hi\n");
    assertEquals(names, ["write"]);
    assertStringIncludes(text, "hello.txt");
    const offered = model.requests[0]!.toolNames;
    assertEquals(offered.filter((name) => ["bash", "write", "edit", "read"].includes(name)), []);
    assertEquals(offered.filter((name) => name.endsWith("_bash")).length, 1);
  });
});

test("Session.ask gives the model a function of the caller's own", async () => {
  await withAgent(calls("add", { a: 2, b: 40 }), async ({ ai }) => {
    const add = tool({
      name: "add",
      description: "Adds two numbers",
      inputSchema: {
        type: "object",
        properties: { a: { type: "number" }, b: { type: "number" } },
        required: ["a", "b"],
      },
      execute: ({ a, b }) => `${a + b}`,
    });
    await using executor = new ToolExecutor({ builtins: false, tools: [add] });
    const session = await ai.createSession({ title: "t" });
    assertEquals(await session.ask("2 + 40?", { tools: executor, quiet: true }), "42");
  });
});

test("Session.ask aborts the tool that runs", async () => {
  await withAgent(calls("wait", {}), async ({ ai }) => {
    const controller = new AbortController();
    let aborted = false;
    const wait = tool({
      name: "wait",
      description: "Waits for ever",
      inputSchema: { type: "object", properties: {} },
      execute: (_, { signal }) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener("abort", () => {
            aborted = true;
            reject(signal.reason);
          });
          controller.abort(new Error("enough"));
        }),
    });
    await using executor = new ToolExecutor({ builtins: false, tools: [wait] });
    const session = await ai.createSession({ title: "t" });
    await assertRejects(
      () => session.ask("go", { tools: executor, signal: controller.signal, quiet: true }),
      Error,
      "enough",
    );
    assertEquals(aborted, true);
  });
});
