/** A program as Node runs it: bundled, with Node's adapter in place of Deno's. */
import { assert } from "@std/assert";

const root = new URL("../../", import.meta.url);

/** Bundles a program into a directory, and gives the file. */
export async function bundleForNode(program: string, dir: string): Promise<string> {
  const map = JSON.parse(await Deno.readTextFile(new URL("scripts/std_from_npm.json", root)));
  const imports: Record<string, string> = {};
  for (const [name, path] of Object.entries(map.imports as Record<string, string>)) {
    imports[name] = new URL(path, new URL("scripts/", root)).href;
  }
  imports[new URL("src/runtime/deno.ts", root).href] = new URL("src/runtime/node.ts", root).href;
  await Deno.writeTextFile(`${dir}/map.json`, JSON.stringify({ imports }));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=deno",
      `--import-map=${dir}/map.json`,
      `--output=${dir}/program.mjs`,
      program,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return `${dir}/program.mjs`;
}
