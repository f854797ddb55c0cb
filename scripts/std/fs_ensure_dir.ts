// @std/fs/ensure-dir, for networks that reach the npm registry and not JSR: no npm package carries
// @std/fs. Same name, same behaviour.

/** Makes a directory and its parents; an existing directory is fine, an existing file is an error. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
}
