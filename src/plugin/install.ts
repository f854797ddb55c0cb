/**
 * Puts the plugin where a server can load it.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import { join, toFileUrl } from "../runtime/path.ts";
import { PLUGIN } from "./text.ts";

/**
 * Writes the plugin below a directory, under a name made from its content: starts at the same time
 * share it, and another version has a file of its own. Nobody but the user may write it.
 *
 * @returns Its `file:` URL.
 */
export async function installPlugin(directory: string): Promise<string> {
  const { files, createHash, failureKind } = host();
  const bytes = new TextEncoder().encode(PLUGIN);
  const hash = createHash("sha256");
  hash.update(bytes);
  const place = join(directory, "plugin");
  const path = join(place, `${hash.digest("hex").slice(0, 16)}.mjs`);
  const url = toFileUrl(path).href;
  if (await files.readText(path).catch(() => "") === PLUGIN) return url;
  await files.makeDir(place, { mode: 0o700 });
  const part = `${path}.${crypto.randomUUID()}`;
  try {
    await files.writeBytes(part, bytes, { createNew: true, mode: 0o600 });
    await files.rename(part, path);
  } catch (error) {
    await files.remove(part).catch(() => {});
    // Windows renames onto no file that is in use: another start was faster
    const there = await files.readText(path).catch(() => "");
    if (there !== PLUGIN || failureKind(error) === "flag_missing") throw error;
  }
  return url;
}
