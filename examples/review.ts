/**
 * Reviews a diff, and fails where it finds something serious; fit for CI.
 *
 *     git diff main | deno run -A examples/review.ts
 */
import process from "node:process";
import { text } from "node:stream/consumers";
import { Opencode } from "@x/opencode";

const diff = await text(process.stdin);
if (diff.trim() === "") {
  console.log("Nothing to review");
  process.exit(0);
}

await using ai = new Opencode({ permissions: "readonly" });
const { findings } = await ai.object(`Review this diff. Report real defects only.\n\n${diff}`, {
  schema: {
    type: "object",
    properties: {
      findings: {
        type: "array",
        items: {
          type: "object",
          properties: {
            file: { type: "string" },
            line: { type: "integer" },
            severity: { enum: ["low", "high"] },
            comment: { type: "string" },
          },
          required: ["file", "line", "severity", "comment"],
        },
      },
    },
    required: ["findings"],
  },
});

for (const { file, line, severity, comment } of findings) {
  console.log(`${file}:${line}: ${severity}: ${comment}`);
}
const serious = findings.filter(({ severity }) => severity === "high").length;
console.log(`${findings.length} findings, ${serious} of them serious`);
process.exitCode = serious > 0 ? 1 : 0;
