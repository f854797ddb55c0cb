/**
 * Servers that `--keep` left running: one state file for each directory, readable by the user only.
 *
 * @module
 */
import { capture } from "../process/run.ts";
import { KEPT, lookAt, OWNER, STATE, Watchdog } from "../process/watchdog.ts";
import { host } from "../runtime/host.ts";
import { join } from "../runtime/path.ts";
import { stopServer } from "./attach.ts";

/** A kept server, and the conversation on it. */
export interface Kept {
  version: 1;
  directory: string;
  url: string;
  pid: number;
  /** Its `ownerId`. */
  mark: string;
  username: string;
  password: string;
  sessionId: string;
  /** The program that it runs. */
  binary?: string;
  /** Fingerprints of what it was started with, by name. */
  started?: Record<string, string>;
  /** When a call last used it, in milliseconds since 1970. */
  used?: number;
}

/** What is known of a kept server. */
export interface KeptServer {
  /** Its process. */
  pid: number;
  /** Its `ownerId`. */
  ownerId: string;
  /** Whether the process runs. */
  running: boolean;
  /** What is remembered of it; `undefined` for one that no state file knows. */
  state?: Kept;
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
    const kept = JSON.parse(await files.readText(path)) as Kept | null;
    const whole = kept?.version === 1 && typeof kept.url === "string" &&
      typeof kept.mark === "string" && Number.isInteger(kept.pid) && kept.pid > 1 &&
      typeof kept.sessionId === "string" && typeof kept.directory === "string";
    return whole ? kept : undefined;
  } catch (error) {
    if (error instanceof SyntaxError || failureKind(error) === "not_found") return undefined;
    throw error;
  }
}

/**
 * Remembers, in one step: a reader sees the old or the new. It is one line, since the watchdog of
 * the server compares the first line to see whether the server is in use.
 */
export async function writeState(path: string, kept: Kept): Promise<void> {
  const { files } = host();
  const part = `${path}.${crypto.randomUUID().slice(0, 8)}`;
  const text = `${JSON.stringify({ ...kept, used: Date.now() })}\n`;
  await files.writeText(part, text, { createNew: true, mode: 0o600 });
  await files.rename(part, path);
}

/** Forgets a server: its state and its log. */
export async function removeState(path: string): Promise<void> {
  const { files } = host();
  await files.remove(path);
  await files.remove(`${path}.log`);
}

/** All kept servers of this user: those that are remembered, and those that run without (Linux). */
export async function listKept(): Promise<KeptServer[]> {
  const { files } = host();
  const found: KeptServer[] = [];
  for (const { name } of await files.readDir(stateDirectory()).catch(() => [])) {
    if (!name.endsWith(".json")) continue;
    const state = await readState(join(stateDirectory(), name));
    if (state === undefined) continue;
    const { pid, mark: ownerId } = state;
    found.push({ pid, ownerId, running: await lookAt(pid, ownerId) !== "gone", state });
  }
  return [...found, ...await unknownKept()];
}

/**
 * Stops kept servers and forgets them, also where their directory or their state file is gone.
 *
 * @param directory Only the one of this directory, by its real path. @default all of them
 * @returns Those that were stopped or forgotten.
 */
export async function stopKept(directory?: string): Promise<KeptServer[]> {
  const stopped = (await listKept()).filter(({ state }) =>
    directory === undefined || state?.directory === directory
  );
  await Promise.all(stopped.map(async ({ pid, ownerId, state }) => {
    if (state === undefined) {
      const watchdog = await Watchdog.start(ownerId);
      await watchdog?.watch(pid);
      await watchdog?.stopServer();
    } else {
      // first: a call that uses it sees by that why its turn is aborted
      await removeState(await stateFile(state.directory));
      await stopServer({ ...state, ownerId, directories: [state.directory] });
    }
  }));
  return stopped;
}

/**
 * Servers (`opencode serve`) that were kept by a call, a line for each: process, owner's id, state
 * file. What a server started carries these too, and is none.
 */
const RUNNING = `for file in $(grep -lF '${STATE}=' /proc/[0-9]*/environ 2>/dev/null); do
  dir=\${file%/environ}
  tr '\\0' '\\n' <"$dir/cmdline" 2>/dev/null | grep -qx serve || continue
  owner=$(tr '\\0' '\\n' <"$file" 2>/dev/null | grep '^${OWNER}=${KEPT}')
  state=$(tr '\\0' '\\n' <"$file" 2>/dev/null | grep '^${STATE}=')
  echo "\${dir#/proc/} \${owner#*=} \${state#*=}"
done`;

/**
 * Kept servers that their own state file does not know; not those that are being started, whose
 * parent still runs.
 */
async function unknownKept(): Promise<KeptServer[]> {
  const { platform } = host();
  if (platform.os !== "linux") return [];
  const { stdout } = await capture("/bin/sh", { args: ["-c", RUNNING], timeout: 5000 });
  const found: KeptServer[] = [];
  for (const line of stdout.split("\n")) {
    const [, pid, ownerId = "", parent, path = ""] = LINE.exec(line) ?? [];
    if (pid === undefined || platform.isAlive(Number(parent))) continue;
    const state = await readState(path).catch(() => undefined);
    if (state?.mark !== ownerId) found.push({ pid: Number(pid), ownerId, running: true });
  }
  return found;
}

const LINE = /^(\d+) (kept-(\d+)-[\w-]+) (.+)$/;
