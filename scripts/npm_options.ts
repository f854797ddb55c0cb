/** What the npm package is, whoever builds it: `build_npm.ts` with dnt, or `npm_build.ts` without. */

/** The language level of the output: all of it is in Node 20. */
export const TARGET = "ES2022";

/** The libraries that the sources may count on. */
export const LIB = ["ES2023", "ESNext.String", "ESNext.Disposable", "DOM", "DOM.Iterable"] as const;

/** Which `@types/node` the sources are checked with: those of the oldest supported Node. */
export const NODE_TYPES = "^20.19.0";

/** The oldest Node: from 20.19 on, `require()` loads ES modules. */
export const OLDEST_NODE = "20.19.0";

/** The oldest TypeScript that a consumer can have; README says it too, and a test compares them. */
export const OLDEST_TYPESCRIPT = "5.2";

/** The command of the package. */
export const BIN = "opencode-ts";

/** Where the sources live. */
const REPOSITORY = "https://github.com/x/opencode";

/** Documents that are published beside the code. */
export const DOCUMENTS = ["CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md"] as const;

/** What `deno.json` says of the package. */
export interface Config {
  name: string;
  version: string;
  license: string;
  exports: Record<string, string>;
}

/** Reads `deno.json`. */
export async function readConfig(): Promise<Config> {
  return JSON.parse(await Deno.readTextFile("deno.json"));
}

/** The exports without `./cli`, which is the command on npm: loading it runs it. */
export function libraryEntries({ exports }: Config): Record<string, string> {
  const { "./cli": _, ...entries } = exports;
  return entries;
}

/** The output's path of a module without its extension: `./src/client/mod.ts` is `esm/src/client/mod`. */
export function outputOf(path: string): string {
  return `esm/${path.replace("./", "").replace(/\.ts$/, "")}`;
}

/** The `package.json` that is published. */
export function manifestOf(config: Config): Record<string, unknown> {
  const entries = Object.entries(libraryEntries(config)).map(([name, path]) => {
    const output = `./${outputOf(path)}`;
    return [name, { types: `${output}.d.ts`, default: `${output}.js` }];
  });
  return {
    name: config.name,
    version: config.version,
    description:
      "Drive the opencode coding agent from code: prompts, sessions, tools, its whole API",
    keywords: ["opencode", "agent", "ai", "llm", "coding-agent", "sdk", "mcp"],
    homepage: `${REPOSITORY}#readme`,
    bugs: { url: `${REPOSITORY}/issues` },
    repository: { type: "git", url: `git+${REPOSITORY}.git` },
    license: config.license,
    type: "module",
    sideEffects: false,
    engines: { node: `>=${OLDEST_NODE}` },
    main: "./esm/mod.js",
    types: "./esm/mod.d.ts",
    exports: { ...Object.fromEntries(entries), "./package.json": "./package.json" },
    bin: { [BIN]: `${outputOf(config.exports["./cli"]!)}.js` },
    files: ["esm", "CHANGELOG.md", "CONTRIBUTING.md"],
  };
}
