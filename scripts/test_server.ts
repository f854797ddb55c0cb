/**
 * Runs a command with one opencode server for all of its tests:
 * `deno run -A scripts/test_server.ts deno test -P tests/session`.
 *
 * The tests find it by `OPENCODE_TEST_SERVER`, credentials included.
 */
import { createOpencodeServer } from "../src/server/server.ts";

/** Starts the server, runs what is given with its address, and stops it. */
export async function withTestServer<T>(run: (url: string) => Promise<T>): Promise<T> {
  const server = await createOpencodeServer({
    isolated: true,
    // the directory of each test names that test's own model
    env: { OPENCODE_DISABLE_PROJECT_CONFIG: "0" },
    timeout: 60_000,
  });
  try {
    const url = new URL(server.url);
    url.username = server.username;
    url.password = server.password;
    return await run(url.href);
  } finally {
    await server.close();
  }
}

if (import.meta.main) {
  const [command = "deno", ...args] = Deno.args;
  const code = await withTestServer(async (OPENCODE_TEST_SERVER) => {
    const child = new Deno.Command(command, { args, env: { OPENCODE_TEST_SERVER } }).spawn();
    return (await child.status).code;
  });
  Deno.exit(code);
}
