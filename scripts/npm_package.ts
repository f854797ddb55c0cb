/**
 * Makes the package that is published out of what dnt compiled.
 *
 * dnt gives one ES module for each source file, comments and all, and would give the same again
 * as CommonJS: 2 MB. Here the ES modules become chunks that hold only what is reached, once:
 *
 * - `script/`: CommonJS, which Node, Bun and Deno run;
 * - `esm/`: for `import`, one small file an entry that takes the names from `script/`, so that
 *   `import` and `require` in one program share their classes;
 * - `browser/`: `./client` as real ES modules, for everything else;
 * - `types/`: the declarations that an entry reaches.
 */

import { esbuild } from "./esbuild.ts";

/** Where dnt put things, and what they are called. */
export interface Layout {
  /** The package's folder, with `esm/` and `types/` from the compiler. */
  dir: string;
  /** The exports' names, such as `"./client"`, and their modules, such as `"src/client/mod"`. */
  exports: Record<string, string>;
  /** The command's name, and its module. */
  bin: { name: string; module: string };
}

/** The command of the package. */
export const BIN = "opencode-ts";

/** The layout, from the exports of deno.json without `./cli`, and the module of `./cli`. */
export function layoutOf(dir: string, exports: Record<string, string>, cli: string): Layout {
  const module = (path: string) => path.replace("./", "").replace(/\.ts$/, "");
  const modules = Object.entries(exports).map(([name, path]) => [name, module(path)]);
  return { dir, exports: Object.fromEntries(modules), bin: { name: BIN, module: module(cli) } };
}

/** Replaces the compiler's output by what is published, and completes `package.json`. */
export async function finishPackage({ dir, exports, bin }: Layout): Promise<void> {
  const chunks = `${dir}/chunks`;
  const names = new Map(Object.entries(exports).map(([name, module]) => [shortName(name), module]));
  names.set(shortName(bin.module), bin.module);
  const inputs = [...names].map(([name, module]) => `${name}=${dir}/esm/${module}.js`);
  const common = ["--minify", "--log-level=warning", "--target=node20.16"];
  const split = ["--bundle", "--splitting", "--format=esm", ...common];
  const meta = `${dir}/meta.json`;

  await esbuild([
    ...split,
    "--platform=node",
    `--outdir=${chunks}`,
    `--metafile=${meta}`,
    ...inputs,
  ]);
  await esbuild([
    ...split,
    "--platform=browser",
    `--outdir=${dir}/browser`,
    ...inputs.filter((
      input,
    ) => input.startsWith("client=")),
  ]);
  await esbuild([
    "--format=cjs",
    "--platform=node",
    "--supported:dynamic-import=false",
    ...common,
    `--outdir=${dir}/script`,
    ...await filesOf(chunks, ".js"),
  ]);

  const { outputs } = JSON.parse(await Deno.readTextFile(meta)) as Metafile;
  await Deno.remove(`${dir}/esm`, { recursive: true });
  await Deno.mkdir(`${dir}/esm`);
  for (const name of names.keys()) {
    const found = Object.entries(outputs).find(([path]) => path.endsWith(`/chunks/${name}.js`));
    const exported = found?.[1].exports ?? [];
    const wrapper = exported.length > 0
      ? `export { ${exported.sort().join(", ")} } from "../script/${name}.js";\n`
      : `#!/usr/bin/env node\nimport "../script/${name}.js";\n`;
    await Deno.writeTextFile(`${dir}/esm/${name}.js`, wrapper);
  }
  for (const [folder, type] of [["esm", "module"], ["browser", "module"], ["script", "commonjs"]]) {
    await Deno.writeTextFile(`${dir}/${folder}/package.json`, `{ "type": "${type}" }\n`);
  }
  await keepReached(`${dir}/types`, Object.values(exports));
  for (const extra of [chunks, meta, `${dir}/src`, `${dir}/.npmignore`]) {
    await Deno.remove(extra, { recursive: true }).catch(() => {});
  }
  await completeManifest({ dir, exports, bin });
}

interface Metafile {
  outputs: Record<string, { exports: string[] }>;
}

/** `"./client"` is `client`, `"."` is `mod`. */
function shortName(name: string): string {
  return name === "." ? "mod" : name.replace("./", "");
}

async function completeManifest({ dir, exports, bin }: Layout): Promise<void> {
  const manifest = JSON.parse(await Deno.readTextFile(`${dir}/package.json`));
  const conditions: Record<string, unknown> = {};
  for (const [name, module] of Object.entries(exports)) {
    const file = shortName(name);
    const types = `./types/${module}.d.ts`;
    const here = { require: `./script/${file}.js`, default: `./esm/${file}.js` };
    conditions[name] = file === "client"
      ? { types, node: here, default: "./browser/client.js" }
      : { types, ...here };
  }
  manifest.main = "./script/mod.js";
  delete manifest.module;
  manifest.types = `./types/${exports["."]}.d.ts`;
  manifest.exports = { ...conditions, "./package.json": "./package.json" };
  manifest.bin = { [bin.name]: `./esm/${shortName(bin.module)}.js` };
  manifest.files = ["browser", "esm", "script", "types", "CHANGELOG.md"];
  await Deno.writeTextFile(`${dir}/package.json`, `${JSON.stringify(manifest, null, 2)}\n`);
}

/** Removes the declarations that no entry reaches. */
async function keepReached(types: string, modules: string[]): Promise<void> {
  const reached = new Set<string>();
  const todo = modules.map((module) => `${types}/${module}.d.ts`);
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    if (reached.has(path)) continue;
    reached.add(path);
    // examples in comments import things too
    const text = (await Deno.readTextFile(path)).replaceAll(/^\s*\/?\*.*$/gm, "");
    for (const [, specifier] of text.matchAll(/(?:from|import)\s*\(?\s*"(\.[^"]+)\.js"/g)) {
      todo.push(normalized(`${path.slice(0, path.lastIndexOf("/"))}/${specifier}.d.ts`));
    }
  }
  for (const path of await filesOf(types, "")) {
    if (!reached.has(path)) await Deno.remove(path);
    else {
      // the compiler indents by four spaces, a tenth of all
      const text = await Deno.readTextFile(path);
      await Deno.writeTextFile(path, text.replaceAll(/^(?: {4})+/gm, narrowed));
    }
  }
}

function narrowed(spaces: string): string {
  return "\t".repeat(spaces.length / 4);
}

function normalized(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === ".." && parts.length > 0) parts.pop();
    else if (part !== ".") parts.push(part);
  }
  return parts.join("/");
}

/** The files below a folder whose names end so. */
export async function filesOf(dir: string, end: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesOf(path, end));
    else if (entry.name.endsWith(end)) found.push(path);
  }
  return found;
}
