// What this project uses of @std/fs, for networks that reach the npm registry and not JSR
// (no npm package carries @std/fs). Same names, same behaviour, only what src/runtime/deno.ts needs.

/** Makes a directory and its parents; an existing directory is fine, an existing file is an error. */
export async function ensureDir(dir: string | URL): Promise<void> {
  await Deno.mkdir(dir, { recursive: true });
}

/** Whether a path exists; a link that points nowhere doesn't. */
export async function exists(path: string | URL): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

/** Moves a file or directory; an existing target is an error unless `overwrite` is set. */
export async function move(
  src: string | URL,
  dest: string | URL,
  { overwrite = false }: { overwrite?: boolean } = {},
): Promise<void> {
  if (overwrite) await Deno.remove(dest, { recursive: true }).catch(ignoreMissing);
  else if (await exists(dest)) throw new Deno.errors.AlreadyExists(`dest already exists: ${dest}`);
  await Deno.rename(src, dest);
}

/** Empties a directory, and makes it where it is missing. */
export async function emptyDir(dir: string | URL): Promise<void> {
  await Deno.remove(dir, { recursive: true }).catch(ignoreMissing);
  await Deno.mkdir(dir, { recursive: true });
}

function ignoreMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
