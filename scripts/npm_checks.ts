/** What other people's tools say of the built package: its types, its manifest, its bundle. */
import { OLDEST_TYPESCRIPT } from "./npm_options.ts";
import type { Installed } from "./npm_smoke.ts";
import { esbuild } from "./esbuild.ts";
import { commandOf, must, npmTools } from "./run.ts";

/** What consumers have: the oldest TypeScript that works and newer ones, with `@types/node`. */
export const CONSUMERS = [
  { compiler: OLDEST_TYPESCRIPT, types: "20" },
  { compiler: OLDEST_TYPESCRIPT, types: "24" },
  { compiler: "5.9", types: "24" },
  { compiler: "7", types: "20" },
  { compiler: "7", types: "24" },
] as const;

function linters(): Promise<string> {
  return npmTools("npm_linters", ["@arethetypeswrong/cli@0.18.5", "publint@0.3.25"]);
}

/** Runs `attw --pack`; throws with its findings. */
export async function attw(dir: string): Promise<void> {
  const command = await commandOf(await linters(), "@arethetypeswrong/cli", "attw");
  await must("node", [command, "--pack", "."], { cwd: dir });
}

/** Runs `publint --strict`; throws with its findings. */
export async function publint(dir: string): Promise<void> {
  const command = await commandOf(await linters(), "publint", "publint");
  const said = await must("node", [command, "--strict", "."], { cwd: dir });
  if (!said.includes("All good!")) throw new Error(said);
}

/** Compiles a program against the installed package, without DOM types and with all libraries checked. */
export async function compileConsumer(
  { place }: Installed,
  compiler: string,
  types: string,
): Promise<void> {
  const alias = `typescript-${compiler}`;
  const compilers = new Set(CONSUMERS.map((consumer) => consumer.compiler));
  const tools = await npmTools(`npm_consumer_${types}`, [
    "@tsconfig/node20@20",
    `@types/node@${types}`,
    ...[...compilers].map((version) => `typescript-${version}@npm:typescript@${version}`),
  ]);
  const config = {
    extends: `${tools}/node_modules/@tsconfig/node20/tsconfig.json`,
    compilerOptions: {
      skipLibCheck: false,
      noEmit: true,
      exactOptionalPropertyTypes: true,
      typeRoots: [`${tools}/node_modules/@types`],
      preserveSymlinks: true,
    },
    files: ["consumer.mts"],
  };
  await Deno.writeTextFile(`${place}/consumer.mts`, CONSUMER);
  const file = `${place}/tsconfig.${compiler}.${types}.json`;
  await Deno.writeTextFile(file, JSON.stringify(config));
  const command = await commandOf(tools, alias, "tsc");
  await must("node", [command, "--pretty", "false", "-p", file], { cwd: place });
}

/** A program that uses a little of every entry. */
const CONSUMER = `import { Opencode, opencode, rules, tool } from "@x/opencode";
import { OpencodeClient } from "@x/opencode/client";
import { createOpencodeServer } from "@x/opencode/server";
import { scriptedModel } from "@x/opencode/testing";
import { ToolExecutor } from "@x/opencode/tools";

export async function all(): Promise<string> {
  const client = new OpencodeClient({ baseUrl: "http://127.0.0.1:4096" });
  const sessions = await client.session.list({ limit: 3 });
  const server = await createOpencodeServer({ port: 0 });
  const model = await scriptedModel(["Hello"]);
  const ai = new Opencode({ config: model.config, onPermission: rules([]) });
  const session = await ai.createSession({ title: "t" });
  const { name } = await session.object("A user", {
    schema: {
      type: "object",
      properties: { name: { type: "string" } },
      required: ["name"],
    },
  });
  const turn = session.stream("Hi");
  for await (const event of turn.events) if (event.type === "text") console.log(event.text);
  const reply = await turn.reply;
  await server.close();
  await ai.close();
  const id: string = sessions.map(({ id }) => id).join();
  return [name.toUpperCase(), reply.text, id, await opencode("x"), typeof tool, ToolExecutor.name].join();
}
`;

/** What a bundle of a module for a browser weighs, in bytes. */
export interface Weight {
  /** All that is loaded at once, minified. */
  eager: number;
  /** The same, compressed by gzip. */
  eagerGzip: number;
}

/**
 * Bundles a program for a browser and weighs it.
 *
 * @param options Further options of esbuild. Without `--splitting` all of it is one file.
 */
export async function weigh(
  { place }: Pick<Installed, "place">,
  name: string,
  code: string,
  options: readonly string[] = ["--splitting"],
): Promise<Weight> {
  const [source, out] = [`${place}/${name}.mjs`, `${place}/bundle_${name}`];
  await Deno.writeTextFile(source, code);
  const meta = `${out}.json`;
  await esbuild([
    "--bundle",
    "--format=esm",
    "--minify",
    "--platform=browser",
    ...options,
    "--log-level=warning",
    `--metafile=${meta}`,
    `--outdir=${out}`,
    source,
  ]);
  const { outputs } = JSON.parse(await Deno.readTextFile(meta)) as Metafile;
  const todo = Object.keys(outputs).filter((path) => path.endsWith(`/${name}.js`));
  const eager = new Set<string>();
  for (let path = todo.pop(); path !== undefined; path = todo.pop()) {
    eager.add(path);
    for (const { path: next, kind, external } of outputs[path]!.imports) {
      if (kind === "import-statement" && !external && !eager.has(next)) todo.push(next);
    }
  }
  const weight = { eager: 0, eagerGzip: 0 };
  for (const path of eager) {
    const bytes = await Deno.readFile(`${out}/${path.slice(path.lastIndexOf("/") + 1)}`);
    weight.eager += bytes.length;
    const zipped = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
    weight.eagerGzip += (await new Response(zipped).arrayBuffer()).byteLength;
  }
  return weight;
}

interface Metafile {
  outputs: Record<string, { imports: { path: string; kind: string; external?: boolean }[] }>;
}
