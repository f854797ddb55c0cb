/**
 * Where this package keeps what it can make again.
 *
 * @module
 */
import { join } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";

/** The directory for downloads and remembered versions: the system's own place for caches. */
export function cacheDirectory(): string {
  const { env, platform } = host();
  const xdg = env.get("XDG_CACHE_HOME");
  if (xdg) return join(xdg, "opencode-ts");
  const local = platform.os === "windows" ? env.get("LOCALAPPDATA") : undefined;
  if (local) return join(local, "opencode-ts");
  const caches =
    { darwin: ["Library", "Caches"], windows: ["AppData", "Local"] }[platform.os as string];
  return join(platform.homeDir(), ...caches ?? [".cache"], "opencode-ts");
}

/** Where a downloaded build stands. */
export function buildDirectory(directory: string, version: string, build: string): string {
  return join(directory, "bin", version, `opencode-${build}`);
}

/** Where the versions of programs are remembered. */
export function versionsFile(directory: string): string {
  return join(directory, "versions.json");
}
