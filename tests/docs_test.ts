/** The documents: their snippets run and print what the text shows, their links lead somewhere. */
import { assert, assertEquals } from "@std/assert";
import { dirname, join, relative } from "@std/path";
import { withErrors } from "../scripts/error_docs.ts";
import { docsModel } from "./docs_model.ts";
import { inWorld, printed, snippets, typeCheck } from "./snippets.ts";

const guides = [...Deno.readDirSync("docs")].map(({ name }) => `docs/${name}`)
  .filter((path) => path.endsWith(".md")).sort();
const documents = new Map(
  await Promise.all(
    ["README.md", ...guides].map(async (path) => [path, await Deno.readTextFile(path)] as const),
  ),
);

Deno.test("documents: every TypeScript snippet passes the type check", async () => {
  const directory = await Deno.makeTempDir({ prefix: "opencode-docs-" });
  try {
    const files: string[] = [];
    for (const [path, text] of documents) {
      for (const [index, { code }] of snippets(text).entries()) {
        const file = join(directory, `${path.replaceAll(/\W/g, "_")}_${index + 1}.ts`);
        await Deno.writeTextFile(file, code);
        files.push(file);
      }
    }
    const { code, err } = await typeCheck(files);
    assertEquals(code, 0, err);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});

for (const [path, text] of documents) {
  const all = snippets(text);
  if (all.length === 0) continue;
  Deno.test(`${path}: every snippet runs and prints what the text shows`, async (test) => {
    await inWorld(docsModel, async ({ run, directory }) => {
      for (const [index, { code, output, title }] of all.entries()) {
        await test.step(`${index + 1}: ${title}`, async () => {
          const file = join(directory, `snippet_${index + 1}.ts`);
          await Deno.writeTextFile(file, code);
          const { code: exit, out, err } = await run(file);
          assertEquals(exit, 0, err);
          assert(output !== undefined, "a snippet is followed by its output in a `text` block");
          if (!printed(out, output)) assertEquals(out.trim(), output.trim(), err);
        });
      }
    });
  });
}

Deno.test("docs/troubleshooting.md has every error as its class documents it", async () => {
  const document = documents.get("docs/troubleshooting.md")!;
  // the formatter breaks its lines elsewhere
  const words = (text: string) => text.split(/\s+/);
  assertEquals(words(document), words(await withErrors(document)), "run scripts/error_docs.ts");
});

/** The repository's address, under which documents link to files where relative links don't work. */
const REPOSITORY = /^https:\/\/github\.com\/x\/opencode\/(?:blob|tree|raw)\/main\//;

Deno.test("documents: every relative link and every anchor leads somewhere", async () => {
  const dead: string[] = [];
  for (const file of await markdownFiles(".")) {
    const text = withoutCode(await Deno.readTextFile(file));
    const links = [...text.matchAll(/\]\(([^)\s]+)\)|<img[^>]* src="([^"]+)"/g)]
      .map(([, link, image]) => link ?? image!);
    for (const link of links) {
      const inside = REPOSITORY.test(link);
      if (!inside && /^[a-z]+:/.test(link)) continue;
      const [path = "", anchor] = link.split("#");
      const base = path === "" ? file : join(dirname(file), path);
      const target = inside ? path.replace(REPOSITORY, "") : base;
      const found = await Deno.stat(target).catch(() => undefined);
      if (!found) dead.push(`${file}: ${link}`);
      else if (anchor !== undefined && target.endsWith(".md")) {
        const anchors = anchorsOf(await Deno.readTextFile(target));
        if (!anchors.has(anchor)) dead.push(`${file}: ${link} (no such heading)`);
      }
    }
  }
  assertEquals(dead, []);
});

Deno.test("documents: files that they name in code exist", async () => {
  const missing: string[] = [];
  for (const file of ["README.md", "CONTRIBUTING.md", "SECURITY.md", "llms.txt", ...guides]) {
    const text = await Deno.readTextFile(file);
    for (
      const [, name] of text.matchAll(/`((?:src|tests|scripts|examples|bench|docs)\/[\w./-]+)`/g)
    ) {
      const here = name!.replace(/\/$/, "");
      if (!await Deno.stat(here).catch(() => undefined)) missing.push(`${file}: ${name}`);
    }
  }
  assertEquals(missing, []);
});

/** Of which class the names of the documents' variables are. */
const CLASSES: Record<string, string> = {
  ai: "Opencode",
  session: "Session",
  turn: "Turn",
  reply: "Reply",
  executor: "ToolExecutor",
};

Deno.test("documents: members that they name in code are of the public API", async () => {
  const api = await Deno.readTextFile("tests/fixtures/api.txt");
  const unknown: string[] = [];
  for (const [path, text] of documents) {
    // one table has the names of other SDKs on its left
    const ours = path.endsWith("migration.md") ? text.replaceAll(/^\| .*? \| /gm, "") : text;
    for (const [, variable, member] of ours.matchAll(/`(\w+)\.(\w+)/g)) {
      const owner = CLASSES[variable!];
      if (owner === undefined) continue;
      const line = new RegExp(`^${owner}\\.(?:readonly |getter )?${member}\\b`, "m");
      if (!line.test(api)) unknown.push(`${path}: ${variable}.${member}`);
    }
  }
  assertEquals(unknown, []);
});

Deno.test("CONTRIBUTING.md: its map has every folder of src, and nothing else", async () => {
  const text = await Deno.readTextFile("CONTRIBUTING.md");
  const map = /^src\/\n((?: .*\n)+)/m.exec(text)![1]!;
  const named = [...map.matchAll(/^ {2}(\S+?)\/? +\[/gm)].map(([, name]) => name).sort();
  assertEquals(named, [...Deno.readDirSync("src")].map(({ name }) => name).sort());
});

Deno.test("CONTRIBUTING.md: the files along a turn exist", async () => {
  const text = await Deno.readTextFile("CONTRIBUTING.md");
  const walk = text.split("## How a turn works")[1]!.split("\n## ")[0]!;
  const files = [...walk.matchAll(/`([\w/]+\.ts)`/g)].map(([, name]) => name!);
  assert(files.length >= 12);
  for (const file of files) assert(await Deno.stat(`src/${file}`).catch(() => undefined), file);
});

async function markdownFiles(directory: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(directory)) {
    const path = relative(".", join(directory, name));
    if (
      isDirectory && !name.startsWith(".") && !/^(?:dist|npm|node_modules|fixtures)$/.test(name)
    ) {
      found.push(...await markdownFiles(path));
    } else if (/\.md$|^llms\.txt$/.test(name)) found.push(path);
  }
  return found;
}

function withoutCode(text: string): string {
  return text.replaceAll(/```[\s\S]*?```/g, "").replaceAll(/`[^`\n]*`/g, "");
}

/** The anchors that GitHub makes of a document's headings. */
function anchorsOf(text: string): Set<string> {
  const headings = text.replaceAll(/```[\s\S]*?```/g, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, heading]) =>
      heading!.toLowerCase().replaceAll(/[^\p{L}\p{N}\s_-]/gu, "").trim().replaceAll(/\s/g, "-")
    ),
  );
}
