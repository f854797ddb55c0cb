/**
 * A build of the program downloaded, checked and put in place, once, however many ask for it.
 *
 * @module
 */
import { dirname, join } from "../runtime/path.ts";
import { DownloadError, InvalidArgumentError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { lock } from "../process/lock.ts";
import { withPermissionHint } from "../runtime/permission_hint.ts";
import { buildDirectory, cacheDirectory, versionsFile } from "./places.ts";
import { askVersion } from "./program.ts";
import { proxyHint } from "../runtime/proxy.ts";
import { findRegistry } from "./registry.ts";
import { githubSource, npmSource, type Source } from "./sources.ts";
import { buildsFor, detectMachine, type Machine, programName } from "./targets.ts";
import { fetchProgram } from "./unpack.ts";
import { supportOf, TESTED_VERSION } from "./versions.ts";

/** How far a download is. */
export interface DownloadProgress {
  /** The phase: `"waiting"` is for another process that downloads the same. */
  phase: "waiting" | "download" | "verify" | "done";
  /** Bytes received. */
  received: number;
  /** Bytes in all, where the server says so. */
  total: number | undefined;
}

/** What {@linkcode downloadBinary} takes. */
export interface DownloadOptions {
  /** `"latest"` or an exact version. @default {"1.18.33"} */
  version?: string | undefined;
  /** Where to put it. @default the user's cache directory, below `opencode-ts` */
  directory?: string | undefined;
  /** The npm registry's address. @default npm's own settings */
  registry?: string | undefined;
  /** GitHub's interface for the releases, where a mirror stands in for it. */
  github?: string | undefined;
  /** Called with the bytes received, and at each change of phase. */
  onProgress?: ((progress: DownloadProgress) => void) | undefined;
  /** The longest silence of the network, in milliseconds. @default {30_000} */
  stallTimeout?: number | undefined;
  /** Ends the download: it rejects with the signal's reason, and leaves nothing in place. */
  signal?: AbortSignal | undefined;
  /** Stands in for what is detected of this machine. */
  machine?: Machine | undefined;
}

/** A program that was downloaded, or had been before. */
export interface DownloadedBinary {
  /** Its path. */
  path: string;
  /** Its version. */
  version: string;
  /** Where it came from; `"cache"` where it was there. */
  source: string;
}

/**
 * Downloads the opencode program: from the npm registry that npm is set to use, else from GitHub's
 * releases. The bytes are checked against the published SHA-512 (GitHub: SHA-256) before they are
 * ever run, the program is asked for its version, and only then put in place by a rename.
 *
 * @returns Where it is; at once where it had been downloaded before.
 * @throws {DownloadError} No source gave a program that passed; the message names each and why it failed.
 *
 * @example
 * ```ts no-assert
 * import { downloadBinary } from "@x/opencode/server";
 *
 * const { path } = await downloadBinary({
 *   onProgress: ({ received, total }) => console.error(received, total),
 * });
 * ```
 */
export function downloadBinary(options: DownloadOptions = {}): Promise<DownloadedBinary> {
  return withPermissionHint("download opencode", () => download(options));
}

async function download(options: DownloadOptions): Promise<DownloadedBinary> {
  const { version = TESTED_VERSION, directory = cacheDirectory(), signal } = options;
  if (!/^(latest|\d+\.\d+\.\d+[0-9A-Za-z.+-]*)$/.test(version)) {
    throw new InvalidArgumentError(
      `Cannot download version "${version}": give "latest" or an exact version such as ` +
        `"${TESTED_VERSION}"`,
    );
  }
  signal?.throwIfAborted();
  const builds = buildsFor(options.machine ?? await detectMachine());
  const there = await findDownloaded(builds, version, directory);
  if (there && await runs(there.path, version, directory, signal)) return there;
  const failures: string[] = [];
  for await (const source of sources(options)) {
    try {
      return await fromSource(source, builds, version, directory, options);
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof DownloadError)) throw error;
      failures.push(`${source.name}: ${error.message}`);
    }
  }
  const hint = proxyHint();
  if (hint) failures.push(`${hint.message}: ${hint.repair}`);
  throw new DownloadError(`Cannot download opencode ${version}. ${failures.join("; ")}`);
}

/** Whether what an earlier download left still is the program: disks fail, and people edit. */
async function runs(
  path: string,
  version: string,
  directory: string,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  return (await askVersion(path, { cache: versionsFile(directory), signal })).version === version;
}

/** npm's registry where it is known, then GitHub. */
async function* sources({ registry, github, signal }: DownloadOptions): AsyncIterable<Source> {
  const npm = await findRegistry({ registry, signal });
  if (npm) yield npmSource(npm);
  yield githubSource(github);
}

/** A build that an earlier download left; a program is only ever put in place when it passed. */
export async function findDownloaded(
  builds: readonly string[],
  version: string,
  directory: string,
): Promise<DownloadedBinary | undefined> {
  if (version === "latest") return undefined;
  const { files, platform } = host();
  for (const build of builds) {
    const path = join(buildDirectory(directory, version, build), programName(platform.os));
    if (await files.exists(path)) return { path, version, source: "cache" };
  }
  return undefined;
}

/** A build that came whole, and does not run on this machine. */
class UnfitBuildError extends DownloadError {}

async function fromSource(
  source: Source,
  builds: readonly string[],
  wish: string,
  directory: string,
  options: DownloadOptions,
): Promise<DownloadedBinary> {
  const signal = options.signal ?? new AbortController().signal;
  const version = /^\d/.test(wish) ? wish : await source.version(wish, builds[0]!, signal);
  supportOf(version, source.name);
  const failures: string[] = [];
  for (const build of builds) {
    try {
      const { path, fetched } = await fetchBuild(source, build, version, directory, {
        ...options,
        signal,
      });
      return { path, version, source: fetched ? source.name : "cache" };
    } catch (error) {
      signal.throwIfAborted();
      // Another build may run where this one does not; no other fault is cured by it.
      if (!(error instanceof UnfitBuildError)) throw error;
      failures.push(error.message);
    }
  }
  throw new DownloadError(failures.join("; "));
}

/** Fetches one build under its lock. */
async function fetchBuild(
  source: Source,
  build: string,
  version: string,
  directory: string,
  options: DownloadOptions & { signal: AbortSignal },
): Promise<{ path: string; fetched: boolean }> {
  const { onProgress, signal, stallTimeout } = options;
  const { files, platform } = host();
  const home = buildDirectory(directory, version, build);
  const path = join(home, programName(platform.os));
  await files.makeDir(dirname(home));
  const report = (phase: DownloadProgress["phase"], received = 0, total?: number) =>
    onProgress?.({ phase, received, total });
  const release = await lock(`${home}.lock`, { signal, onWait: () => report("waiting") });
  const part = join(home, `.${crypto.randomUUID()}.part${platform.os === "windows" ? ".exe" : ""}`);
  const scratch = join(home, ".home");
  try {
    if (await runs(path, version, directory, signal)) return { path, fetched: false };
    await files.makeDir(home);
    await removeParts(home);
    const archive = await source.archive(build, version, signal);
    let size = 0;
    let total: number | undefined;
    await fetchProgram(archive, part, {
      signal,
      stall: stallTimeout,
      onBytes: (received, all) => report("download", size = received, total = all),
    });
    report("verify", size, total);
    await files.chmod(part, 0o755);
    const asked = await askVersion(part, { signal, env: homeIn(scratch) });
    if (asked.version !== version) {
      const why = asked.why ?? `it says that it is ${asked.version}`;
      throw new UnfitBuildError(`opencode-${build} ${version} does not run here: ${why}`);
    }
    await files.rename(part, path);
    // Asked here, it need not be asked again at the first start.
    await askVersion(path, { cache: versionsFile(directory), signal, known: version });
    report("done", size, total);
    return { path, fetched: true };
  } finally {
    await files.remove(part);
    await files.remove(scratch, { recursive: true });
    await files.remove(home).catch(() => {}); // not where the program stands in it
    await release();
  }
}

/** A home of its own: the program makes directories before it says its version (1.18.33). */
function homeIn(dir: string): Record<string, string> {
  const names = ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"];
  return Object.fromEntries(names.map((name) => [name, dir]));
}

/** What a process that was killed left behind; the lock is held. */
async function removeParts(home: string): Promise<void> {
  const { files } = host();
  for (const { name } of await files.readDir(home)) {
    if (/^\.(home|.*\.part(\.exe)?(\.zip)?)$/.test(name)) {
      await files.remove(join(home, name), { recursive: true });
    }
  }
}
