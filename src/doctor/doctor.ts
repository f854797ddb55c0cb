/**
 * What stands between a user and a running server, looked at step by step.
 *
 * @module
 */
import { join } from "../runtime/path.ts";
import { DownloadError, PermissionMissingError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { call } from "../server/call.ts";
import { capture } from "../process/run.ts";
import { getJson } from "../binary/fetch.ts";
import { resolve, type ResolvedBinary } from "../binary/locate.ts";
import { isStale } from "../process/lock.ts";
import type { ServerOptions } from "../server/options.ts";
import { missingFlag } from "../runtime/permission_hint.ts";
import { cacheDirectory } from "../binary/places.ts";
import { proxyHint } from "../runtime/proxy.ts";
import { findRegistry } from "../binary/registry.ts";
import { createOpencodeServer, type OpencodeServer } from "../server/server.ts";
import { buildsFor, detectMachine, packageOf } from "../binary/targets.ts";
import { supportOf, TESTED_VERSION } from "../binary/versions.ts";
import { KEPT, MARK } from "../process/watchdog.ts";

/** What {@linkcode doctor} takes: what `createOpencodeServer` does, for the server that is tried. */
export interface DoctorOptions extends ServerOptions {
  /** The npm registry's address. @default npm's own settings */
  registry?: string | undefined;
  /** Whether to start a server. @default {true} */
  start?: boolean | undefined;
}

/** One thing that was looked at. */
export interface DoctorLine {
  /** What was looked at, such as `"program"`. */
  check: string;
  /** `"warn"` works, with a drawback; `"fail"` does not work. */
  status: "ok" | "warn" | "fail";
  /** What was found. */
  message: string;
  /** What to do about it. */
  repair?: string;
}

type Found = Omit<DoctorLine, "check">;

/**
 * Looks at everything that a server needs: the runtime, the program, the registry, proxies, stale
 * locks, servers left over, and a real start with an authenticated call and the models configured.
 * Nothing is downloaded, and nothing repaired. It never rejects but for its signal.
 *
 * @returns One line for each thing looked at.
 *
 * @example
 * ```ts no-assert
 * import { doctor } from "@x/opencode/server";
 *
 * for (const { status, check, message } of await doctor()) console.log(status, check, message);
 * ```
 */
export async function doctor(options: DoctorOptions = {}): Promise<DoctorLine[]> {
  const lines: DoctorLine[] = [];
  const look = async (check: string, run: () => Promise<Found | Found[]>): Promise<void> => {
    let found: Found | Found[];
    try {
      found = await run();
    } catch (error) {
      options.signal?.throwIfAborted();
      found = explain(error, REPAIRS[check]);
    }
    for (const one of Array.isArray(found) ? found : [found]) lines.push({ check, ...one });
  };
  await look("runtime", checkRuntime);
  let directory: string;
  try {
    directory = options.cacheDirectory ?? cacheDirectory();
  } catch (error) {
    // Without the environment nothing else can be looked at either.
    return [...lines, { check: "cache", ...explain(error, REPAIRS.cache) }];
  }
  let program: ResolvedBinary | undefined;
  await look("registry", () => checkRegistry(options));
  await look("program", async () => {
    const download = lines.at(-1)?.status === "ok";
    const { found, line } = await checkProgram({ ...options, directory }, download);
    program = found;
    return line;
  });
  await look("proxy", checkProxy);
  await look("locks", () => checkLocks(directory));
  await look("orphans", checkOrphans);
  if (options.start !== false && program) {
    const { path } = program;
    await look("server", () => checkServerStart({ ...options, binary: path }));
  }
  return lines;
}

const INSTALL = `npm install -g opencode-ai@${TESTED_VERSION}`;

/** What to do where a look fails in a way of its own. */
const REPAIRS: Readonly<Record<string, string>> = {
  cache: "Give the option cacheDirectory, or set XDG_CACHE_HOME",
  registry: "Look at npm's registry setting",
  program:
    `Give the path of an opencode program as \`binary\` or OPENCODE_BIN, or neither: ${INSTALL}`,
  server: "Mend what the message names, or try another version of the program: " + INSTALL,
};

function explain(error: unknown, otherwise = "Look at what the message names"): Found {
  const flag = flagOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const repair = flag === undefined ? otherwise : `Run Deno with ${flag}`;
  return { status: "fail", message, repair };
}

function flagOf(error: unknown): string | undefined {
  return error instanceof PermissionMissingError ? error.flag : missingFlag(error);
}

function checkRuntime(): Promise<Found> {
  const { runtime, version, os, arch } = host().platform;
  const message = `${runtime} ${version} on ${os} ${arch}`;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const old = (runtime === "node" && (major < 20 || (major === 20 && minor < 16))) ||
    (runtime === "deno" && (major < 2 || (major === 2 && minor < 9)));
  const repair = runtime === "node" ? "Install Node 20.16 or newer" : "Install Deno 2.9 or newer";
  return Promise.resolve(
    old ? { status: "fail", message, repair } : { status: "ok", message },
  );
}

async function checkRegistry({ registry, signal }: DoctorOptions): Promise<Found> {
  const found = await findRegistry({ registry, signal });
  if (!found) {
    return {
      status: "warn",
      message: "npm is not installed and no registry is set: downloads come from GitHub",
      repair: "Install npm, or set npm_config_registry",
    };
  }
  const { host: name } = new URL(found.url);
  const url = `${found.url}${packageOf(buildsFor(await detectMachine())[0]!)}/${TESTED_VERSION}`;
  const authorization = found.authorization(url);
  try {
    await getJson(url, {
      headers: authorization === undefined ? {} : { authorization },
      signal,
      stall: 5000,
    });
  } catch (error) {
    if (!(error instanceof DownloadError)) throw error;
    return { status: "warn", message: error.message, repair: REPAIRS.registry! };
  }
  return { status: "ok", message: `${name} has opencode ${TESTED_VERSION}` };
}

async function checkProgram(
  options: DoctorOptions & { directory: string },
  downloadable: boolean,
): Promise<{ found?: ResolvedBinary; line: Found }> {
  try {
    const found = await resolve({ ...options, download: false });
    const message = `opencode ${found.version}: ${found.path} (${found.source})`;
    const tested = supportOf(found.version, "it") === "tested";
    return {
      found,
      line: tested ? { status: "ok", message } : {
        status: "warn",
        message: `${message}; tested is ${TESTED_VERSION}`,
        repair: INSTALL,
      },
    };
  } catch (error) {
    options.signal?.throwIfAborted();
    const line = explain(error, REPAIRS.program);
    const named = options.binary !== undefined || host().env.get("OPENCODE_BIN");
    if (flagOf(error) !== undefined || named) return { line };
    const repair = `Download it by a first start, or install it: ${INSTALL}`;
    return { line: { status: downloadable ? "warn" : "fail", message: line.message, repair } };
  }
}

function checkProxy(): Promise<Found[]> {
  const { env } = host();
  const names = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
  ];
  const set = names.filter((name) => env.get(name));
  if (set.length === 0) return Promise.resolve([{ status: "ok", message: "none is set" }]);
  const exempt = (env.get("NO_PROXY") ?? env.get("no_proxy") ?? "").split(",")
    .some((name) => name.trim() === "127.0.0.1" || name.trim() === "*");
  const found: Found[] = [
    exempt ? { status: "ok", message: `${set.join(", ")}, not for this machine` } : {
      status: "warn",
      message: `${
        set.join(", ")
      } would take calls to this machine too; this package sees to its own`,
      repair: "Add 127.0.0.1 and localhost to NO_PROXY",
    },
  ];
  const hint = proxyHint();
  if (hint) found.push({ status: "warn", ...hint });
  return Promise.resolve(found);
}

async function checkLocks(directory: string): Promise<Found> {
  const { files } = host();
  const bin = join(directory, "bin");
  const stale: string[] = [];
  for (const version of await files.readDir(bin).catch(() => [])) {
    for (const { name } of await files.readDir(join(bin, version.name)).catch(() => [])) {
      const path = join(bin, version.name, name);
      if (name.endsWith(".lock") && await isStale(path)) stale.push(path);
    }
  }
  if (stale.length === 0) return { status: "ok", message: "no stale lock" };
  return {
    status: "warn",
    message: `left by a download that was killed: ${stale.join(", ")}`,
    repair: "The next download takes them over; deleting them does no harm",
  };
}

/** Marked servers that belong to nobody: re-parented to the first process, and not kept on purpose. */
const ORPHANS = `for file in $(grep -lF '${MARK}=' /proc/[0-9]*/environ 2>/dev/null); do
  dir=\${file%/environ} pid=\${file#/proc/}
  grep -qF '${MARK}=${KEPT}' "$file" 2>/dev/null && continue
  grep -q '^PPid:[[:space:]]*1$' "$dir/status" 2>/dev/null && echo "\${pid%/environ}"
done`;

async function checkOrphans(): Promise<Found> {
  const { platform } = host();
  if (platform.os !== "linux") {
    return { status: "ok", message: `not looked for on ${platform.os}` };
  }
  const { stdout } = await capture("/bin/sh", { args: ["-c", ORPHANS], timeout: 5000 });
  const pids = stdout.split("\n").filter((line) => line !== "");
  if (pids.length === 0) return { status: "ok", message: "no server without a parent" };
  return {
    status: "warn",
    message: `without a parent: ${pids.length === 1 ? "process" : "processes"} ${pids.join(", ")}`,
    repair: `kill ${pids.join(" ")}`,
  };
}

async function checkServerStart(options: ServerOptions): Promise<Found[]> {
  const started = Date.now();
  const server = await createOpencodeServer(options);
  const lines: Found[] = [];
  try {
    lines.push({
      status: "ok",
      message: `ready after ${Date.now() - started} ms at ${server.url}`,
    });
    lines.push(await checkCredentials(server));
    lines.push(await checkProviders(server));
  } finally {
    const stopping = Date.now();
    await server.close();
    lines.push({ status: "ok", message: `stopped after ${Date.now() - stopping} ms` });
  }
  return lines;
}

async function checkCredentials(server: OpencodeServer): Promise<Found> {
  const { url, username, password } = server;
  const open = await call(url, "/global/health", { timeout: 5000 });
  const own = await call(url, "/global/health", { username, password, timeout: 5000 });
  if (open.status === 401 && own.status === 200) {
    return { status: "ok", message: "answers with the password, and not without it" };
  }
  return {
    status: "fail",
    message: `answered ${open.status} without the password and ${own.status} with it`,
    repair: `Use the version that was tested: ${INSTALL}`,
  };
}

async function checkProviders(server: OpencodeServer): Promise<Found> {
  const { url, username, password, directory } = server;
  const options = { username, password, directory, timeout: 20_000 };
  const { status, body } = await call(url, "/config/providers", options);
  const { providers } = (body ?? {}) as { providers?: { id: string; models?: object }[] };
  if (status !== 200 || !Array.isArray(providers)) {
    return {
      status: "fail",
      message: `the list of models was answered with ${status}`,
      repair: "Look at the providers in the config; if they are well, " + INSTALL,
    };
  }
  const models = providers.reduce((sum, { models = {} }) => sum + Object.keys(models).length, 0);
  if (models === 0) {
    return {
      status: "warn",
      message: "no model is configured",
      repair: "Log in to a provider (opencode auth login), or give one in the config",
    };
  }
  const names = providers.map(({ id }) => id).join(", ");
  return { status: "ok", message: `${models} models of ${names}` };
}
