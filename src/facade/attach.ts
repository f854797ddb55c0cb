/**
 * A server that runs already: what it is, and which directory is its own.
 *
 * @module
 */
import type { Session as SessionInfo } from "../api/types.gen.ts";
import { linkSignals } from "../async/abort.ts";
import { type ClientOptions, OpencodeClient } from "../client/client.ts";
import { checkServer } from "../server/attach.ts";
import { variable } from "./surroundings.ts";

/** Looks at a server; the client works in the directory that is given, or in the server's own. */
export async function attach(
  options: ClientOptions,
  signal: AbortSignal,
): Promise<{ wire: OpencodeClient; version: string }> {
  const { baseUrl, username, password, directory } = options;
  const client = new OpencodeClient(options);
  const inUrl = URL.canParse(baseUrl) && new URL(baseUrl).username !== "";
  const { version } = await checkServer(baseUrl, {
    username: username ?? (inUrl ? undefined : variable("OPENCODE_SERVER_USERNAME")),
    password: password ?? (inUrl ? undefined : variable("OPENCODE_SERVER_PASSWORD")),
    signal,
  });
  if (directory !== undefined) return { wire: client, version };
  const { directory: own } = await client.path.get({}, { signal });
  return { wire: client.copy({ directory: own }), version };
}

/** How long a session that is asked for ahead may take, in milliseconds. */
const AHEAD = 2_000;

/**
 * Asks for a session while the server is still asked what it is: a round trip less. What comes is of
 * use only where the server turns out to be the right one.
 *
 * @param starting Says what the server is; what it rejects with is what this rejects with.
 * @param options Where a server is there already; without a `baseUrl` there is none.
 * @returns `undefined` where nothing comes in time.
 */
export async function sessionAhead(
  starting: Promise<unknown>,
  { baseUrl, ...options }: Omit<ClientOptions, "baseUrl"> & { baseUrl: string | undefined },
  sessionID: string,
  signal: AbortSignal,
): Promise<SessionInfo | undefined> {
  if (baseUrl === undefined) {
    await starting;
    return undefined;
  }
  const cancelled = new AbortController();
  const link = linkSignals([signal, cancelled.signal]);
  const info = new OpencodeClient({ ...options, baseUrl }).session
    .get({ sessionID }, { signal: link.signal, timeout: AHEAD, maxRetries: 0 })
    .catch(() => undefined)
    .finally(link.dispose);
  try {
    await starting;
  } catch (error) {
    cancelled.abort();
    await info;
    throw error;
  }
  return await info;
}
