/**
 * Compares two system prompts on a set of cases. The first run records what the model answers; later
 * ones replay it, at once and without a key, until a prompt changes.
 *
 *     deno run -A examples/evaluate.ts --record && deno run -A examples/evaluate.ts
 */
import { readFileSync } from "node:fs";
import process from "node:process";
import { Opencode } from "@x/opencode";
import { recordModel, replayModel } from "@x/opencode/testing";

const prompts = {
  plain: "Answer the question.",
  strict: "Answer with one word.",
};
const cases = [
  { question: "The capital of France?", expected: /^Paris$/ },
  { question: "Seven times six?", expected: /^42$/ },
];
const file = "evaluation.jsonl";
const record = process.argv.includes("--record");

await using model = record
  ? await recordModel({ file, config: JSON.parse(readFileSync("opencode.json", "utf8")) })
  : await replayModel({ file });
await using ai = new Opencode({ isolated: true, config: model.config, permissions: "deny" });

for (const [name, system] of Object.entries(prompts)) {
  let right = 0;
  for (const { question, expected } of cases) {
    const session = await ai.createSession({ title: question });
    if (expected.test((await session.ask(question, { system, quiet: true })).trim())) right++;
  }
  console.log(`${name}: ${right} of ${cases.length}`);
}
