/**
 * npm's own settings: where the registry is, and what it wants to be shown.
 *
 * The order is npm's: environment, the project's `.npmrc`, the user's, and then npm itself is asked.
 * No registry's address stands in this package.
 *
 * @module
 */
import { DownloadError } from "../errors.ts";
import { dirname, join } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";
import { capture } from "../process/run.ts";
import { findOnPath } from "./search.ts";

/** Where packages are, and the header that opens it. */
export interface Registry {
  /** Its address, with a slash at the end. */
  url: string;
  /** The value of `authorization` for an address of the registry; `undefined` for another's. */
  authorization(url: string): string | undefined;
}

/** How to find it. */
export interface RegistryOptions {
  /** An address that stands over every setting. */
  registry?: string | undefined;
  /** Variables in place of this process's. */
  env?: Readonly<Record<string, string | undefined>> | undefined;
  /** Rejects with its reason. */
  signal?: AbortSignal | undefined;
}

/**
 * The registry that npm would use here, or `undefined` where neither a setting nor npm is there.
 *
 * @throws {DownloadError} The setting is no URL.
 */
export async function findRegistry(options: RegistryOptions = {}): Promise<Registry | undefined> {
  const env = options.env ?? host().env.toObject();
  const settings = await npmSettings(env);
  const address = options.registry ?? settings.get("registry") ?? await askNpm(env, options.signal);
  if (address === undefined) return undefined;
  if (!/^https?:$/.test(URL.canParse(address) ? new URL(address).protocol : "")) {
    throw new DownloadError(
      `Invalid npm registry "${
        address.replace(/\/\/[^@/]*@/, "//***@")
      }": set npm_config_registry, ` +
        "or `registry` in .npmrc, to an http or https URL",
    );
  }
  const url = address.endsWith("/") ? address : `${address}/`;
  return { url, authorization: (target) => authorizationFor(settings, url, target) };
}

/** All settings of the environment and the `.npmrc` files, the stronger over the weaker. */
async function npmSettings(
  env: Readonly<Record<string, string | undefined>>,
): Promise<Map<string, string>> {
  const settings = new Map<string, string>();
  const weaker = (key: string, value: string) => settings.has(key) || settings.set(key, value);
  for (const [name, value] of Object.entries(env)) {
    const key = /^npm_config_(.+)$/i.exec(name)?.[1];
    if (key !== undefined && value) weaker(key.startsWith("//") ? key : key.toLowerCase(), value);
  }
  const home = env.HOME ?? env.USERPROFILE ?? host().platform.homeDir();
  const project = await projectRoot(workingDirectory(), home);
  for (
    const file of [
      ...project === undefined ? [] : [join(project, ".npmrc")],
      settings.get("userconfig") ?? join(home, ".npmrc"),
    ]
  ) {
    for (const [key, value] of parseNpmrc(await readText(file), env)) weaker(key, value);
  }
  return settings;
}

/** The working directory; where it was deleted, there is no project in it. */
function workingDirectory(): string {
  try {
    return host().platform.cwd();
  } catch {
    return "/";
  }
}

/** The nearest directory upwards with a `package.json`, as npm looks for its project. */
async function projectRoot(start: string, home: string): Promise<string | undefined> {
  const { files } = host();
  for (let dir = start; dir !== home; dir = dirname(dir)) {
    if (await files.exists(join(dir, "package.json")).catch(() => false)) return dir;
    if (dirname(dir) === dir) return undefined;
  }
  return undefined;
}

/** The settings of an `.npmrc`: `key = value` lines, `${NAME}` taken from the environment. */
export function parseNpmrc(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
): [string, string][] {
  const settings: [string, string][] = [];
  for (const line of text.split(/\r?\n/)) {
    const found = /^\s*([^;#\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line);
    if (!found) continue;
    const value = found[2]!.replace(/^(["'])(.*)\1$/, "$2");
    settings.push([found[1]!, value.replace(/\$\{(\w+)\}/g, (whole, name) => env[name] ?? whole)]);
  }
  return settings;
}

/** npm keeps credentials by address without scheme; they open what lies below it, nothing else. */
function authorizationFor(
  settings: ReadonlyMap<string, string>,
  registry: string,
  target: string,
): string | undefined {
  const { host: name, pathname, protocol } = new URL(target);
  if (protocol !== new URL(registry).protocol) return undefined;
  for (let path = pathname; path !== ""; path = path.replace(/[^/]*\/?$/, "")) {
    const at = path.endsWith("/") ? `//${name}${path}` : `//${name}${path}/`;
    for (const key of [at, at.slice(0, -1)]) {
      const token = settings.get(`${key}:_authToken`);
      if (token) return `Bearer ${token}`;
      const basic = settings.get(`${key}:_auth`);
      if (basic) return `Basic ${basic}`;
      const [user, password] = [settings.get(`${key}:username`), settings.get(`${key}:_password`)];
      if (user && password) return `Basic ${btoa(`${user}:${atob(password)}`)}`;
    }
  }
  return undefined;
}

/** What npm itself answers, where it is on the PATH. */
async function askNpm(
  env: Readonly<Record<string, string | undefined>>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  const windows = host().platform.os === "windows";
  // npm.cmd would need a shell: its script is run by the node.exe that stands beside it.
  const program = (await findOnPath(windows ? "node" : "npm", env)).at(0);
  if (program === undefined) return undefined;
  const script = join(dirname(program), "node_modules", "npm", "bin", "npm-cli.js");
  try {
    const { stdout, status } = await capture(program, {
      args: [...windows ? [script] : [], "config", "get", "registry"],
      timeout: 10_000,
      signal,
    });
    const address = stdout.trim();
    return status.success && /^https?:\/\//.test(address) ? address : undefined;
  } catch (error) {
    if (signal?.aborted || host().failureKind(error) === "flag_missing") throw error;
    return undefined;
  }
}

async function readText(path: string): Promise<string> {
  try {
    return await host().files.readText(path);
  } catch {
    return "";
  }
}
