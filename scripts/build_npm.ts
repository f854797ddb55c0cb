/**
 * Builds the npm package into `npm/` with dnt, and tries it: `deno task build:npm`.
 *
 * dnt and `@std/*` come from JSR. The Node adapter takes the place of the Deno one, so that the
 * package holds no shim and depends on nothing.
 */
import { jsrAnswers } from "./deno.ts";
import {
  BIN,
  LIB,
  libraryEntries,
  manifestOf,
  NODE_TYPES,
  readConfig,
  TARGET,
} from "./npm_options.ts";
import { compareBuilds } from "./npm_compare.ts";
import { npmBuild } from "./npm_build.ts";
import { finishPackage } from "./npm_package.ts";
import { smokeTest } from "./npm_smoke.ts";
import { modules } from "./npm_types.ts";

/** From 0.43 on it can leave out its polyfills. */
const DNT = "jsr:@deno/dnt@^0.43.0";

async function buildNpm(): Promise<void> {
  const config = await readConfig();
  const cli = config.exports["./cli"];
  if (cli === undefined) throw new Error("deno.json has no ./cli to make the command from");
  // dnt derives these from the entry points; finishPackage writes the final package.json
  const { exports: _, bin: __, main: ___, types: ____, files: _____, ...manifest } = manifestOf(
    config,
  );

  const { build, emptyDir } = await import(DNT);
  await emptyDir("./npm");
  await build({
    entryPoints: [
      ...Object.entries(libraryEntries(config)).map(([name, path]) => ({ name, path })),
      { kind: "bin", name: BIN, path: cli },
    ],
    outDir: "./npm",
    shims: {},
    polyfills: false,
    importMap: await writeImportMap(),
    mappings: { "./src/runtime/deno.ts": "./src/runtime/node.ts" },
    test: false,
    typeCheck: "single",
    declaration: "inline",
    declarationMap: false,
    scriptModule: false,
    skipSourceOutput: true,
    compilerOptions: { target: TARGET, lib: [...LIB], noUncheckedIndexedAccess: true },
    package: { ...manifest, devDependencies: { "@types/node": NODE_TYPES } },
  });
  await finishPackage("npm");
  await smokeTest("npm");
  await compareBuilds("npm", await npmBuild());
}

/** Every `@std/*` specifier of the sources, so that no rule for subpaths is needed; its path. */
async function writeImportMap(): Promise<string> {
  const { imports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const packages = Object.entries(imports as Record<string, string>);
  const map: Record<string, string> = {};
  for (const path of await modules("src")) {
    for (const [, name] of (await Deno.readTextFile(path)).matchAll(/from "(@std\/[^"]+)";/g)) {
      const found = packages.find(([prefix]) => name === prefix || name?.startsWith(`${prefix}/`));
      if (name === undefined || found === undefined) throw new Error(`deno.json has no ${name}`);
      map[name] = found[1] + name.slice(found[0].length);
    }
  }
  const path = "dist/import_map_npm.json";
  await Deno.mkdir("dist", { recursive: true });
  await Deno.writeTextFile(path, JSON.stringify({ imports: map }, null, 2));
  return path;
}

if (import.meta.main) {
  if (await jsrAnswers()) await buildNpm();
  else {
    console.error(
      "The npm package is built with dnt, which lives on JSR, and JSR does not answer from here: " +
        "nothing was built",
    );
    Deno.exit(1);
  }
}
