/**
 * Asking a program for its version, before it is started as a server.
 *
 * @module
 */
import { sleep } from "../async/abort.ts";
import { host } from "../runtime/host.ts";
import { capture, type Captured, type CaptureOptions } from "../process/run.ts";
import { parseVersion } from "./versions.ts";

/** The answer of a program. */
export interface Asked {
  /** Its version, where it is opencode. */
  version?: string;
  /** Why it is not, or can't be run. */
  why?: string;
}

/** How to ask. */
export interface ProbeOptions {
  /** Where answers are kept between runs; without it they are kept in memory alone. */
  cache?: string | undefined;
  /** Variables for the program. */
  env?: Readonly<Record<string, string>> | undefined;
  /** The answer, where it is known already and only has to be remembered. */
  known?: string | undefined;
  /** Milliseconds. @default {10_000} */
  timeout?: number | undefined;
  /** Rejects with its reason. */
  signal?: AbortSignal | undefined;
}

interface Remembered {
  size: number;
  mtimeMs: number;
  version: string;
}

const known = new Map<string, Remembered>();

/**
 * The version of a program, from its own `--version`. The real one takes a second to say it, so the
 * answer is remembered for as long as the file keeps its size and time.
 */
export async function askVersion(path: string, options: ProbeOptions = {}): Promise<Asked> {
  const { files, failureKind } = host();
  let stat;
  try {
    stat = await files.stat(path);
  } catch (error) {
    const kind = failureKind(error);
    if (kind === "flag_missing") throw error;
    return { why: kind === "not_found" ? "there is no such file" : reason(error) };
  }
  if (!stat.isFile) return { why: "it is not a file" };
  const { size, mtimeMs } = stat;
  const same = (one: Remembered | undefined) => one?.size === size && one.mtimeMs === mtimeMs;
  const remembered = known.get(path) ?? (await readCache(options.cache))[path];
  if (same(remembered)) {
    known.set(path, remembered!);
    return { version: remembered!.version };
  }
  const asked: Asked = options.known === undefined
    ? await run(path, options)
    : { version: options.known };
  if (asked.version !== undefined) {
    const entry = { size, mtimeMs, version: asked.version };
    known.set(path, entry);
    await writeCache(options.cache, path, entry);
  }
  return asked;
}

async function run(path: string, options: ProbeOptions): Promise<Asked> {
  const { timeout = 10_000, signal, env = {} } = options;
  const { failureKind } = host();
  let said;
  try {
    said = await captureWhenFree(path, { args: ["--version"], env, timeout, signal });
  } catch (error) {
    if (signal?.aborted || failureKind(error) === "flag_missing") throw error;
    return { why: reason(error) };
  }
  if (said.timedOut) return { why: `it did not answer --version within ${timeout} ms` };
  const version = parseVersion(said.stdout);
  if (said.status.success && version !== undefined) return { version };
  if (said.status.signal === "SIGILL") return { why: "it needs instructions this processor lacks" };
  if (!said.status.success) {
    const last = said.stderr.trim().split("\n").at(-1) ?? "";
    return { why: `--version ended with ${said.status.code}${last && `: ${last.slice(0, 200)}`}` };
  }
  return {
    why: `it is not opencode: --version says ${JSON.stringify(said.stdout.trim().slice(0, 60))}`,
  };
}

/**
 * A file that was just written may be busy for a moment: a child that is being started elsewhere in
 * this process holds what was open for writing, until it becomes its own program.
 */
async function captureWhenFree(path: string, options: CaptureOptions): Promise<Captured> {
  for (let attempt = 0;; attempt++) {
    try {
      return await capture(path, options);
    } catch (error) {
      const busy = /ETXTBSY|text file busy/i.test(`${(error as { code?: unknown }).code} ${error}`);
      if (!busy || attempt === 10) throw error;
      await sleep(50, options.signal);
    }
  }
}

/** Why the system could not run a program, in one line. */
export function reason(error: unknown): string {
  const kind = host().failureKind(error);
  if (kind === "permission_denied") return "it may not be run (permission denied)";
  if (kind === "not_found") {
    return "it can't be run: there is no such file, or its interpreter is missing";
  }
  return (error instanceof Error ? error.message : String(error)).split("\n")[0]!;
}

/** Forgets what programs said; for tests. */
export function forgetVersions(): void {
  known.clear();
}

async function readCache(
  path: string | undefined,
): Promise<Record<string, Remembered | undefined>> {
  if (path === undefined) return {};
  const { files, platform } = host();
  try {
    // what others may write is not believed
    if (platform.os !== "windows" && ((await files.stat(path)).mode & 0o022) !== 0) return {};
    const parsed: unknown = JSON.parse(await files.readText(path));
    return typeof parsed === "object" && parsed !== null
      ? parsed as Record<string, Remembered>
      : {};
  } catch {
    return {};
  }
}

/** A cache that can't be written costs a second at the next start, nothing more. */
async function writeCache(path: string | undefined, key: string, entry: Remembered): Promise<void> {
  if (path === undefined) return;
  const { files, platform } = host();
  const part = `${path}.${platform.pid}.${crypto.randomUUID().slice(0, 8)}`;
  try {
    const all = { ...await readCache(path), [key]: entry };
    await files.makeDir(path.replace(/[\\/][^\\/]*$/, ""), { mode: 0o700 });
    await files.writeText(part, JSON.stringify(all), { createNew: true, mode: 0o600 });
    await files.rename(part, path);
  } catch {
    await files.remove(part).catch(() => {});
  }
}
