/**
 * Writes the table of errors in `docs/troubleshooting.md` anew, from the documentation of the error
 * classes: their first paragraph is the cause, the second the cure.
 * `deno run -A scripts/deno.ts run -A scripts/error_docs.ts`.
 */
const BEGIN = "<!-- begin: made by scripts/error_docs.ts -->";
const END = "<!-- end -->";

const SOURCES = [
  "errors/base.ts",
  "errors/server.ts",
  "errors/api.ts",
  "errors/turn.ts",
  "testing/model.ts",
  "testing/record/error.ts",
];

/** What the documentation of a class says. */
interface Documented {
  name: string;
  code: string;
  cause: string;
  cure: string;
}

/** The error classes of the sources, in order. */
export async function documentedErrors(): Promise<Documented[]> {
  const pattern =
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\nexport class (\w+) extends [\s\S]*?identify\(this, "\w+", "(\w+)"\)/g;
  const found: Documented[] = [];
  for (const source of SOURCES) {
    const text = await Deno.readTextFile(new URL(`../src/${source}`, import.meta.url));
    for (const [, comment = "", name = "", code = ""] of text.matchAll(pattern)) {
      const plain = comment.replaceAll(/^ *\* ?/gm, "").trim();
      const [cause = "", cure = ""] = plain.split("\n\n").map((part) => part.replaceAll("\n", " "));
      found.push({ name, code, cause, cure });
    }
  }
  return found;
}

/** The document with its table replaced. */
export async function withErrors(document: string): Promise<string> {
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const sections = (await documentedErrors()).map(({ name, code, cause, cure }) =>
    `### \`${code}\`\n\n\`${name}\`. ${cell(cause)}\n\n${cell(cure)}`
  );
  const [before, rest = ""] = document.split(BEGIN);
  const after = rest.split(END)[1] ?? "\n";
  return `${before}${BEGIN}\n\n${sections.join("\n\n")}\n\n${END}${after}`;
}

if (import.meta.main) {
  const path = new URL("../docs/troubleshooting.md", import.meta.url);
  await Deno.writeTextFile(path, await withErrors(await Deno.readTextFile(path)));
  await new Deno.Command(Deno.execPath(), { args: ["fmt", "-q", path.pathname] }).output();
}
