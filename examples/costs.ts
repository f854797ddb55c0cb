/**
 * What the sessions of a directory cost: tokens and dollars of each, dearest first.
 *
 *     deno run -A examples/costs.ts [directory]
 */
import process from "node:process";
import { Opencode } from "@x/opencode";

await using ai = new Opencode({ directory: process.argv[2] ?? "." });

const rows = await Promise.all(
  (await ai.sessions()).map(async (session) => {
    const { usage, cost } = await session.usage();
    return { title: session.title, cost, ...usage };
  }),
);
rows.sort((a, b) => b.cost - a.cost);

console.log("dollars     in    out  title");
for (const { title, cost, input, output } of rows) {
  const numbers = [cost.toFixed(2).padStart(7), `${input}`.padStart(6), `${output}`.padStart(6)];
  console.log(`${numbers.join(" ")}  ${title}`);
}
const total = rows.reduce((sum, { cost }) => sum + cost, 0);
console.log(`${total.toFixed(2).padStart(7)} in ${rows.length} sessions`);
