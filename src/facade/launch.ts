/**
 * A server of the facade's own, whose configuration holds the facade's policy.
 *
 * @module
 */
import type { Config } from "../api/types.gen.ts";
import { OpencodeClient } from "../client/client.ts";
import { InvalidArgumentError } from "../errors.ts";
import { type Covered, listed } from "../permissions/guard.ts";
import {
  denies,
  escaping,
  expectedOverlay,
  type Overlay,
  overlay,
} from "../permissions/overlay.ts";
import { host } from "../runtime/host.ts";
import type { ServerOptions } from "../server/options.ts";
import { createOpencodeServer, type OpencodeServer } from "../server/server.ts";
import type { Policy } from "../permissions/restrict.ts";

/** A server, and the policy that its configuration holds. */
export interface LaunchedServer {
  server: OpencodeServer;
  covered: Covered | undefined;
}

/**
 * Starts the server. Where the user's agents or tools have rules of their own, it is started a second
 * time, with a configuration that comes after those too.
 *
 * @throws {InvalidArgumentError} where the configuration has the last word against the policy.
 */
export async function launchServer(
  options: ServerOptions,
  policy: Policy | undefined,
): Promise<LaunchedServer> {
  if (policy === undefined) {
    return { server: await createOpencodeServer(options), covered: undefined };
  }
  let added = expectedOverlay(policy);
  for (let tries = 1;; tries++) {
    const server = await createOpencodeServer({
      ...options,
      config: withAgents(options.config as Config | undefined, added),
      env: { ...options.env, [VARIABLE]: permissionVariable(options.env, added) },
    });
    try {
      const { url: baseUrl, username, password, directory } = server;
      const client = new OpencodeClient({ baseUrl, username, password });
      const found = await listed(client, directory, options.signal);
      const escaped = escaping(added, policy, found);
      const unasked = found.unasked.filter((name) => !denies(added, name));
      if (escaped.length + unasked.length === 0) {
        return { server, covered: { policy, overlay: added } };
      }
      if (tries > 1) {
        throw new InvalidArgumentError(
          `Cannot hold permissions in ${directory}: another configuration overrides the rules for ${
            [...escaped, ...unasked].join(", ")
          }`,
        );
      }
      added = overlay(policy, found, added);
    } catch (error) {
      await server.close();
      throw error;
    }
    await server.close();
  }
}

/** The configuration with a policy's rules for agents that have rules of their own. */
function withAgents(config: Config | undefined, { agent }: Overlay): Config {
  const given = (config?.agent ?? {}) as Record<
    string,
    { permission?: string | object } | undefined
  >;
  const agents = Object.entries(agent).map(([name, { permission }]) => {
    const own = given[name]?.permission ?? {};
    const before = typeof own === "string" ? { "*": own } : own;
    return [name, { ...given[name], permission: { ...before, ...permission } }];
  });
  return { ...config, agent: { ...given, ...Object.fromEntries(agents) } };
}

/** What the server merges over all configured permissions (server 1.18.33). */
const VARIABLE = "OPENCODE_PERMISSION";

/** The variable's value; the user's own comes first. */
function permissionVariable(env: Record<string, string> | undefined, added: Overlay): string {
  let given: unknown;
  try {
    given = JSON.parse(env?.[VARIABLE] ?? host().env.get(VARIABLE) ?? "{}");
  } catch { /* it may not be read, or is none: the server ignores that as well */ }
  return JSON.stringify({ ...typeof given === "object" ? given : {}, ...added.permission });
}
