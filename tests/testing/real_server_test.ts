import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { type Agent, until, withAgent } from "../agent.ts";
import type { ServerEvent } from "../../src/client/mod.ts";
import { demoScript, ScriptError } from "../../src/testing/mod.ts";

/** Sends a prompt and waits for the whole answer, as the bare client does. */
async function prompt({ ai }: Agent, text: string, title = "named") {
  const { id: sessionID } = await ai.client.session.create({ title });
  const { info, parts } = await ai.client.session.prompt({
    sessionID,
    parts: [{ type: "text", text }],
  });
  const texts = parts.flatMap((part) => part.type === "text" ? part.text : []);
  return { sessionID, info, parts, text: texts.join("") };
}

/** Sends a prompt, and gives the events of its session until it is idle, or `stop` says so. */
async function events(
  { ai }: Agent,
  text: string,
  stop: (event: ServerEvent) => boolean = ({ type }) => type === "session.idle",
) {
  const { id: sessionID } = await ai.client.session.create({ title: "named" });
  const seen: ServerEvent[] = [];
  const listening = ai.client.events();
  for await (const event of listening) {
    if (event.type === "server.connected") {
      await ai.client.session.promptAsync({ sessionID, parts: [{ type: "text", text }] });
    }
    seen.push(event);
    if (stop(event)) break;
  }
  return { sessionID, seen };
}

test("scriptedModel's text, reasoning, usage and cost reach the server's message", async () => {
  await withAgent([
    {
      reasoning: ["hm, ", "well"],
      text: ["Hel", "lo ", '"👋"\n'],
      usage: { input: 100, output: 20, reasoning: 5, cached: 40 },
    },
  ], async (agent) => {
    const { text, info, parts } = await prompt(agent, 'Say "hello"\n\n  👋 ');
    assertEquals(text, 'Hello "👋"\n');
    const reasoning = parts.find(({ type }) => type === "reasoning") as { text: string };
    assertEquals(reasoning.text, "hm, well");
    assert(info.role === "assistant");
    assertEquals([info.providerID, info.modelID, info.finish], ["scripted", "model", "stop"]);
    assertEquals(info.tokens.input + info.tokens.cache.read, 100);
    assertEquals(info.tokens.output + info.tokens.reasoning, 20);
    assert(Math.abs(info.cost - (60 * 1 + 20 * 2) / 1e6) < 1e-4, String(info.cost));
    assertEquals(agent.model.requests[0]!.prompt, 'Say "hello"\n\n  👋 ');
    agent.model.assertDone();
  }, { scripted: { cost: { input: 1, output: 2 } } });
});

test("scriptedModel's tool calls are run by the server and answered to it", async () => {
  await withAgent([
    { toolCalls: [{ name: "bash", input: { command: "echo seen", description: "x" } }] },
    "after it",
  ], async (agent) => {
    const { text, sessionID } = await prompt(agent, "go");
    assertEquals(text, "after it");
    const [first, second] = agent.model.requests;
    assertEquals([first!.sessionId, second!.sessionId], [sessionID, sessionID]);
    assert(first!.toolNames.includes("bash"));
    assertEquals(second!.toolResults.map(({ id }) => id), ["call_0_0"]);
    assertStringIncludes(second!.toolResults[0]!.content, "seen");
    agent.model.assertDone();
  });
});

test("scriptedModel answers for the title of a session without taking a step", async () => {
  await withAgent(["only step"], async (agent) => {
    const { id: sessionID } = await agent.ai.client.session.create({});
    await agent.ai.client.session.prompt({ sessionID, parts: [{ type: "text", text: "hi" }] });
    await until(async () => {
      const { title } = await agent.ai.client.session.get({ sessionID });
      return title === "A made title";
    }, "the title");
    assertEquals([agent.model.requests.length, agent.model.titleRequests.length], [1, 1]);
    agent.model.assertDone();
  }, { scripted: { title: "A made title" } });
});

test("scriptedModel ends the turn at once when the script is exhausted", async () => {
  await withAgent([], async (agent) => {
    const { info } = await prompt(agent, "more");
    assert(info.role === "assistant");
    assertStringIncludes(JSON.stringify(info.error), "The script is exhausted");
    assertEquals(agent.model.requests.length, 1);
    assertThrows(() => agent.model.assertDone(), ScriptError, "exhausted");
  });
});

test("scriptedModel makes the server retry when it answers 429 or cuts the stream", async () => {
  await withAgent([
    { status: 429, headers: { "retry-after-ms": "50" } },
    { text: "half an ans", ending: "cut" },
    "whole answer",
  ], async (agent) => {
    const { text } = await prompt(agent, "go");
    assertEquals(text, "whole answer");
    assertEquals(agent.model.requests.length, 3);
    agent.model.assertDone();
  });
});

test("scriptedModel makes the turn fail when it answers 401 or sends garbage", async () => {
  await withAgent([
    { status: 401, body: { error: { message: "bad key" } } },
    { parts: [{ raw: "data: {broken\n\n" }] },
  ], async (agent) => {
    const refused = await prompt(agent, "go");
    assertStringIncludes(JSON.stringify(refused.info), "bad key");
    const garbled = await prompt(agent, "go");
    assertStringIncludes(JSON.stringify(garbled.info), "JSON parsing failed");
  });
});

test("scriptedModel hangs until the server gives up the request", async () => {
  await withAgent([{ text: "start", ending: "hang" }], async (agent) => {
    const { ai, model } = agent;
    const { sessionID } = await events(agent, "go", ({ type }) => type === "message.part.delta");
    const { ended } = await model.request(0);
    assertEquals(ended.aborted, false);
    await ai.client.session.abort({ sessionID });
    await until(() => ended.aborted, "the end of the request");
  });
});

test("scriptedModel keeps 8 sessions apart when each has a run of its own", async () => {
  const words = Array.from({ length: 12 }, (_, i) => `w${i} `);
  const script = [
    { text: words, chunkDelay: 5 },
    { toolCalls: [{ name: "bash", input: { command: "true", description: "x" } }] },
    "done",
  ];
  await withAgent(script, async (agent) => {
    const { client } = agent.ai;
    const runs = Array.from({ length: 8 }, async (_, n) => {
      const first = await prompt(agent, `first of ${n}`);
      assertEquals(first.text, words.join(""));
      const { sessionID } = first;
      const parts = [{ type: "text" as const, text: `second of ${n}` }];
      const second = await client.session.prompt({ sessionID, parts });
      assertEquals(second.parts.flatMap((part) => part.type === "text" ? part.text : []), ["done"]);
      return sessionID;
    });
    const sessions = await Promise.all(runs);
    for (const [n, id] of sessions.entries()) {
      const own = agent.model.requests.filter(({ sessionId }) => sessionId === id);
      assertEquals(own.map((request) => request.prompt), [
        `first of ${n}`,
        `second of ${n}`,
        `second of ${n}`,
      ]);
    }
    agent.model.assertDone();
  }, { scripted: { perSession: true } });
});

test("demoScript streams through the server in several pieces", async () => {
  await withAgent(demoScript, async (agent) => {
    const { seen } = await events(agent, "Say hello");
    const deltas = seen.filter(({ type }) => type === "message.part.delta");
    assert(deltas.length > 10, String(deltas.length));
    const text = deltas.map(({ properties }) => (properties as { delta: string }).delta).join("");
    assertStringIncludes(text, "not a language model");
    assertStringIncludes(text, "> Say hello");
  });
});
