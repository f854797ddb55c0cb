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
