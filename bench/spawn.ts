/**
 * The runtime port's `spawn` beside `Deno.Command` alone: a small program started and read to its
 * end, taking turns in one run.
 *
 * `deno run -A scripts/deno.ts run -A bench/spawn.ts`
 */
import { host } from "../src/runtime/host.ts";
import { createRuntime as createNodeRuntime } from "../src/runtime/node.ts";

const ROUNDS = 300;

async function bare(): Promise<void> {
  const { stdout } = await new Deno.Command("/bin/echo", { args: ["hello"], stdin: "null" })
    .output();
  if (stdout.length !== 6) throw new Error("unexpected");
}

async function through(spawn: ReturnType<typeof host>["spawn"]): Promise<void> {
  const child = await spawn("/bin/echo", { args: ["hello"] });
  const [out] = await Promise.all([
    new Response(child.stdout).arrayBuffer(),
    new Response(child.stderr).arrayBuffer(),
    child.status,
  ]);
  if (out.byteLength !== 6) throw new Error("unexpected");
}

const node = createNodeRuntime();
const runs: Record<string, () => Promise<void>> = {
  "Deno.Command": bare,
  "host().spawn": () => through(host().spawn),
  "Node's adapter on Deno": () => through(node.spawn),
};
const times: Record<string, number[]> = {};
for (let round = -20; round < ROUNDS; round++) {
  for (const [name, run] of Object.entries(runs)) {
    const started = performance.now();
    await run();
    if (round >= 0) (times[name] ??= []).push(performance.now() - started);
  }
}
const median = (values: number[]) => values.toSorted((a, b) => a - b)[values.length >> 1]!;
const base = median(times["Deno.Command"]!);
for (const [name, values] of Object.entries(times)) {
  const ms = median(values);
  console.log(`${name.padEnd(24)} ${ms.toFixed(2)} ms, ratio ${(ms / base).toFixed(2)}`);
}
