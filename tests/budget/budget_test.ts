/** Budgets of turns on the real server. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { BudgetExceededError } from "../../src/errors.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const bash = { name: "bash", input: { command: "echo x", description: "x" } };

test("a budget ends the turn of a subagent's parent within a step, and refuses the next", async () => {
  const sub = { name: "task", input: { description: "d", prompt: "p", subagent_type: "general" } };
  const used = { input: 60, output: 0 };
  await withAgent([
    { toolCalls: [sub], usage: used },
    // an answer takes its time: a model without any is faster than a stop
    { toolCalls: [bash], usage: used, times: 20, delay: 1500 },
  ], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const { error } = await session.stream("go").settled;
    assert(
      error instanceof BudgetExceededError,
      `${error} ${model.requests.length} ${ai.spent.tokens}`,
    );
    assert(error.spent.tokens > 200 && error.spent.tokens <= 360, `${error.spent.tokens}`);
    // what was asked for meanwhile is aborted, and counts for nothing
    assert(ai.spent.tokens <= 300, `${ai.spent.tokens}`);
    const { length } = model.requests;
    assert(length <= 6, `${length} requests`);
    await assertRejects(() => ai.prompt("again"), BudgetExceededError);
    assertEquals(ai.spent.turns, 1);
  }, { budget: { tokens: 200 } });
});

test("a running turn has one event when 80 % of the budget are spent", async () => {
  const near: unknown[] = [];
  await withAgent([
    { toolCalls: [bash], usage: { input: 50, output: 0 } },
    { toolCalls: [bash], usage: { input: 35, output: 0 } },
    { text: "done", usage: { input: 5, output: 0 } },
  ], async ({ ai }) => {
    const { events } = await ai.prompt("go", { collect: true });
    const told = events.flatMap((event) => event.type === "budget" ? [event] : []);
    assertEquals(told.map(({ bound, limit, spent }) => [bound, limit, spent.tokens]), [
      ["tokens", 100, 85],
    ]);
    assertEquals(near, [told[0]!.spent]);
  }, { budget: { tokens: 100, onNearEnd: (spent) => near.push(spent) } });
});
