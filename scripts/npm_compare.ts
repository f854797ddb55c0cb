/** Compares two builds of the npm package: the one by dnt and the one without. */
import { filesOf } from "./npm_package.ts";

/**
 * Throws where a build has a file or a `package.json` that the other has not. `@std/*` stands
 * elsewhere in each, and is left out.
 */
export async function compareBuilds(one: string, other: string): Promise<void> {
  const [mine, theirs] = await Promise.all([layout(one), layout(other)]);
  const missing = [...mine.files].filter((path) => !theirs.files.has(path));
  const extra = [...theirs.files].filter((path) => !mine.files.has(path));
  if (missing.length + extra.length > 0) {
    throw new Error(`Only ${one} has ${missing.join(", ")}; only ${other} has ${extra.join(", ")}`);
  }
  if (mine.manifest !== theirs.manifest) {
    throw new Error(`${one}/package.json and ${other}/package.json differ`);
  }
}

async function layout(dir: string): Promise<{ files: Set<string>; manifest: string }> {
  const files = new Set<string>();
  for (const path of await filesOf(`${dir}/esm`, "")) {
    const name = path.slice(dir.length + 1);
    if (!name.startsWith("esm/deps/")) files.add(name);
  }
  return { files, manifest: await Deno.readTextFile(`${dir}/package.json`) };
}
