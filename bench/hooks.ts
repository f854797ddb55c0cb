/**
 * What hooks cost. First a hook call alone: from the server's own runtime, through our plugin, to a
 * hook of this process and back. Then a step of the real server with two hooks beside one without.
 */
import { resolveBinary } from "../src/binary/locate.ts";
import { Opencode } from "../src/facade/opencode.ts";
import { HookEndpoint } from "../src/hooks/endpoint.ts";
import { hookTable } from "../src/hooks/run.ts";
import type { Hooks } from "../src/hooks/types.ts";
import { PLUGIN } from "../src/plugin/text.ts";
import { scriptedModel } from "../src/testing/model.ts";

const CALLS = 20;
const ROUNDS = 12;

const nothing: Hooks = { preToolUse: () => {}, postToolUse: () => {} };

/** Calls the plugin's functions as the server does, with its pauses, and prints the times. */
const CALLER = `
import plugin from "./plugin.mjs";
const on = await plugin.server({}, { hooks: JSON.parse(process.argv[2]) });
const times = { before: [], after: [], plain: [] };
const timed = async (name, run) => {
  await new Promise((resolve) => setTimeout(resolve, 20));
  const start = performance.now();
  await run();
  times[name].push(performance.now() - start);
};
const { url } = JSON.parse(process.argv[2]);
for (let call = 0; call < 200; call++) {
  const input = { tool: "bash", sessionID: "ses_1", callID: "call_" + call, args: {} };
  const args = { command: "echo " + "x".repeat(200) };
  await timed("before", () => on["tool.execute.before"](input, { args }));
  const output = { output: "y".repeat(2000), metadata: {} };
  await timed("after", () => on["tool.execute.after"](input, output));
  // the least that any request takes
  await timed("plain", async () => await (await fetch(url, { method: "POST" })).text());
}
console.log(JSON.stringify(times));
`;

/** The middle of some times, and what nine of ten stay below. */
function show(times: number[]): string {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.floor(share * sorted.length)]!.toFixed(2);
  return `${at(0.5)} ms (nine of ten below ${at(0.9)})`;
}

async function measureCalls(): Promise<void> {
  const endpoint = new HookEndpoint(hookTable(nothing), {
    parentOf: () => Promise.resolve(undefined),
    ask: () => Promise.resolve(undefined),
    warn: console.error,
    closing: new AbortController().signal,
  });
  const directory = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(`${directory}/plugin.mjs`, PLUGIN);
    await Deno.writeTextFile(`${directory}/caller.mjs`, CALLER);
    const { path } = await resolveBinary();
    const args = [`${directory}/caller.mjs`, JSON.stringify(await endpoint.start())];
    const output = await new Deno.Command(path, { args, env: { BUN_BE_BUN: "1" } }).output();
    const times = JSON.parse(new TextDecoder().decode(output.stdout));
    console.log(`a call of preToolUse:  ${show(times.before)}`);
    console.log(`a call of postToolUse: ${show(times.after)}`);
    console.log(`any request there:     ${show(times.plain)}`);
  } finally {
    await endpoint.close();
    await Deno.remove(directory, { recursive: true });
  }
}

/** Starts an agent whose model makes one call a step, and returns what a step takes, in ms. */
async function agentWith(
  hooks: Hooks | undefined,
): Promise<{ run(): Promise<number>; close(): Promise<void> }> {
  const call = { toolCalls: [{ name: "todowrite", input: { todos: [] } }] };
  const turn = [...Array.from({ length: CALLS }, () => call), { text: "done" }];
  const model = await scriptedModel(Array.from({ length: ROUNDS + 1 }, () => turn).flat());
  const directory = await Deno.makeTempDir();
  const { config } = model;
  const ai = new Opencode({ isolated: true, directory, config, ...hooks && { hooks } });
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

async function measureSteps(): Promise<void> {
  const [without, hooked] = await Promise.all([agentWith(undefined), agentWith(nothing)]);
  await without.run();
  await hooked.run();
  const steps: number[] = [];
  const more: number[] = [];
  // side by side, and each first as often: what disturbs the machine disturbs both
  for (let round = 0; round < ROUNDS; round++) {
    const first = round % 2 === 0 ? without : hooked;
    const one = await first.run();
    const other = await (first === without ? hooked : without).run();
    const [plain, withHooks] = first === without ? [one, other] : [other, one];
    steps.push(plain);
    more.push(withHooks - plain);
  }
  await without.close();
  await hooked.close();
  console.log(`a step without hooks:  ${show(steps)}`);
  console.log(`two hooks more:        ${show(more)}`);
}

await measureCalls();
await measureSteps();
