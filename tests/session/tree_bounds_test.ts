import { assert, assertEquals, assertRejects } from "@std/assert";
import { TurnError, TurnLimitError, TurnTimeoutError } from "../../src/errors.ts";
import type { PromptOptions } from "../../src/session/options.ts";
import type { ScriptStep } from "../../src/testing/script.ts";
import { type Agent, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const TASK = { description: "d", prompt: "sub", subagent_type: "general" };

/** A prompt whose model hands all work to a subagent, which behaves like this. */
async function delegating(
  sub: ScriptStep | (() => ScriptStep),
  options: PromptOptions,
  check: (prompt: Promise<unknown>, agent: Agent) => Promise<void>,
): Promise<void> {
  await withAgent(
    ({ prompt }) =>
      prompt !== "sub"
        ? { toolCalls: [{ name: "task", input: TASK }] }
        : typeof sub === "function"
        ? sub()
        : sub,
    async (agent) => {
      const session = await agent.ai.createSession({ title: "t" });
      await check(session.prompt("x", options), agent);
      const asked = agent.model.requests.length;
      assertEquals(await agent.ai.client.session.status(), {}, "nothing is busy afterwards");
      assertEquals(agent.model.requests.length, asked, "the model is not asked again");
    },
  );
}

const busyForEver: ScriptStep = {
  toolCalls: [{ name: "bash", input: { command: "true", description: "x" } }],
  usage: { input: 100, output: 10 },
};

/** A model that says so much, and then nothing: otherwise it could be ahead of the turn's end. */
function times(count: number, step: ScriptStep): () => ScriptStep {
  let left = count;
  return () => left-- > 0 ? step : { ending: "hang" };
}

test("maxSteps counts the rounds of subagents", async () => {
  await delegating(times(5, busyForEver), { maxSteps: 5 }, async (prompt, { model }) => {
    await assertRejects(() => prompt, TurnLimitError, "more than 5 steps");
    assert(model.requests.length <= 7, `${model.requests.length} requests`);
  });
});

test("maxTokens counts the tokens of subagents", async () => {
  await delegating(busyForEver, { maxTokens: 500 }, async (prompt) => {
    await assertRejects(() => prompt, TurnLimitError, "more than 500 (maxTokens)");
  });
});

test("a subagent whose provider answers with nothing ends the turn", async () => {
  await delegating(times(12, { ending: "unfinished" }), {}, async (prompt, { model }) => {
    await assertRejects(() => prompt, TurnError, "answers with nothing");
    assert(model.requests.length <= 14, `${model.requests.length} requests`);
  });
});

test("idleTimeout ends a turn whose subagent hangs", async () => {
  await delegating({ ending: "hang" }, { idleTimeout: 1_500 }, async (prompt) => {
    await assertRejects(() => prompt, TurnTimeoutError, "1500 ms (idleTimeout)");
  });
});
