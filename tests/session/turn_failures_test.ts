/** Turns that the provider, the model or a bound ends. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { TurnError, TurnLimitError, TurnTimeoutError } from "../../src/errors.ts";
import type { TurnEvent } from "../../src/session/events.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { storedText } from "./stored_text.ts";

test("Turn.events ends with done after an error, and throws nothing", async () => {
  await withAgent([{ status: 400, body: { error: { message: "bad thing" } } }], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const seen: TurnEvent[] = [];
    for await (const event of session.stream("x").events) seen.push(event);
    assertEquals(seen.slice(-2).map((event) => event.type), ["error", "done"]);
  });
});

test("Session.prompt rejects with the provider's words for 400, 401 and 404", async () => {
  const statuses = [400, 401, 404];
  const script = statuses.map((status) => ({
    status,
    body: { error: { message: `no ${status}` } },
  }));
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    for (const status of statuses) {
      const error = await assertRejects(() => session.prompt("x"), TurnError, `no ${status}`);
      assertEquals([error.status, error.serverName], [status, "APIError"]);
    }
  });
});

test("Session.prompt gives up on 429, 500 and a cut connection after maxProviderRetries", async () => {
  const failing = [
    { status: 429, body: { error: { message: "slow down" } } },
    { status: 500, body: { error: { message: "kaputt" } } },
    { text: "half", ending: "cut" as const },
  ];
  for (const step of failing) {
    await withAgent([{ ...step, times: 9 }], async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      const began = Date.now();
      const error = await assertRejects(
        () => session.prompt("x", { maxProviderRetries: 0 }),
        TurnError,
        "maxProviderRetries",
      );
      assert(Date.now() - began < 15_000);
      assert(error.message.length > 40, error.message);
    });
  }
});

test("Session.prompt ends a provider that cannot be reached", async () => {
  await withAgent(["never asked"], async ({ ai, model }) => {
    await model.close();
    const session = await ai.createSession({ title: "t" });
    await assertRejects(() => session.prompt("x", { maxProviderRetries: 0 }), TurnError);
  });
});

test("Session.prompt recovers where the provider's second try succeeds, and says nothing twice", async () => {
  const script = [{ text: ["Hello ", "wor"], ending: "cut" as const }, {
    text: ["Hello ", "world"],
  }];
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("x", { collect: true });
    let streamed = "";
    for await (const piece of turn) streamed += piece;
    const reply = await turn.reply;
    assertEquals([streamed, reply.text], ["Hello world", "Hello world"]);
    assertEquals(await storedText(session), "Hello world");
    assert(reply.events.some((event) => event.type === "retry"));
  });
});

test("Session.prompt ends a provider that answers with nothing again and again", async () => {
  await withAgent([{ ending: "unfinished", times: 1000 }], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    await assertRejects(() => session.prompt("x"), TurnError, "answers with nothing");
  });
});

test("Session.prompt ends with TurnTimeoutError where the model is silent, and the session goes on", async () => {
  await withAgent([{ text: "half ", ending: "hang" }, "next"], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const error = await assertRejects(
      () => session.prompt("x", { idleTimeout: 800 }),
      TurnTimeoutError,
      "idleTimeout",
    );
    assertEquals(error.text, "half ");
    await assertRejects(
      () => session.prompt("x", { timeout: 1 }),
      TurnTimeoutError,
      "1 ms (timeout)",
    );
    assertEquals((await session.prompt("y")).text, "next");
  });
});

test("Session.prompt ends with TurnLimitError past maxSteps, maxCost and maxTokens", async () => {
  const call = {
    toolCalls: [{ name: "bash", input: { command: "true", description: "x" } }],
    times: 99,
  };
  await withAgent([call], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    for (const limit of [{ maxSteps: 2 }, { maxCost: 0.01 }, { maxTokens: 20 }]) {
      const name = Object.keys(limit)[0]!;
      await assertRejects(() => session.prompt("x", limit), TurnLimitError, name);
    }
  }, { scripted: { cost: { input: 1000, output: 1000 } } });
});
