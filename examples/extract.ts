/**
 * Turns files into records: one JSON object a line, checked against the schema.
 *
 *     deno run -A examples/extract.ts invoices/*.txt > invoices.jsonl
 */
import process from "node:process";
import { Opencode, StructuredOutputError } from "@x/opencode";

const invoice = {
  type: "object",
  properties: {
    number: { type: "string" },
    customer: { type: "string" },
    total: { type: "number", minimum: 0 },
    currency: { type: "string", pattern: "^[A-Z]{3}$" },
  },
  required: ["number", "customer", "total", "currency"],
} as const;

await using ai = new Opencode({ permissions: "deny" });

for (const file of process.argv.slice(2)) {
  try {
    const record = await ai.object("Extract the invoice in the attached file", {
      schema: invoice,
      files: [file],
      maxRepairs: 2,
    });
    console.log(JSON.stringify({ file, ...record }));
  } catch (error) {
    if (!(error instanceof StructuredOutputError)) throw error;
    console.error(`${file}: ${error.issues.join("; ")}`);
    process.exitCode = 1;
  }
}
