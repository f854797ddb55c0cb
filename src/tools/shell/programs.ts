/**
 * Finding a program on the PATH without trusting the directory that a model writes to.
 *
 * @module
 */
import { isAbsolute, join } from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import { within } from "../files/sandbox.ts";

/**
 * The absolute path of a program on the PATH, or `undefined`.
 *
 * @param outside Entries of the PATH in this directory don't count: what a model wrote there must not
 * be run in the place of a program of the system.
 */
export async function findProgram(name: string, outside: string): Promise<string | undefined> {
  const { files, platform } = host();
  const windows = platform.os === "windows";
  const path = searchPath();
  for (const directory of path.split(windows ? ";" : ":")) {
    if (!isAbsolute(directory)) continue;
    const candidate = join(directory, windows ? `${name}.exe` : name);
    try {
      const real = await files.realPath(candidate);
      const info = await files.stat(real);
      const runs = info.isFile && (windows || (info.mode & 0o111) !== 0);
      if (runs && !within(outside, real) && !within(outside, candidate)) return candidate;
    } catch { /* not there */ }
  }
  return undefined;
}

function searchPath(): string {
  const { env } = host();
  try {
    return env.get("PATH") ?? env.get("Path") ?? "";
  } catch {
    return ""; // no permission to look
  }
}
