/**
 * Builds the npm package without dnt, from npm's registry alone: the same sources, with the Node
 * adapter in place of the Deno one, through TypeScript, with `@std/*` copied in.
 *
 * `deno run -A scripts/npm_build.ts` leaves it in `dist/npm/`, laid out as `build_npm.ts` leaves it
 * in `npm/`.
 */
import { readConfig, TARGET } from "./npm_options.ts";
import { finishPackage } from "./npm_package.ts";
import { installCompiler, modules, writeSources } from "./npm_types.ts";

const COMPILER = "5.9";

let built: Promise<string> | undefined;

/** Builds the package, once; returns its folder. */
export function npmBuild(): Promise<string> {
  return built ??= build("dist/npm");
}

async function build(dir: string): Promise<string> {
  await Deno.remove(dir, { recursive: true }).catch(() => {});
  await compile(dir);
  const { exports } = await readConfig();
  const command = `${dir}/esm/${exports["./cli"]!.replace("./", "").replace(/\.ts$/, ".js")}`;
  const code = await Deno.readTextFile(command);
  await Deno.writeTextFile(command, `#!/usr/bin/env node\n${code}`);
  await finishPackage(dir);
  return dir;
}

/** Compiles the entry points into `esm/`. */
async function compile(dir: string): Promise<void> {
  const tools = await installCompiler(COMPILER);
  const entries = await writeSources(`${dir}/src`);
  await takeStd(`${dir}/src`, tools);
  const config = `${dir}/tsconfig.json`;
  await Deno.writeTextFile(
    config,
    JSON.stringify({
      compilerOptions: {
        target: TARGET,
        module: "ESNext",
        moduleResolution: "Bundler",
        declaration: true,
        outDir: "esm",
        rootDir: "src",
        // npm_types.ts checks them; @std's JavaScript would not pass
        noCheck: true,
        allowJs: true,
        strict: true,
        typeRoots: [`${tools}/node_modules/@types`],
      },
      files: entries.map((entry) => `src/${entry}`),
    }),
  );
  await run("node", [
    `${tools}/node_modules/typescript/lib/tsc.js`,
    "--pretty",
    "false",
    "-p",
    dir,
  ]);
  await Deno.remove(config);
}

/** Copies `@std/*` from npm into the sources, as dnt does from JSR. */
async function takeStd(sources: string, tools: string): Promise<void> {
  await copyTree(`${tools}/node_modules/deno-std`, `${sources}/deps/std`);
  for (const path of await modules(sources)) {
    const text = await Deno.readTextFile(path);
    const up = "../".repeat(path.slice(sources.length + 1).split("/").length - 1) || "./";
    const local = text.replaceAll(
      /from "@std\/([^"/]+)(?:\/([^"]+))?"/g,
      (_, name, part = "mod") => `from "${up}deps/std/${name}/${part.replaceAll("-", "_")}.js"`,
    );
    if (local !== text) await Deno.writeTextFile(path, local);
  }
}

async function copyTree(from: string, to: string): Promise<void> {
  await Deno.mkdir(to, { recursive: true });
  for await (const entry of Deno.readDir(from)) {
    if (entry.isFile && !entry.name.endsWith(".js")) continue;
    const [source, target] = [`${from}/${entry.name}`, `${to}/${entry.name}`];
    await (entry.isDirectory ? copyTree(source, target) : Deno.copyFile(source, target));
  }
}

async function run(command: string, args: string[]): Promise<void> {
  const { success } = await new Deno.Command(command, { args, stdin: "null" }).spawn().status;
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
}

if (import.meta.main) console.log(await npmBuild());
