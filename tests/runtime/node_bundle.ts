/** A program as Node runs it: bundled, with Node's adapter in place of Deno's. */
import { assert } from "@std/assert";
import { nodeImportMap } from "../../scripts/bundle_node.ts";

/** Bundles a program into a directory, and gives the file. */
export async function bundleForNode(program: string, dir: string): Promise<string> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "bundle",
      "--quiet",
      "--platform=deno",
      `--import-map=${await nodeImportMap()}`,
      `--output=${dir}/program.mjs`,
      program,
    ],
  }).output();
  assert(success, new TextDecoder().decode(stderr));
  return `${dir}/program.mjs`;
}
