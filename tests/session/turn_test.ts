import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { storedText } from "./stored_text.ts";

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

test("Session forgets nothing of its queue after a turn that failed", async () => {
  await withAgent([{ status: 400 }, "fine"], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const [first, second] = await Promise.allSettled([session.prompt("a"), session.prompt("b")]);
    assertEquals([first.status, second.status], ["rejected", "fulfilled"]);
    await until(async () => !(session.id in await ai.client.session.status()), "idle");
  });
});
