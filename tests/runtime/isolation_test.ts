import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { test } from "../harness.ts";
import { createIsolatedHome, seedConfigDirectory } from "../../src/runtime/isolation.ts";
import { host } from "../../src/runtime/host.ts";

test("createIsolatedHome makes a home and points every directory into it", async () => {
  const { files } = host();
  const { home, env, dispose } = await createIsolatedHome({ prefix: "isolation-test-" });
  try {
    assertStringIncludes(home, "isolation-test-");
    for (const name of ["HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "TMPDIR"]) {
      assert(env[name]!.startsWith(home), name);
    }
    assertEquals(await files.readText(env["OPENCODE_MODELS_PATH"]!), "{}");
    const lock = join(env["XDG_CONFIG_HOME"]!, "opencode", "package-lock.json");
    assertStringIncludes(await files.readText(lock), "@opencode-ai/plugin");
  } finally {
    await dispose();
    await dispose();
  }
  assertEquals(await files.exists(home), false);
});

test("createIsolatedHome gives an environment without the caller's settings and secrets", async () => {
  const { env: own } = host();
  const before = own.get("OPENCODE_CONFIG_CONTENT");
  own.set("OPENCODE_CONFIG_CONTENT", "{}");
  own.set("SOME_API_KEY", "secret");
  const isolated = await createIsolatedHome();
  try {
    assertEquals(isolated.env["OPENCODE_CONFIG_CONTENT"], undefined);
    assertEquals(isolated.env["SOME_API_KEY"], undefined);
    assertEquals(isolated.env["PATH"], own.get("PATH"));
  } finally {
    await isolated.dispose();
    own.delete("SOME_API_KEY");
    if (before === undefined) own.delete("OPENCODE_CONFIG_CONTENT");
    else own.set("OPENCODE_CONFIG_CONTENT", before);
  }
});

test("seedConfigDirectory leaves a lock file alone when there is one", async () => {
  const { files } = host();
  const directory = await files.makeTempDir();
  try {
    await files.writeText(join(directory, "package-lock.json"), "mine");
    await seedConfigDirectory(directory);
    assertEquals(await files.readText(join(directory, "package-lock.json")), "mine");
    assert(await files.exists(join(directory, "node_modules")));
  } finally {
    await files.remove(directory, { recursive: true });
  }
});
