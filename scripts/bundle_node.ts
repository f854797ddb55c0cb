/**
 * Bundles for Node and Bun without dnt: the Node adapter stands in for the Deno one by an import
 * map, `@std/*` is bundled in. `dist/node/mod.mjs`, `dist/node/cli.mjs`, and one file for each
 * further export; the portable tests go to `dist/test/`.
 */
import { deno, stdImports, writeImportMap } from "./deno.ts";
import { esbuild } from "./esbuild.ts";
import { filesOf } from "./npm_package.ts";

interface Config {
  exports: Record<string, string>;
}

let entries: Promise<void> | undefined;

/** Writes `dist/node/*.mjs`, one for each entry of `exports`, once. */
export function bundleNode(): Promise<void> {
  return entries ??= writeEntries();
}

async function writeEntries(): Promise<void> {
  const { exports } = await config();
  await Deno.mkdir("dist/node", { recursive: true });
  const map = await nodeImportMap();
  for (const [name, entry] of Object.entries(exports)) {
    const output = `dist/node/${name === "." ? "mod" : name.slice("./".length)}.mjs`;
    await bundle(map, ["--output", output, entry]);
  }
}

let everything: Promise<string[]> | undefined;

/** Bundles the tests that import the harness, all of them once; gives the files to run. */
export function bundleTests(only: readonly string[] = []): Promise<string[]> {
  return only.length > 0 ? writeTests(only) : everything ??= writeTests([]);
}

async function writeTests(only: readonly string[]): Promise<string[]> {
  const files = (await portableTests("tests"))
    .filter((file) => only.length === 0 || only.some((part) => file.includes(part)));
  await bundleNode(); // tests of the command line run dist/node/cli.mjs
  if (files.length === 0) throw new Error(`No portable test has ${only.join(" or ")} in its name`);
  const dir = "dist/test";
  await Deno.remove(dir, { recursive: true }).catch(() => {});
  await Deno.mkdir(dir, { recursive: true });
  await Deno.writeTextFile(`${dir}/package.json`, `{ "type": "module" }\n`);
  // one call that shares chunks: one for each file takes ten times as long
  const map = await nodeImportMap();
  if (files.length === 1) {
    await bundle(map, ["--output", outputOf(dir, files, files[0]!), ...files]);
  } else await bundle(map, ["--code-splitting", "--outdir", dir, ...files]);
  // Node 20 has no `using`, which the tests may say
  const written = await filesOf(dir, ".js");
  const lowered = [
    "--target=node20.19",
    `--outdir=${dir}`,
    `--outbase=${dir}`,
    "--allow-overwrite",
  ];
  await esbuild([...lowered, "--log-level=warning", ...written]);
  return files.map((file) => outputOf(dir, files, file));
}

/** Where the bundler puts an entry: its path below the folder that all entries share. */
function outputOf(dir: string, files: readonly string[], file: string): string {
  const folders = files.map((path) => path.split("/").slice(0, -1));
  let shared = 0;
  while (
    folders.every((parts) => parts[shared] !== undefined && parts[shared] === folders[0]![shared])
  ) {
    shared++;
  }
  return `${dir}/${file.split("/").slice(shared).join("/").replace(/\.ts$/, ".js")}`;
}

async function bundle(map: string, args: string[]): Promise<void> {
  const code = await deno([
    "bundle",
    "--quiet",
    "--platform=deno",
    `--import-map=${map}`,
    ...args,
  ], { std: false });
  if (code !== 0) throw new Error(`deno bundle ${args.join(" ")} ended with ${code}`);
}

/** The import map that takes the Node adapter for the Deno one; its path. */
export async function nodeImportMap(): Promise<string> {
  const adapter = (name: string) => new URL(`../src/runtime/${name}.ts`, import.meta.url).href;
  return await writeImportMap("node", {
    ...await stdImports(),
    [adapter("deno")]: adapter("node"),
  });
}

async function portableTests(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await portableTests(path));
    else if (entry.name.endsWith("_test.ts")) {
      if (/from "(\.\.\/|\.\/)+harness\.ts"/.test(await Deno.readTextFile(path))) found.push(path);
    }
  }
  return found.sort();
}

async function config(): Promise<Config> {
  return JSON.parse(await Deno.readTextFile("deno.json"));
}

if (import.meta.main) await bundleNode();
