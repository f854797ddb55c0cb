/**
 * Writes the reference in `docs/cli.md` anew from the command line's table:
 * `deno run -A scripts/deno.ts run -A scripts/cli_docs.ts`.
 */
import { reference } from "../src/cli/table/reference.ts";

const BEGIN = "<!-- begin: made by scripts/cli_docs.ts -->";
const END = "<!-- end -->";

/** The document with its reference replaced. */
export function withReference(document: string): string {
  const [before, rest = ""] = document.split(BEGIN);
  const after = rest.split(END)[1] ?? "\n";
  return `${before}${BEGIN}\n\n${reference()}\n\n${END}${after}`;
}

if (import.meta.main) {
  const path = new URL("../docs/cli.md", import.meta.url);
  await Deno.writeTextFile(path, withReference(await Deno.readTextFile(path)));
}
