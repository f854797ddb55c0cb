/** `install`, with a stand-in for the registry; GitHub is out of reach behind a proxy that isn't there. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { buildDirectory } from "../../src/binary/places.ts";
import { TESTED_VERSION } from "../../src/binary/versions.ts";
import { npmTar, pack, program, standIn } from "../binary/archives.ts";
import { BUILDS, filesIn, registry } from "../binary/downloads.ts";
import { world } from "./command.ts";

const ALL = [...BUILDS, "linux-arm64", "linux-arm64-musl", "darwin-x64", "darwin-arm64"];

Deno.test("install prints the path of a program that is there, and asks no one", async () => {
  const server = await standIn(() => ({}));
  try {
    await using here = await world([]);
    const cache = `${here.home}/cache`;
    for (const build of ALL) {
      const place = buildDirectory(`${cache}/opencode-ts`, TESTED_VERSION, build);
      await Deno.mkdir(place, { recursive: true });
      await Deno.writeFile(`${place}/opencode`, program(TESTED_VERSION), { mode: 0o755 });
    }
    const env = { npm_config_registry: server.url, XDG_CACHE_HOME: cache };
    const plain = await here.run(["install"], { env });
    assertEquals([plain.code, plain.err], [0, `opencode ${TESTED_VERSION} is installed:\n`]);
    const path = plain.out.trim();
    assertEquals(path.startsWith(`${cache}/opencode-ts/bin/${TESTED_VERSION}/`), true, path);
    const json = await here.run(["install", "--json", "--quiet"], { env });
    assertEquals([json.code, json.err], [0, ""]);
    assertEquals(JSON.parse(json.out), { path, version: TESTED_VERSION, tested: TESTED_VERSION });
    assertEquals(server.asked, []);
  } finally {
    await server.close();
  }
});

Deno.test("install refuses what is not the published program, and leaves nothing behind", async () => {
  const archive = await pack(npmTar(program(TESTED_VERSION, 300_000)));
  const builds = { version: TESTED_VERSION, builds: ALL };
  const server = await standIn((url) => registry(url, archive, undefined, builds));
  try {
    await using here = await world([]);
    const cache = `${here.home}/cache`;
    const env = {
      npm_config_registry: `${server.url}/npm`,
      XDG_CACHE_HOME: cache,
      HTTPS_PROXY: "http://127.0.0.1:9",
    };
    for (const [address, why] of [["npm", "than was published"], ["none", "404"]] as const) {
      env.npm_config_registry = `${server.url}/${address}`;
      const { code, out, err } = await here.run(["install"], { env });
      assertEquals([code, out], [3, ""], err);
      assertStringIncludes(err, why);
      assertEquals(err.trim().split("\n").length, 1, err);
    }
    assertEquals(await filesIn(cache), []);
  } finally {
    await server.close();
  }
});
