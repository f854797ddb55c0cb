// The scripted model of bench/cli.ts, in a process of its own: prints its configuration, and ends
// with its standard input.
import { scriptedModel } from "../src/testing/mod.ts";

const text = Array.from({ length: 20 }, (_, i) => `word${i} `);
const model = await scriptedModel(() => ({ text }));
console.log(JSON.stringify(model.config));
const reader = Deno.stdin.readable.getReader();
while (!(await reader.read()).done) { /* nothing comes */ }
await model.close();
