/**
 * Programs on the PATH, and the native one behind npm's wrapper.
 *
 * @module
 */
import { dirname, join } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";
import { programName } from "./targets.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Every file of that name on the PATH, in its order; on Windows with the endings that run. */
export async function findOnPath(name: string, env: Variables): Promise<string[]> {
  const { files, platform } = host();
  const windows = platform.os === "windows";
  const path = env.PATH ?? env.Path ?? "";
  const names = windows ? [`${name}.exe`, `${name}.cmd`, `${name}.ps1`] : [name];
  const found: string[] = [];
  for (const dir of path.split(windows ? ";" : ":")) {
    if (dir === "") continue;
    for (const one of names) {
      const full = join(dir, one);
      const stat = await files.stat(full).catch(ignoreMissing);
      if (stat?.isFile && (windows || stat.mode & 0o111)) found.push(full);
    }
  }
  return found;
}

function ignoreMissing(error: unknown): undefined {
  if (host().failureKind(error) === "flag_missing") throw error;
}

/** What a file that may be a wrapper comes to. */
export interface Unwrapped {
  /** The native program, or the file itself where it is one. */
  path: string;
  /** Whether it is a script that could not be seen through. */
  wrapper: boolean;
}

/**
 * The native program behind npm's wrapper: the wrapper costs a start of Node, loses signals, and on
 * Windows is a `.cmd` that only a shell runs.
 *
 * @param fitting Gives the builds that fit this machine, the best first.
 */
export async function unwrap(
  path: string,
  fitting: () => Promise<readonly string[]>,
): Promise<Unwrapped> {
  const { files, platform } = host();
  const real = await files.realPath(path).catch(() => path);
  const start = await firstBytes(real);
  if (!start.startsWith("#!") && !/\.(cmd|ps1)$/i.test(real)) return { path: real, wrapper: false };
  const program = programName(platform.os);
  const builds = await fitting();
  for (const root of packageRoots(real, await wholeText(real))) {
    const places = [
      ...builds.flatMap((build) => [
        join(root, "node_modules", `opencode-${build}`, "bin", program),
        join(dirname(root), `opencode-${build}`, "bin", program),
      ]),
      join(root, "bin", ".opencode"),
    ];
    for (const place of places) {
      if (await files.exists(place).catch(() => false)) {
        return { path: await files.realPath(place), wrapper: false };
      }
    }
  }
  return { path: real, wrapper: true };
}

/** Directories of the npm package `opencode-ai` that a wrapper belongs to or points at. */
function packageRoots(file: string, text: string): string[] {
  const roots: string[] = [];
  const own = /^(.*[\\/]node_modules[\\/]opencode-ai)[\\/]/.exec(file)?.[1];
  if (own) roots.push(own);
  // Shims name the script relative to themselves: "$basedir/../opencode-ai/bin/…", "%dp0%\…".
  const pointing = /(?:\$basedir|%~?dp0%?)[\\/]([^"'\s]*?opencode-ai)[\\/]/g;
  for (const [, relative] of text.matchAll(pointing)) {
    roots.push(join(dirname(file), ...relative!.split(/[\\/]/)));
  }
  roots.push(join(dirname(file), "node_modules", "opencode-ai"));
  return roots;
}

async function firstBytes(path: string): Promise<string> {
  const file = await host().files.open(path, { read: true });
  try {
    const buffer = new Uint8Array(2);
    const length = await file.read(buffer) ?? 0;
    return new TextDecoder().decode(buffer.subarray(0, length));
  } finally {
    await file.close();
  }
}

async function wholeText(path: string): Promise<string> {
  const { size } = await host().files.stat(path);
  return size > 64 * 1024 ? "" : await host().files.readText(path);
}
