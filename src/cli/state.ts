/**
 * What `--keep` remembers between two calls: one file for each directory, for the user's eyes only.
 *
 * @module
 */
import { join } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";

/** A kept server, and the conversation on it. */
export interface Kept {
  version: 1;
  directory: string;
  url: string;
  pid: number;
  mark: string;
  username: string;
  password: string;
  sessionId: string;
}

/** Where the file for a directory is. */
export async function stateFile(directory: string): Promise<string> {
  const hash = new Uint8Array(
    await crypto.subtle.digest("SHA-256", new TextEncoder().encode(directory)),
  );
  const name = Array.from(hash.subarray(0, 12), (byte) => byte.toString(16).padStart(2, "0"));
  return join(stateDirectory(), `${name.join("")}.json`);
}

function stateDirectory(): string {
  const { env, platform } = host();
  const xdg = env.get("XDG_STATE_HOME");
  if (xdg) return join(xdg, "opencode-ts");
  if (platform.os === "windows") {
    return join(env.get("LOCALAPPDATA") ?? platform.homeDir(), "opencode-ts", "state");
  }
  if (platform.os === "darwin") {
    return join(platform.homeDir(), "Library", "Application Support", "opencode-ts");
  }
  return join(platform.homeDir(), ".local", "state", "opencode-ts");
}

/** Makes the directory of the files. */
export async function makeStateDirectory(): Promise<void> {
  const { files, platform } = host();
  const directory = stateDirectory();
  await files.makeDir(directory, { mode: 0o700 });
  if (platform.os !== "windows") await files.chmod(directory, 0o700);
}

/** What is remembered; `undefined` where nothing is, or the file makes no sense. */
export async function readState(path: string): Promise<Kept | undefined> {
  const { files, failureKind } = host();
  try {
    const kept = JSON.parse(await files.readText(path)) as Kept;
    const whole = kept.version === 1 && typeof kept.url === "string" &&
      Number.isInteger(kept.pid) && kept.pid > 1 && typeof kept.sessionId === "string";
    return whole ? kept : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || failureKind(error) === "not_found") return undefined;
    throw error;
  }
}

/** Remembers, in one step: a reader sees the old or the new. */
export async function writeState(path: string, kept: Kept): Promise<void> {
  const { files } = host();
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  await files.writeText(part, JSON.stringify(kept, null, 2) + "\n", {
    createNew: true,
    mode: 0o600,
  });
  await files.rename(part, path);
}

/** Forgets. */
export async function removeState(path: string): Promise<void> {
  await host().files.remove(path);
}
