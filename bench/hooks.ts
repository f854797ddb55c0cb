/** What hooks cost a call: the same turn of many bash calls with and without them. */
import { Opencode } from "../src/facade/opencode.ts";
import type { Hooks } from "../src/hooks/types.ts";
import { scriptedModel } from "../src/testing/model.ts";

const CALLS = 20;
const ROUNDS = 3;

/** Starts an agent whose model makes one call a step, and returns what a call takes, in ms. */
async function measure(
  hooks: Hooks | undefined,
): Promise<{ run(): Promise<number>; close(): Promise<void> }> {
  const call = { toolCalls: [{ name: "todowrite", input: { todos: [] } }] };
  const turn = [...Array.from({ length: CALLS }, () => call), { text: "done" }];
  const model = await scriptedModel(Array.from({ length: ROUNDS + 1 }, () => turn).flat());
  const directory = await Deno.makeTempDir();
  const ai = new Opencode({
    isolated: true,
    directory,
    config: model.config,
    ...hooks && { hooks },
  });
  return {
    run: async () => {
      const session = await ai.createSession({ title: "bench" });
      const start = performance.now();
      await session.prompt("go");
      return (performance.now() - start) / CALLS;
    },
    close: async () => {
      await ai.close();
      await model.close();
      await Deno.remove(directory, { recursive: true });
    },
  };
}

const nothing: Hooks = { preToolUse: () => {}, postToolUse: () => {} };
const agents = await Promise.all([measure(undefined), measure(nothing)]);
for (const agent of agents) await agent.run();
const times: number[][] = [[], []];
// in turn, so that a busy machine disturbs both alike
for (let round = 0; round < ROUNDS; round++) {
  for (const [at, agent] of agents.entries()) times[at]!.push(await agent.run());
}
for (const agent of agents) await agent.close();
const [without, withHooks] = times.map((list) => list.sort((a, b) => a - b)[0]!);
console.log(`a step with one call, without hooks: ${without!.toFixed(1)} ms`);
console.log(`a step with one call, with hooks:    ${withHooks!.toFixed(1)} ms`);
console.log(`two hooks cost a step: ${(withHooks! - without!).toFixed(1)} ms`);
