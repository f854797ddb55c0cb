/**
 * Makes the package that is published out of what the compiler left in `esm/`: ES modules and their
 * declarations, one of each for a source file. The two ways to build it share this.
 *
 * The published files have no source maps: with the sources they would double the package. A stack
 * trace names the module and the exported functions, and the version's sources are a tag away.
 */
import { esbuild } from "./esbuild.ts";
import { DOCUMENTS, manifestOf, readConfig } from "./npm_options.ts";

/** Completes the package in a folder that has the compiler's output in `esm/`. */
export async function finishPackage(dir: string): Promise<void> {
  const config = await readConfig();
  await removePolyfills(dir);
  await compact(`${dir}/esm`);
  await keepReachable(`${dir}/esm`, Object.values(config.exports));
  for (const extra of ["src", ".npmignore", "esm/package.json"]) {
    await Deno.remove(`${dir}/${extra}`, { recursive: true }).catch(() => {});
  }
  for (const file of DOCUMENTS) await Deno.copyFile(file, `${dir}/${file}`);
  await Deno.copyFile(".attw.json", `${dir}/.attw.json`);
  const manifest = manifestOf(config);
  await Deno.writeTextFile(`${dir}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Removes what a dnt without `polyfills: false` adds: it would change the consumer's global types. */
async function removePolyfills(dir: string): Promise<void> {
  for (const path of await filesOf(`${dir}/esm`, "")) {
    if (/\/_dnt\.polyfills\.(js|d\.ts)$/.test(path)) await Deno.remove(path);
    else if (/\.(js|d\.ts)$/.test(path)) {
      const text = await Deno.readTextFile(path);
      const without = text.replaceAll(/^import "[./]*_dnt\.polyfills\.js";\n/gm, "");
      if (without !== text) await Deno.writeTextFile(path, without);
    }
  }
}

/** Minifies each module by itself, so that the package stays small; editors read the declarations. */
async function compact(dir: string): Promise<void> {
  const code = await filesOf(dir, ".js");
  await esbuild([
    "--minify",
    "--line-limit=160", // an uncaught error prints the line that threw
    "--charset=utf8",
    "--log-level=warning",
    "--target=node20.19",
    `--outdir=${dir}`,
    `--outbase=${dir}`,
    "--allow-overwrite",
    ...code,
  ]);
  for (const path of code) {
    // a module of types alone is a module still
    if ((await Deno.readTextFile(path)).trim() === "") await Deno.writeTextFile(path, EMPTY_MODULE);
  }
}

const EMPTY_MODULE = "export {};\n";

/** Removes the declarations that no entry reaches, and narrows the others' indentation. */
async function keepReachable(dir: string, entries: string[]): Promise<void> {
  const reached = new Set<string>();
  const todo = entries.map((path) => `${dir}/${path.replace("./", "").replace(/\.ts$/, ".d.ts")}`);
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    // examples in comments import things too
    const text = (await Deno.readTextFile(path)).replaceAll(/^\s*\/?\*.*$/gm, "");
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)) {
      todo.push(new URL(`${specifier}.d.ts`, `file:///${path}`).pathname.slice("/".length));
    }
  }
  for (const path of await filesOf(dir, ".d.ts")) {
    if (!reached.has(path)) await Deno.remove(path);
    else {
      const text = await Deno.readTextFile(path);
      const tabs = (spaces: string) => "\t".repeat(spaces.length / 4);
      await Deno.writeTextFile(path, text.replaceAll(/^(?: {4})+/gm, tabs));
    }
  }
}

/** The files below a folder whose names end so, in order. */
export async function filesOf(dir: string, end: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesOf(path, end));
    else if (entry.name.endsWith(end)) found.push(path);
  }
  return found.sort();
}
