/** Several processes, and a process behind a proxy. */
import { assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { digest, npmTar, pack, program, standIn } from "../binary/archives.ts";
import { fakeProgram, processesWith, withTempDir } from "./fixtures.ts";

async function run(script: string, args: string[], env: Record<string, string> = {}) {
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      "--quiet",
      ...await stdArgs(),
      `tests/fixtures/programs/${script}`,
      ...args,
    ],
    env,
  }).output();
  assertEquals(new TextDecoder().decode(stderr), "");
  return new TextDecoder().decode(stdout).trim();
}

Deno.test("downloadBinary downloads once when several processes ask at the same time", async () => {
  const archive = await pack(npmTar(program("1.18.99", 2_000_000)));
  const server = await standIn((url) => ({
    "/npm/opencode-linux-x64/1.18.99": {
      dist: { tarball: `${url}/files/x.tgz`, integrity: digest(archive, "npm") },
    },
    "/files/x.tgz": async () => {
      await new Promise((resolve) => setTimeout(resolve, 300));
      return new Response(archive);
    },
  }));
  try {
    await withTempDir(async (dir) => {
      const args = [dir, `${server.url}/npm`, "1.18.99"];
      const said = await Promise.all([1, 2, 3].map(() => run("download.ts", args)));
      const results = said.map((text) => JSON.parse(text) as { path: string; source: string });
      assertEquals(new Set(results.map(({ path }) => path)).size, 1);
      assertEquals(results.map(({ source }) => source).sort(), [
        "cache",
        "cache",
        "the npm registry",
      ]);
      assertEquals(server.asked.filter((path) => path.endsWith(".tgz")).length, 1);
    });
  } finally {
    await server.close();
  }
});

Deno.test("createOpencodeServer talks to its server directly when a proxy is set", () =>
  withTempDir(async (dir) => {
    const tag = crypto.randomUUID();
    const proxy = "http://127.0.0.1:9";
    const env = { TMPDIR: dir, TAG: tag, HTTP_PROXY: proxy, http_proxy: proxy, ALL_PROXY: proxy };
    assertEquals(await run("restricted.ts", [fakeProgram(), `${dir}/cache`], env), "ok");
    assertEquals(await processesWith("TAG", tag), []);
  }));

Deno.test("downloadBinary goes through the proxy when one is set", async () => {
  const archive = await pack(npmTar(program("1.18.99")));
  // The stand-in is the proxy: the registry's name leads nowhere.
  const proxy = await standIn(() => ({
    "/npm/opencode-linux-x64/1.18.99": {
      dist: { tarball: "http://packages.test/files/x.tgz", integrity: digest(archive, "npm") },
    },
    "/files/x.tgz": archive,
  }));
  try {
    await withTempDir(async (dir) => {
      const env = { HTTP_PROXY: proxy.url, http_proxy: proxy.url, NO_PROXY: "", no_proxy: "" };
      const said = await run("download.ts", [dir, "http://packages.test/npm", "1.18.99"], env);
      assertEquals(JSON.parse(said).source, "the npm registry");
      assertEquals(proxy.asked, ["/npm/opencode-linux-x64/1.18.99", "/files/x.tgz"]);
    });
  } finally {
    await proxy.close();
  }
});
