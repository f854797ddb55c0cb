/** How much of the package a page loads for its client. */
import { assert } from "@std/assert";
import { weigh } from "../../scripts/npm_checks.ts";

/** The files that a page loads at once for one import of the package, gzipped. */
async function eagerBytes(place: string, from: string, split: boolean): Promise<number> {
  const code = `import { OpencodeClient } from ${
    JSON.stringify(from)
  }; console.log(OpencodeClient);`;
  const options = ["--target=es2022", "--external:@std/*", ...split ? ["--splitting"] : []];
  const name = `${from.replaceAll("/", "_")}_${split}`;
  const { eagerGzip } = await weigh({ place }, name, code, options);
  assert(eagerGzip > 5000, "there is no client in it");
  return eagerGzip;
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
