/** How much of the package a page loads for its client. */
import { assert } from "@std/assert";
import { esbuild } from "../../scripts/esbuild.ts";

/** Bundles one import of the package for browsers; the files that a page loads at once, gzipped. */
async function eagerBytes(root: string, from: string, split: boolean): Promise<number> {
  const name = `${from.replaceAll("/", "_")}_${split}`;
  const source = `import { OpencodeClient } from ${
    JSON.stringify(from)
  }; console.log(OpencodeClient);`;
  await Deno.writeTextFile(`${root}/${name}.js`, source);
  const outdir = `${root}/out_${name}`;
  await esbuild([
    `${root}/${name}.js`,
    "--bundle",
    "--minify",
    "--format=esm",
    "--platform=browser",
    "--target=es2022",
    ...split ? ["--splitting"] : [],
    "--external:@std/*",
    `--outdir=${outdir}`,
    `--metafile=${root}/${name}.json`,
    "--log-level=error",
  ]);
  const { outputs } = JSON.parse(await Deno.readTextFile(`${root}/${name}.json`)) as {
    outputs: Record<
      string,
      { entryPoint?: string; imports: { path: string; kind: string; external?: boolean }[] }
    >;
  };
  const wanted = Object.keys(outputs).filter((path) => path.endsWith(`/${name}.js`));
  for (const path of wanted) {
    for (const { path: next, kind, external } of outputs[path]!.imports) {
      if (kind === "import-statement" && !external && !wanted.includes(next)) wanted.push(next);
    }
  }
  let sum = 0;
  for (const path of wanted) {
    const file = await Deno.readFile(`${outdir}/${path.split("/").at(-1)}`);
    const zipped = new Blob([file]).stream().pipeThrough(new CompressionStream("gzip"));
    sum += (await new Response(zipped).arrayBuffer()).byteLength;
  }
  assert(sum > 5000, "there is no client in it");
  return sum;
}

Deno.test("a browser loads at most 14 kB for the client, from either entry", async () => {
  const root = await Deno.makeTempDir();
  try {
    const home = `${root}/node_modules/@x/opencode`;
    await Deno.mkdir(home, { recursive: true });
    await copy("src", `${home}/src`);
    await Deno.copyFile("mod.ts", `${home}/mod.ts`);
    const exports = { ".": "./mod.ts", "./client": "./src/client/mod.ts" };
    const record = { name: "@x/opencode", type: "module", sideEffects: false, exports };
    await Deno.writeTextFile(`${home}/package.json`, JSON.stringify(record));
    const alone = await eagerBytes(root, "@x/opencode/client", true);
    assert(alone <= 14_000, `./client is ${alone} bytes`);
    // in one file: with code splitting esbuild shares chunks with modules that nothing needs
    const whole = await eagerBytes(root, "@x/opencode/client", false);
    const fromRoot = await eagerBytes(root, "@x/opencode", false);
    assert(fromRoot <= 1.2 * whole, `${fromRoot} bytes from the root, ${whole} from ./client`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

async function copy(from: string, to: string): Promise<void> {
  await Deno.mkdir(to);
  for await (const { name, isDirectory } of Deno.readDir(from)) {
    if (isDirectory) await copy(`${from}/${name}`, `${to}/${name}`);
    else await Deno.copyFile(`${from}/${name}`, `${to}/${name}`);
  }
}
