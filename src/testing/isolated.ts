/**
 * An environment for a server under test.
 *
 * @module
 */
import {
  createIsolatedHome,
  type IsolatedHome,
  type IsolatedHomeOptions,
} from "../runtime/isolation.ts";

/**
 * Makes a temporary home and the whole environment for a server that knows nothing of the user's
 * configuration, keys or sessions, fetches no model catalogue, updates nothing and installs nothing.
 * Start the server with this environment alone (`clearEnv`), and call `dispose` after it ended.
 *
 * `createOpencodeServer({ isolated: true })` does all of it by itself.
 *
 * @example
 * ```ts
 * import { assert } from "@std/assert";
 * import { isolatedEnv } from "@x/opencode/testing";
 *
 * const { env, home, dispose } = await isolatedEnv();
 * assert(env["HOME"] === home);
 * await dispose();
 * ```
 */
export function isolatedEnv(options: IsolatedHomeOptions = {}): Promise<IsolatedHome> {
  return createIsolatedHome(options);
}

export type { IsolatedHome, IsolatedHomeOptions };
