/**
 * Finding the program: places to look in, tried in order.
 *
 * @module
 */
import { join } from "../runtime/path.ts";
import {
  BinaryNotFoundError,
  DownloadError,
  InvalidArgumentError,
  UnsupportedServerError,
} from "../errors.ts";
import type { Logger } from "../http/log.ts";
import { host } from "../runtime/host.ts";
import { downloadBinary, type DownloadOptions, findDownloaded } from "./download.ts";
import { withPermissionHint } from "../runtime/permission_hint.ts";
import { cacheDirectory, versionsFile } from "./places.ts";
import { askVersion } from "./program.ts";
import { findOnPath, unwrap } from "./search.ts";
import { BUILDS, buildsFor, detectMachine, type Machine, programName } from "./targets.ts";
import { supportOf, TESTED_VERSION } from "./versions.ts";

/** What {@linkcode resolveBinary} takes. */
export interface ResolveOptions extends DownloadOptions {
  /** The program: its path, or a name that is on the PATH. Nothing else is tried then. */
  binary?: string | undefined;
  /** Whether to download it where it is nowhere. @default {true} */
  download?: boolean | undefined;
  /** Variables in place of this process's, for `PATH`, `OPENCODE_BIN` and the program itself. */
  env?: Readonly<Record<string, string>> | undefined;
  /** Receives a warning for a program that is skipped, and for a version that was not tested. */
  logger?: Logger | undefined;
}

/** A program that was found and asked for its version. */
export interface ResolvedBinary {
  /** Its path: the native program, where npm's wrapper was found. */
  path: string;
  /** Its version. */
  version: string;
  /** The place where it was found. */
  source: string;
}

/** The same, for the start of a server. */
export interface LaunchResolveOptions extends ResolveOptions {
  /** More variables for the program when it is asked for its version, such as another home. */
  programEnv?: Readonly<Record<string, string>> | undefined;
}

/** What a place needs for its search. */
interface Search extends LaunchResolveOptions {
  /** The environment. */
  variables: Readonly<Record<string, string | undefined>>;
  /** The builds that fit this machine; asked of it on first use. */
  builds(): Promise<readonly string[]>;
  /** The cache directory. */
  directory: string;
}

/** A place to look in. */
interface Place {
  /** Its name in messages. */
  name: string;
  /** Whether the user named it: if it can't be used, nothing else is tried. */
  binding: boolean;
  /** Paths to try; `undefined` where the place says nothing. */
  find(search: Search): Promise<string[] | undefined>;
}

/** The places, in their order; the download comes after them. */
const PLACES: readonly Place[] = [
  {
    name: "the option binary",
    binding: true,
    find: async (search) =>
      search.binary === undefined ? undefined : await named(search.binary, search),
  },
  {
    name: "OPENCODE_BIN",
    binding: true,
    find: async (search) => {
      const path = search.variables.OPENCODE_BIN;
      return path ? await named(path, search) : undefined;
    },
  },
  {
    name: "the PATH",
    binding: false,
    find: async ({ variables }) => await findOnPath("opencode", variables),
  },
  {
    name: "~/.opencode/bin",
    binding: false,
    find: async ({ variables }) => {
      const { files, platform } = host();
      const home = variables.HOME ?? variables.USERPROFILE ?? platform.homeDir();
      const path = join(home, ".opencode", "bin", programName(platform.os));
      return await files.exists(path) ? [path] : [];
    },
  },
  {
    name: "an earlier download",
    binding: false,
    find: async ({ version = TESTED_VERSION, directory }) => {
      const found = await findDownloaded(BUILDS, version, directory);
      return found ? [found.path] : [];
    },
  },
];

/** A path stands as it is; a bare name is looked for on the PATH. */
async function named(name: string, { variables }: Search): Promise<string[]> {
  if (/[\\/]/.test(name)) return [name];
  const found = await findOnPath(name, variables);
  return found.length > 0 ? found.slice(0, 1) : [name];
}

/**
 * Finds the opencode program: the option `binary`, `OPENCODE_BIN`, the PATH (the native program
 * behind npm's wrapper), `~/.opencode/bin`, an earlier download, and else downloads it.
 *
 * @throws {BinaryNotFoundError} There is none that can be used; the message names each place and why it failed.
 * @throws {UnsupportedServerError} What was named uses another generation of the API.
 *
 * @example
 * ```ts no-assert
 * import { resolveBinary } from "@x/opencode/server";
 *
 * const { path, version, source } = await resolveBinary();
 * ```
 */
export function resolveBinary(options: ResolveOptions = {}): Promise<ResolvedBinary> {
  return withPermissionHint("look for opencode", () => resolve(options));
}

/** The same as {@linkcode resolveBinary}, with its errors as they come. */
export async function resolve(options: LaunchResolveOptions): Promise<ResolvedBinary> {
  options.signal?.throwIfAborted();
  if (options.binary === "") throw new InvalidArgumentError("The option binary is empty");
  const search = prepare(options);
  const failures: string[] = [];
  let unsupported: UnsupportedServerError | undefined;
  for (const place of PLACES) {
    const paths = await place.find(search);
    if (paths === undefined) continue;
    if (paths.length === 0) failures.push(`${place.name}: not there`);
    for (const path of paths) {
      const tried = await tryProgram(path, place, search);
      if (!(tried instanceof Error)) return tried;
      if (place.binding) throw tried;
      if (tried instanceof UnsupportedServerError) unsupported ??= tried;
      options.logger?.warn(`Skipped ${path}: ${tried.message}`, {});
      failures.push(`${place.name}: ${tried.message}`);
    }
  }
  if (options.download === false) failures.push("download: not allowed by the options");
  else {
    try {
      return await downloadBinary({ ...options, directory: search.directory });
    } catch (error) {
      if (!(error instanceof DownloadError)) throw error;
      failures.push(`download: ${error.message}`);
    }
  }
  if (unsupported) throw unsupported;
  throw new BinaryNotFoundError(
    `Cannot find opencode. Tried ${failures.join("; ")}. Install it ` +
      `(npm install -g opencode-ai@${TESTED_VERSION}), or give its path as \`binary\` or OPENCODE_BIN`,
  );
}

function prepare(options: LaunchResolveOptions): Search {
  let builds: Promise<readonly string[]> | undefined;
  return {
    ...options,
    variables: { ...host().env.toObject(), ...options.env },
    builds: () => builds ??= fittingBuilds(options.machine),
    directory: options.directory ?? cacheDirectory(),
  };
}

async function fittingBuilds(machine: Machine | undefined): Promise<readonly string[]> {
  try {
    return buildsFor(machine ?? await detectMachine());
  } catch {
    // A program of the user's own works on a machine that there is no build for.
    return [];
  }
}

/** The program at a path, or why it won't do. */
async function tryProgram(
  path: string,
  place: Place,
  search: Search,
): Promise<ResolvedBinary | Error> {
  const { signal, logger } = search;
  const env = { ...search.env, ...search.programEnv };
  const fail = (why: string) =>
    new BinaryNotFoundError(
      place.binding
        ? `Cannot use "${path}" (${place.name}) as opencode: ${why}. Give the path of an opencode ` +
          `program, tested with ${TESTED_VERSION}`
        : `"${path}": ${why}`,
    );
  const { files, platform } = host();
  if (!await files.exists(path)) return fail("there is no such file");
  if ((await files.stat(path)).isDirectory) return fail("it is a directory");
  const { path: real, wrapper } = await unwrap(path, search.builds);
  if (wrapper && platform.os === "windows") {
    return fail("it is a wrapper that needs a shell, and the program behind it was not found");
  }
  const cache = versionsFile(search.directory);
  const { version, why } = await askVersion(real, { cache, env, signal });
  if (version === undefined) return fail(why ?? "it does not say its version");
  if (!place.binding && isExact(search.version) && version !== search.version) {
    return fail(`it is version ${version}, and ${search.version} is wanted`);
  }
  try {
    if (supportOf(version, `"${real}"`) === "untested") {
      logger?.warn(
        `opencode ${version} was not tested with this package, ${TESTED_VERSION} was`,
        {},
      );
    }
  } catch (error) {
    return error as Error;
  }
  return { path: real, version, source: place.name };
}

function isExact(version: string | undefined): boolean {
  return version !== undefined && version !== "latest";
}
