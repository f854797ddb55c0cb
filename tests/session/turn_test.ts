import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
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

test("Session.prompt loses and mixes nothing over 20 turns, one after another", async () => {
  await withAgent((request) => ({ text: `answer to ${request.prompt}` }), async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    for (let i = 0; i < 20; i++) {
      const turn = session.stream(`prompt ${i}`);
      let streamed = "";
      for await (const text of turn) streamed += text;
      const reply = await turn.reply;
      assertEquals(streamed, `answer to prompt ${i}`);
      assertEquals([reply.text, `${reply}`, reply.outcome], [streamed, streamed, "completed"]);
      assertEquals(await storedText(session), streamed);
    }
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

test("Session serialises prompts: each gets its own answer, in order", async () => {
  await withAgent((request) => ({ text: `re: ${request.prompt}`, delay: 30 }), async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const replies = await Promise.all(["a", "b", "c"].map((text) => session.prompt(text)));
    assertEquals(replies.map(String), ["re: a", "re: b", "re: c"]);
  });
});

test("Turn keeps reasoning and the user's echo out of its text", async () => {
  await withAgent([{ reasoning: ["hm ", "hm"], text: "yes" }], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("well?", { collect: true });
    let text = "";
    for await (const piece of turn) text += piece;
    const { events } = await turn.reply;
    const reasoning = events.map((event) => event.type === "reasoning" ? event.text : "").join("");
    assertEquals([text, reasoning], ["yes", "hm hm"]);
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

test("Session.prompt refuses by default, and the model reads why", async () => {
  const script = [
    { toolCalls: [{ name: "bash", input: { command: "touch no", description: "x" } }] },
    "understood",
  ];
  await withAgent(script, async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const reply = await session.prompt("go", { collect: true });
    assertEquals(reply.text, "understood");
    assertStringIncludes(model.requests.at(-1)!.toolResults.at(-1)!.content, "Refused");
    const permission = reply.events.find((event) =>
      event.type === "permission" && event.status === "replied"
    );
    assert(permission?.type === "permission" && permission.reply === "reject");
  }, { config: { permission: { bash: "ask" } } });
});

test("Session.prompt refuses where the handler throws or takes too long", async () => {
  const call = { toolCalls: [{ name: "bash", input: { command: "touch no", description: "x" } }] };
  await withAgent([call, "one", call, "two"], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    await session.prompt("go", { onPermission: () => Promise.reject(new Error("boom")) });
    assertStringIncludes(model.requests.at(-1)!.toolResults.at(-1)!.content, "boom");
    await session.prompt("go", { onPermission: () => new Promise(() => {}), answerTimeout: 50 });
    assertStringIncludes(model.requests.at(-1)!.toolResults.at(-1)!.content, "50 ms");
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

test("Session forgets nothing of its queue after a turn that failed", async () => {
  await withAgent([{ status: 400 }, "fine"], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const [first, second] = await Promise.allSettled([session.prompt("a"), session.prompt("b")]);
    assertEquals([first.status, second.status], ["rejected", "fulfilled"]);
    await until(async () => !(session.id in await ai.client.session.status()), "idle");
  });
});
