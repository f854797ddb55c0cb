/**
 * A server that runs already: what it is, and which directory is its own.
 *
 * @module
 */
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
