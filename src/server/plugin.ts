/**
 * What a start adds to a server's configuration and environment, so that it loads our plugin.
 *
 * @module
 */
import { cacheDirectory } from "../binary/places.ts";
import { InvalidArgumentError } from "../errors.ts";
import { installPlugin } from "../plugin/install.ts";
import { host } from "../runtime/host.ts";
import { dirname, join } from "../runtime/path.ts";
import { isSecret } from "../tools/shell/environment.ts";
import type { ResolvedServerOptions } from "./options.ts";

/** Variables that the server alone may see. */
const HIDDEN = ["OPENCODE_SERVER_PASSWORD", "OPENCODE_CONFIG_CONTENT", "OPENCODE_AUTH_CONTENT"];

/** The server looks through a copy of its environment for this one: it can't be hidden there. */
const API_KEY = "OPENCODE_API_KEY";

/**
 * Where a plugin is configured, the server waits until its own package is installed into every
 * configuration directory (63 MB, server 1.18.33). Nobody needs that who has no plugins or tools of
 * his own: the install of this one scope then fails at once, as it does without a network.
 */
const NO_INSTALL: Readonly<Record<string, string>> = {
  "npm_config_@opencode-ai:registry": "http://127.0.0.1:9/",
  npm_config_fetch_retries: "0",
};

/**
 * The variables that make a server load our plugin, beside those that it has.
 *
 * @param given The environment that the start sets; `inherits` is whether this process's
 * comes below it.
 * @returns Nothing where plugins are switched off, or the file can't be written.
 */
export async function pluginVariables(
  options: ResolvedServerOptions,
  given: Readonly<Record<string, string>>,
  { home, inherits }: { home: string | undefined; inherits: boolean },
): Promise<Record<string, string>> {
  const { args, cwd, hooks, logger } = options;
  const isNeeded = hooks !== undefined && hooks.events.length > 0;
  const env = (name: string) => given[name] ?? (inherits ? host().env.get(name) : undefined);
  if (/^(1|true)$/i.test(env("OPENCODE_PURE") ?? "") || args.includes("--pure")) {
    if (isNeeded) {
      throw new InvalidArgumentError(
        "Cannot use hooks with OPENCODE_PURE or --pure: they keep plugins out, and hooks need one of ours",
      );
    }
    logger?.warn("OPENCODE_PURE keeps our plugin out: the model's shell can read secrets", {});
    return {};
  }
  const config = parsed(env("OPENCODE_CONFIG_CONTENT"));
  if (config === undefined) return {}; // the server says what is wrong with it
  let file: string;
  try {
    file = await installPlugin(home ?? options.cacheDirectory ?? cacheDirectory());
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    if (isNeeded) throw error;
    logger?.warn(`Our plugin can't be written; the model's shell can read secrets: ${why}`, {});
    return {};
  }
  // an isolated home runs no plugin and no tool of others, in a project with `.opencode/` neither
  const needed = home === undefined && await hasPlugins(env, cwd, config);
  const install = needed ? {} : NO_INSTALL;
  const secret = Object.entries({ ...options.env, [API_KEY]: env(API_KEY) ?? "" })
    .filter(([name, value]) => value !== "" && isSecret(name.replace(/^OPENCODE_/, ""), value));
  const shell = {
    ...Object.fromEntries(Object.keys(install).map((name) => [name, env(name) ?? ""])),
    ...Object.fromEntries(secret.map(([name]) => [name, ""])),
  };
  const plugin = [
    ...Array.isArray(config.plugin) ? config.plugin : [],
    [file, { hide: HIDDEN, shell, ...hooks && { hooks } }],
  ];
  return { ...install, OPENCODE_CONFIG_CONTENT: JSON.stringify({ ...config, plugin }) };
}

/** The configuration in a variable; `undefined` where it is none. */
function parsed(text: string | undefined): Record<string, unknown> | undefined {
  if (!text) return {};
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether there may be plugins or tools of the user's, which may need the server's package. */
async function hasPlugins(
  env: (name: string) => string | undefined,
  cwd: string,
  config: Record<string, unknown>,
): Promise<boolean> {
  if (config.plugin !== undefined) return true;
  const { files, platform } = host();
  const home = env("HOME") ?? platform.homeDir();
  const directories = [
    join(env("XDG_CONFIG_HOME") ?? join(home, ".config"), "opencode"),
    join(home, ".opencode"),
  ];
  const own = env("OPENCODE_CONFIG_DIR");
  if (own) directories.push(own);
  const configs = [env("OPENCODE_CONFIG")].filter((path) => path !== undefined);
  for (let at = cwd;; at = dirname(at)) {
    directories.push(join(at, ".opencode"));
    configs.push(...CONFIGS.map((name) => join(at, name)));
    if (at === dirname(at)) break;
  }
  const signs = directories.flatMap((directory) => {
    configs.push(...CONFIGS.map((name) => join(directory, name)));
    return SIGNS.map((name) => join(directory, name));
  });
  const found = await Promise.all([
    ...signs.map((path) => files.exists(path).catch(() => true)),
    ...configs.map((path) =>
      files.readText(path).then((text) => text.includes('"plugin"'), () => false)
    ),
  ]);
  return found.includes(true);
}

const CONFIGS = ["opencode.json", "opencode.jsonc", "config.json"];

/** What shows that a configuration directory has, or may have, code of its own. */
const SIGNS = ["plugin", "plugins", "tool", "tools", "package.json"];
