/**
 * The npm package without dnt, where JSR can't be reached: the same sources through the same
 * compiler, `@std/*` from npm, then the same last steps and the same smoke test as `build_npm.ts`.
 *
 * `deno run -A scripts/npm_rehearsal.ts` leaves it in `dist/npm/`.
 */
import { LIB, NODE_TYPES, TARGET } from "./npm_options.ts";
import { finishPackage, layoutOf } from "./npm_package.ts";
import { smokeTest } from "./npm_smoke.ts";
import { installCompiler, modules, writeSources } from "./npm_types.ts";

const DIR = "dist/npm";
const COMPILER = "5.9";

/** Builds and tries the package; throws where it does not hold. */
export async function npmRehearsal(): Promise<void> {
  const config = JSON.parse(await Deno.readTextFile("deno.json"));
  const { "./cli": cli, ...exports } = config.exports as Record<string, string>;
  if (cli === undefined) throw new Error("deno.json has no ./cli to make the command from");
  await Deno.remove(DIR, { recursive: true }).catch(() => {});
  await compile(`${DIR}/src`);
  const esm = `${DIR}/esm/cli.js`;
  await Deno.writeTextFile(esm, `#!/usr/bin/env node\n${await Deno.readTextFile(esm)}`);
  const { name, version, license } = config;
  await Deno.writeTextFile(
    `${DIR}/package.json`,
    JSON.stringify({
      name,
      version,
      license,
      engines: { node: ">=20.16" },
      devDependencies: { "@types/node": NODE_TYPES },
    }),
  );
  for (const file of ["LICENSE", "README.md", "CHANGELOG.md"]) {
    await Deno.copyFile(file, `${DIR}/${file}`);
  }
  await finishPackage(layoutOf(DIR, exports, cli));
  await smokeTest(DIR, version);
}

async function compile(sources: string): Promise<void> {
  const tools = await installCompiler(COMPILER);
  if (tools === undefined) throw new Error("There is no compiler");
  const entries = await writeSources(sources);
  await takeStd(sources, tools);
  await Deno.writeTextFile(
    `${DIR}/tsconfig.json`,
    JSON.stringify({
      compilerOptions: {
        target: TARGET,
        lib: LIB,
        module: "ESNext",
        moduleResolution: "Bundler",
        declaration: true,
        declarationDir: "types",
        outDir: "esm",
        rootDir: "src",
        // npm_types.ts checks them; @std's JavaScript would not pass
        noCheck: true,
        allowJs: true,
        strict: true,
        typeRoots: [`../../${tools}/node_modules/@types`],
      },
      files: entries.map((entry) => `src/${entry}`),
    }),
  );
  const tsc = `${tools}/node_modules/typescript/lib/tsc.js`;
  await run("node", [tsc, "--pretty", "false", "-p", DIR]);
  await Deno.remove(`${DIR}/tsconfig.json`);
}

/** Copies `@std/*` from npm into the sources, as dnt does from JSR. */
async function takeStd(sources: string, tools: string): Promise<void> {
  const from = `${tools}/node_modules/deno-std`;
  await copyTree(from, `${sources}/deps/std`);
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

async function run(command: string, args: string[], cwd = "."): Promise<void> {
  const { success } = await new Deno.Command(command, { args, cwd, stdin: "null" }).spawn().status;
  if (!success) throw new Error(`${command} ${args.join(" ")} failed`);
}

if (import.meta.main) await npmRehearsal();
