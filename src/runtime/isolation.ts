/**
 * A home directory of its own for an opencode server: nothing of the user's is read or written, no
 * catalogue of models is fetched, nothing is updated and no plugin package is installed.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { join } from "./path.ts";
import { host } from "./host.ts";

/** What {@linkcode createIsolatedHome} takes. */
export interface IsolatedHomeOptions {
  /** Where to make it. @default the system's directory for temporary files */
  dir?: string;
  /** How its name begins. @default {"opencode-home-"} */
  prefix?: string;
  /** Called with its path before it is made: whoever is to remove it knows it in time. */
  onPath?: (path: string) => void | Promise<void>;
}

/** A home for a server. */
export interface IsolatedHome {
  /** Its path. */
  home: string;
  /**
   * The whole environment for the server: the few variables of this process that programs need,
   * and the recipe. Spawn with `clearEnv: true`, or variables such as `OPENCODE_CONFIG` of this
   * process leak into the server.
   */
  env: Record<string, string>;
  /** Removes it, with all that is in it. Idempotent. */
  dispose(): Promise<void>;
}

/**
 * Keeps code of the project from running in the server. The server imports every file of `plugin/`
 * in each `.opencode` from the directory upwards, and what an `opencode.json` there lists, whatever
 * the switches say (1.18.33). This file lies in the home's own configuration, which is imported
 * first; from then on, modules from elsewhere are empty. What the caller names stays: the
 * directories of `OPENCODE_CONFIG`, `OPENCODE_CONFIG_DIR` and of `file:` URLs and plugins in the
 * config given in code.
 */
const GUARD = String.raw`import { realpathSync } from "fs";
import { dirname, isAbsolute, sep } from "path";
import { fileURLToPath } from "url";

const { HOME, OPENCODE_CONFIG, OPENCODE_CONFIG_DIR, OPENCODE_CONFIG_CONTENT = "{}" } = process.env;
const directories = [HOME, OPENCODE_CONFIG_DIR, OPENCODE_CONFIG && dirname(OPENCODE_CONFIG)];
const visit = (value, inPlugins) => {
  if (typeof value === "string") {
    if (value.startsWith("file://")) directories.push(dirname(fileURLToPath(value)));
    else if (inPlugins && isAbsolute(value)) directories.push(dirname(value));
  } else if (value && typeof value === "object") {
    for (const [key, one] of Object.entries(value)) visit(one, inPlugins || key === "plugin");
  }
};
try {
  visit(JSON.parse(OPENCODE_CONFIG_CONTENT), false);
} catch { /* the server says what is wrong with it */ }
const real = (path) => {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
};
const own = directories.filter(Boolean).flatMap((path) => [path, real(path)])
  .map((path) => (path.endsWith(sep) ? path : path + sep).replace(/[.*+?^${"$"}{}()|[\]\\]/g, "\\$&"));
const allowed = ["/\\$bunfs/", "[A-Z]:[\\\\/]~BUN[\\\\/]", ...own].join("|");
Bun.plugin({
  name: "isolated",
  setup(build) {
    const empty = { contents: "export default undefined;", loader: "js" };
    build.onLoad({ filter: new RegExp("^(?!" + allowed + ")") }, () => empty);
  },
});

export default async () => ({});
`;

/** What a program needs of its parent's environment; nothing that configures opencode or a model. */
const INHERITED = [
  "PATH",
  "LANG",
  "LC_ALL",
  "LC_CTYPE",
  "TZ",
  "TERM",
  "SHELL",
  "USER",
  "LOGNAME",
  // Windows.
  "SystemRoot",
  "SystemDrive",
  "windir",
  "ComSpec",
  "PATHEXT",
  "ProgramData",
  "ProgramFiles",
  "NUMBER_OF_PROCESSORS",
  "PROCESSOR_ARCHITECTURE",
];

/** Makes the server think that its plugin package is installed: see `seedConfigDirectory`. */
const LOCK = '{"lockfileVersion":3,"packages":{"":{"dependencies":{"@opencode-ai/plugin":"*"}}}}\n';

/**
 * Makes a home for a server, under the system's directory for temporary files.
 *
 * The environment points `HOME` and the XDG directories into it, ignores the project's own
 * `opencode.json`, `.opencode/`, instructions and skills, and switches off the fetch of the model
 * catalogue, updates, the sharing of sessions and the install of plugins (server 1.18.33).
 */
export async function createIsolatedHome(options: IsolatedHomeOptions = {}): Promise<IsolatedHome> {
  const { files, platform } = host();
  const { prefix = "opencode-home-", dir = platform.tmpDir(), onPath } = options;
  const home = join(dir, `${prefix}${crypto.randomUUID()}`);
  await onPath?.(home);
  await makeHome(home, dir);
  try {
    const at = (...names: string[]) => join(home, ...names);
    const models = at("models.json");
    await files.writeText(models, "{}");
    await files.makeDir(at("tmp"));
    await seedConfigDirectory(at("config", "opencode"));
    await files.makeDir(at("config", "opencode", "plugin"));
    await files.writeText(at("config", "opencode", "plugin", "guard.js"), GUARD);
    const env: Record<string, string> = {
      ...inherited(),
      HOME: home,
      USERPROFILE: home,
      APPDATA: at("config"),
      LOCALAPPDATA: at("data"),
      TMPDIR: at("tmp"),
      TEMP: at("tmp"),
      TMP: at("tmp"),
      XDG_CONFIG_HOME: at("config"),
      XDG_DATA_HOME: at("data"),
      XDG_STATE_HOME: at("state"),
      XDG_CACHE_HOME: at("cache"),
      NO_PROXY: "127.0.0.1,localhost,::1",
      no_proxy: "127.0.0.1,localhost,::1",
      OPENCODE_MODELS_PATH: models,
      OPENCODE_DISABLE_MODELS_FETCH: "1",
      OPENCODE_DISABLE_AUTOUPDATE: "1",
      OPENCODE_DISABLE_PROJECT_CONFIG: "1",
      OPENCODE_DISABLE_LSP_DOWNLOAD: "1",
      OPENCODE_DISABLE_SHARE: "1",
      OPENCODE_DISABLE_EXTERNAL_SKILLS: "1",
      OPENCODE_DISABLE_CLAUDE_CODE: "1",
      OPENCODE_PURE: "1",
    };
    return {
      home,
      env,
      dispose: () => remove(home),
    };
  } catch (error) {
    await remove(home);
    throw error;
  }
}

async function makeHome(home: string, dir: string): Promise<void> {
  const { files, failureKind } = host();
  if (!await files.exists(dir)) {
    throw new InvalidArgumentError(
      `The directory for temporary files, "${dir}", does not exist: set TMPDIR to one that does`,
    );
  }
  try {
    await files.makeDir(home, { mode: 0o700 });
  } catch (cause) {
    if (!["permission_denied", "no_space", "not_a_directory"].includes(failureKind(cause))) {
      throw cause;
    }
    throw new InvalidArgumentError(
      `Cannot write to the directory for temporary files, "${dir}": set TMPDIR to another`,
      { cause },
    );
  }
}

/**
 * Keeps the server from installing its plugin package (63 MB, in the background, deaf to SIGTERM
 * meanwhile) into a configuration directory: a lock file that names it, and an empty
 * `node_modules`, are all that the server looks for. Existing files stay.
 */
export async function seedConfigDirectory(directory: string): Promise<void> {
  const { files } = host();
  await files.makeDir(join(directory, "node_modules"));
  const lock = join(directory, "package-lock.json");
  if (!await files.exists(lock)) await files.writeText(lock, LOCK);
}

function inherited(): Record<string, string> {
  const { env } = host();
  const result: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = env.get(name);
    if (value !== undefined) result[name] = value;
  }
  return result;
}

/** A server that just ended may still hold files (Windows) or write its last ones. */
async function remove(path: string): Promise<void> {
  const { files } = host();
  for (let attempt = 0;; attempt++) {
    try {
      return await files.remove(path, { recursive: true });
    } catch (error) {
      if (attempt === 5) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50 * 2 ** attempt));
    }
  }
}
