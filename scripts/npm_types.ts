/**
 * Checks the types of the published modules the way dnt will: its own step before the compiler
 * (the Node adapter in place of the Deno one, `.js` specifiers), then TypeScript with Node's types
 * and the options of `build_npm.ts`, declarations included. dnt itself needs JSR; this needs npm
 * alone.
 */
import { LIB, NODE_TYPES, TARGET } from "./npm_options.ts";
import { npmTools } from "./run.ts";

/** The oldest TypeScript that a dnt of our range brings along, and the newest 5. */
const COMPILERS = ["5.7", "5.9"];

/** Whether they hold; what doesn't is said. */
export async function npmTypes(say: (text: string) => void): Promise<boolean> {
  const found = await Promise.all(COMPILERS.map((version) => check(version, say)));
  return found.every((ok) => ok);
}

async function check(version: string, say: (text: string) => void): Promise<boolean> {
  const dir = await installCompiler(version);
  const files = await writeSources(`${dir}/src`);
  await Deno.writeTextFile(
    `${dir}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: {
        target: TARGET,
        lib: LIB,
        module: "ESNext",
        moduleResolution: "Bundler",
        declaration: true,
        emitDeclarationOnly: true,
        outDir: "types",
        strict: true,
        useUnknownInCatchVariables: false,
        noUncheckedIndexedAccess: true,
        isolatedModules: true,
        useDefineForClassFields: true,
        skipLibCheck: true,
        types: ["node"],
        paths: await stdPaths(),
      },
      files: files.map((file) => `src/${file}`),
    }),
  );
  const { success, stdout } = await new Deno.Command("node", {
    args: [`${dir}/node_modules/typescript/lib/tsc.js`, "--pretty", "false", "-p", dir],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout).trim();
  if (!success) say(`TypeScript ${version}:\n${text || "the compiler did not run"}\n`);
  return success;
}

/** Installs TypeScript of that version, Node's types and @std, once; returns the folder. */
export function installCompiler(version: string): Promise<string> {
  const tools = [`typescript@${version}`, `@types/node@${NODE_TYPES}`, "deno-std@1.4.0"];
  return npmTools(`npm_types/${version}`, tools);
}

/** Copies the published modules as dnt hands them to the compiler; gives the entry points. */
export async function writeSources(to: string): Promise<string[]> {
  await Deno.remove(to, { recursive: true }).catch(() => {});
  const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const entries = Object.values(exports as Record<string, string>)
    .map((path) => path.replace("./", ""));
  const top = entries.filter((path) => !path.includes("/"));
  for (const path of [...top, ...await modules("src")]) {
    if (path === "src/runtime/deno.ts") continue;
    const text = await Deno.readTextFile(path);
    const target = `${to}/${path}`;
    await Deno.mkdir(target.slice(0, target.lastIndexOf("/")), { recursive: true });
    await Deno.writeTextFile(target, asDntWrites(path, text));
  }
  return entries;
}

function asDntWrites(path: string, text: string): string {
  const mapped = path === "src/runtime/host.ts" ? text.replace('"./deno.ts"', '"./node.ts"') : text;
  return mapped.replaceAll(
    /((?:from|import)\s*\(?\s*)"(\.{1,2}\/[^"\n]+)\.ts"/g,
    (_, before, specifier) => `${before}"${specifier}.js"`,
  );
}

/** The modules under a folder. */
export async function modules(dir: string): Promise<string[]> {
  const found: string[] = [];
  for await (const entry of Deno.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await modules(path));
    else if (entry.name.endsWith(".ts")) found.push(path);
  }
  return found;
}

/** The hand-kept types of `@std/*`, by specifier. */
async function stdPaths(): Promise<Record<string, string[]>> {
  const { imports } = JSON.parse(await Deno.readTextFile("scripts/std_from_npm.json"));
  const paths: Record<string, string[]> = {};
  for (const [name, file] of Object.entries(imports as Record<string, string>)) {
    const url = new URL(file, "file:///scripts/");
    const types = /@ts-types="([^"]+)"/.exec(await Deno.readTextFile(url.pathname.slice(1)))?.[1];
    if (types !== undefined) paths[name] = [`../../..${new URL(types, url).pathname}`];
  }
  return paths;
}
