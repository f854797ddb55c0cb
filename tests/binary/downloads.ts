/** What the tests of the download share. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { DownloadError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { downloadBinary, type DownloadOptions } from "../../src/server/mod.ts";
import type { Machine } from "../../src/binary/targets.ts";
import { digest, type Routes, type StandIn, standIn } from "./archives.ts";
import { withTempDir } from "../server/fixtures.ts";

export const VERSION = "1.18.99";
export const LINUX: Machine = { os: "linux", arch: "x64", avx2: true, musl: false };
export const MAC: Machine = { os: "darwin", arch: "arm64", avx2: false, musl: false };
export const BUILDS = [
  "linux-x64",
  "linux-x64-baseline",
  "linux-x64-musl",
  "linux-x64-baseline-musl",
];

/** The registry's records and files of the Linux builds, all the same archive. */
export function registry(
  url: string,
  archive: Uint8Array,
  integrity = digest(archive, "npm"),
  { version = VERSION, builds = BUILDS }: { version?: string; builds?: readonly string[] } = {},
): Routes {
  const routes: Routes = {};
  for (const build of builds) {
    const record = {
      version,
      dist: { tarball: `${url}/files/${build}.tgz`, integrity },
    };
    routes[`/npm/opencode-${build}/${version}`] = record;
    routes[`/npm/opencode-${build}/latest`] = record;
    routes[`/files/${build}.tgz`] = archive;
  }
  return routes;
}

/** Downloads from a stand-in; where that fails, nothing may be left. */
export async function download(
  routes: (url: string) => Routes,
  run: (
    get: (options?: DownloadOptions) => ReturnType<typeof downloadBinary>,
    context: { dir: string; server: StandIn },
  ) => Promise<void>,
): Promise<void> {
  const server = await standIn(routes);
  try {
    await withTempDir((dir) =>
      run((options) =>
        downloadBinary({
          version: VERSION,
          directory: dir,
          machine: LINUX,
          registry: `${server.url}/npm`,
          github: `${server.url}/github`,
          ...options,
        }), { dir, server })
    );
  } finally {
    await server.close();
  }
}

/** Every file below a directory. */
export async function filesIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await host().files.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesIn(path));
    else found.push(path);
  }
  return found;
}

export async function fails(
  routes: (url: string) => Routes,
  message: string | RegExp,
  options: DownloadOptions = {},
): Promise<StandIn> {
  let asked: StandIn | undefined;
  await download(routes, async (get, { dir, server }) => {
    asked = server;
    const error = await assertRejects(() => get(options), DownloadError);
    if (typeof message === "string") assertStringIncludes(error.message, message);
    else assertMatch(error.message, message);
    assertEquals(error.message.includes("\n"), false);
    assertEquals(await filesIn(dir), []);
  });
  return asked!;
}
