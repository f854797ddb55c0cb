/**
 * Builds the npm package into `npm/` with dnt, and tries it: `deno task build:npm`.
 *
 * dnt and `@std/*` come from JSR. The Node adapter takes the place of the Deno one, so that the
 * package holds no shim and depends on nothing.
 */
import { jsrAnswers } from "./deno.ts";
import { LIB, NODE_TYPES, TARGET } from "./npm_options.ts";
import { BIN, finishPackage, layoutOf } from "./npm_package.ts";
import { smokeTest } from "./npm_smoke.ts";
import { modules } from "./npm_types.ts";

const DNT = "jsr:@deno/dnt@^0.42.3";

interface Config {
  name: string;
  version: string;
  license: string;
  exports: Record<string, string>;
}

async function buildNpm(): Promise<void> {
  const { name, version, license, exports: all }: Config = JSON.parse(
    await Deno.readTextFile("deno.json"),
  );
  // loading ./cli runs the command line: on npm it is the command, not an export
  const { "./cli": cli, ...exports } = all;
  if (cli === undefined) throw new Error("deno.json has no ./cli to make the command from");

  const { build, emptyDir } = await import(DNT);
  await emptyDir("./npm");
  await build({
    entryPoints: [
      ...Object.entries(exports).map(([name, path]) => ({ name, path })),
      { kind: "bin", name: BIN, path: cli },
    ],
    outDir: "./npm",
    shims: {},
    importMap: await writeImportMap(),
    mappings: { "./src/runtime/deno.ts": "./src/runtime/node.ts" },
    test: false,
    typeCheck: "single",
    declaration: "separate",
    declarationMap: false,
    // made from the ES modules afterwards: npm_package.ts
    scriptModule: false,
    skipSourceOutput: true,
    compilerOptions: { target: TARGET, lib: [...LIB], noUncheckedIndexedAccess: true },
    package: {
      name,
      version,
      license,
      description:
        "Drive the opencode coding agent from code: prompts, sessions, tools, its whole API",
      keywords: ["opencode", "agent", "ai", "llm", "sdk"],
      engines: { node: ">=20.16" },
      devDependencies: { "@types/node": NODE_TYPES },
    },
    async postBuild() {
      for (const file of ["LICENSE", "README.md", "CHANGELOG.md"]) {
        await Deno.copyFile(file, `npm/${file}`);
      }
    },
  });
  await finishPackage(layoutOf("npm", exports, cli));
  await smokeTest("npm", version);
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
