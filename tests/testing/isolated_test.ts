import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { test } from "../harness.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer } from "../../src/server/mod.ts";
import { scriptedModel } from "../../src/testing/mod.ts";

test("isolatedEnv keeps a real server inside its home, with the scripted model alone", async () => {
  const { env, files } = host();
  env.set("OPENCODE_PERMISSION", '{"bash":"deny"}');
  env.set("OPENAI_API_KEY", "not-a-key");
  const model = await scriptedModel([
    { toolCalls: [{ name: "bash", input: { command: "env", description: "x" } }] },
    "done",
  ]);
  const directory = await files.makeTempDir({ prefix: "isolated-test-" });
  const server = await createOpencodeServer({
    isolated: true,
    config: model.config,
    cwd: directory,
    timeout: 60_000,
  }).finally(() => {
    env.delete("OPENCODE_PERMISSION");
    env.delete("OPENAI_API_KEY");
  });
  try {
    const { url: baseUrl, username, password } = server;
    const client = new OpencodeClient({ baseUrl, username, password, directory });
    const paths = await client.path.get();
    const { home } = paths;
    assert(home !== host().platform.homeDir());
    for (const name of ["state", "config"] as const) assertStringIncludes(paths[name], home);
    const { providers } = await client.config.providers();
    assertEquals(providers.map(({ id }) => id), ["scripted"]);
    const { id: sessionID } = await client.session.create({ title: "named" });
    await client.session.prompt({ sessionID, parts: [{ type: "text", text: "go" }] });
    const seen = model.requests[1]!.toolResults[0]!.content;
    assertStringIncludes(seen, `HOME=${home}`);
    assert(!seen.includes("not-a-key"));
    assertEquals(await files.readDir(join(paths.config, "node_modules")), []);
    assertEquals(await files.exists(join(home, ".npm")), false);
    model.assertDone();
  } finally {
    await server.close();
    await model.close();
    await files.remove(directory, { recursive: true });
  }
});
