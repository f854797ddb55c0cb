/** The download: from stand-ins for the registry and GitHub, whole and in every way broken. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { test } from "../harness.ts";
import { DownloadError, InvalidArgumentError, UnsupportedServerError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { downloadBinary, type DownloadOptions } from "../../src/server/mod.ts";
import type { Machine } from "../../src/server/targets.ts";
import {
  digest,
  npmTar,
  pack,
  program,
  type Routes,
  type StandIn,
  standIn,
  tar,
  zip,
} from "./archives.ts";
import { withTempDir } from "./fixtures.ts";

const VERSION = "1.18.99";
const LINUX: Machine = { os: "linux", arch: "x64", avx2: true, musl: false };
const MAC: Machine = { os: "darwin", arch: "arm64", avx2: false, musl: false };
const BUILDS = ["linux-x64", "linux-x64-baseline", "linux-x64-musl", "linux-x64-baseline-musl"];

/** The registry's records and files of the Linux builds, all the same archive. */
function registry(url: string, archive: Uint8Array, integrity = digest(archive, "npm")): Routes {
  const routes: Routes = {};
  for (const build of BUILDS) {
    const record = {
      version: VERSION,
      dist: { tarball: `${url}/files/${build}.tgz`, integrity },
    };
    routes[`/npm/opencode-${build}/${VERSION}`] = record;
    routes[`/npm/opencode-${build}/latest`] = record;
    routes[`/files/${build}.tgz`] = archive;
  }
  return routes;
}

/** Downloads from a stand-in; where that fails, nothing may be left. */
async function download(
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
async function filesIn(dir: string): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await host().files.readDir(dir)) {
    const path = `${dir}/${entry.name}`;
    if (entry.isDirectory) found.push(...await filesIn(path));
    else found.push(path);
  }
  return found;
}

async function fails(
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

test("downloadBinary fetches, checks and places the program once", async () => {
  const data = program(VERSION, 300_000);
  const archive = await pack(npmTar(data));
  await download((url) => registry(url, archive), async (get, { dir, server }) => {
    const phases: string[] = [];
    let received = 0;
    const first = await get({
      onProgress: (progress) => {
        if (phases.at(-1) !== progress.phase) phases.push(progress.phase);
        received = progress.received;
        if (progress.phase === "download") assertEquals(progress.total, archive.length);
      },
    });
    const path = `${dir}/bin/${VERSION}/opencode-linux-x64/opencode`;
    assertEquals(first, { path, version: VERSION, source: "the npm registry" });
    assertEquals([phases, received], [["download", "verify", "done"], archive.length]);
    assertEquals(await host().files.readBytes(path), data);
    assertEquals((await host().files.stat(path)).mode, 0o755);
    assertEquals(await filesIn(`${dir}/bin`), [path]);
    assertEquals(await get(), { path, version: VERSION, source: "cache" });
    assertEquals(server.asked.length, 2);
  });
});

test("downloadBinary asks for the exact version when latest is wanted", async () => {
  const archive = await pack(npmTar(program(VERSION)));
  await download((url) => registry(url, archive), async (get) => {
    assertEquals((await get({ version: "latest" })).version, VERSION);
  });
});

test("downloadBinary refuses latest when it is of another generation", () =>
  download(
    () => ({ "/npm/opencode-linux-x64/latest": { version: "2.0.0" } }),
    async (get, { dir }) => {
      await assertRejects(() => get({ version: "latest" }), UnsupportedServerError, "2.0.0");
      assertEquals(await filesIn(dir), []);
    },
  ));

for (const version of ["", "1", "../1.2.3", "1.18.33/..", "next", "v1.2.3"]) {
  test(`downloadBinary refuses the version ${JSON.stringify(version)}`, () =>
    download(() => ({}), async (get, { server }) => {
      await assertRejects(() => get({ version }), InvalidArgumentError, "exact version");
      assertEquals(server.asked, []);
    }));
}

test("downloadBinary takes the next build when the first does not run here", async () => {
  const good = await pack(npmTar(program(VERSION)));
  const crashing = new TextEncoder().encode("#!/bin/sh\nkill -ILL $$\n");
  const bad = await pack(npmTar(crashing));
  await download((url) => {
    const routes = registry(url, good);
    const integrity = digest(bad, "npm");
    routes[`/npm/opencode-linux-x64/${VERSION}`] = {
      dist: { tarball: `${url}/files/bad.tgz`, integrity },
    };
    routes["/files/bad.tgz"] = bad;
    return routes;
  }, async (get, { dir }) => {
    const { path } = await get();
    assertEquals(path, `${dir}/bin/${VERSION}/opencode-linux-x64-baseline/opencode`);
    assertEquals(await filesIn(`${dir}/bin`), [path]);
  });
});

test("downloadBinary refuses an archive when its hash is wrong", async () => {
  const archive = await pack(npmTar(program(VERSION)));
  const other = digest(new Uint8Array(1), "npm");
  await fails((url) => registry(url, archive, other), "is not what was published: its SHA-512 is");
});

test("downloadBinary refuses another archive than was published when it knows the version", () =>
  download((url) => ({
    "/npm/opencode-linux-x64/1.18.33": {
      dist: { tarball: `${url}/files/x.tgz`, integrity: digest(new Uint8Array(1), "npm") },
    },
  }), async (get, { server, dir }) => {
    const error = await assertRejects(() => get({ version: "1.18.33" }), DownloadError);
    assertStringIncludes(error.message, "offers another opencode-linux-x64@1.18.33");
    assertEquals(server.asked.includes("/files/x.tgz"), false);
    assertEquals(await filesIn(dir), []);
  }));

test("downloadBinary fails when the transfer is cut", async () => {
  const archive = await pack(npmTar(program(VERSION, 200_000)));
  await fails((url) => ({
    ...registry(url, archive),
    ...Object.fromEntries(BUILDS.map((build) => [
      `/files/${build}.tgz`,
      () =>
        new Response(
          new ReadableStream({
            start: (controller) => controller.enqueue(archive.slice(0, 60_000)),
            pull: (controller) => controller.error(new Error("cut")),
          }),
        ),
    ])),
  }), /Cannot fetch|ended after|not what was published/);
});

test("downloadBinary fails when the archive is shorter than its hash says", async () => {
  const archive = await pack(npmTar(program(VERSION, 200_000)));
  const half = archive.slice(0, archive.length / 2);
  await fails((url) => registry(url, half, digest(archive, "npm")), "is not what was published");
});

test("downloadBinary fails within its bound when the network falls silent", async () => {
  const archive = await pack(npmTar(program(VERSION, 200_000)));
  const silent = () =>
    new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(archive.slice(0, 60_000)),
      }),
    );
  await fails(
    (url) => ({
      ...registry(url, archive),
      ...Object.fromEntries(BUILDS.map((build) => [`/files/${build}.tgz`, silent])),
    }),
    "sent nothing for 150 ms",
    { stallTimeout: 150 },
  );
});

test("downloadBinary names both sources when neither has it", async () => {
  const { asked } = await fails(
    () => ({}),
    /the npm registry: .*answered 404.*; GitHub's releases: .*answered 404/,
  );
  assert(asked.some((path) => path.startsWith("/github/tags/v1.18.99")));
});

test("downloadBinary fails when it is sent in circles", async () => {
  await fails((url) => ({
    [`/npm/opencode-linux-x64/${VERSION}`]: () =>
      Response.redirect(`${url}/npm/opencode-linux-x64/${VERSION}`, 302),
  }), /the npm registry: Cannot fetch/);
});

test("downloadBinary fails when the record is not JSON, or holds no SHA-512", async () => {
  await fails(() => ({
    [`/npm/opencode-linux-x64/${VERSION}`]: () => new Response("<html>"),
  }), "is not JSON");
  await fails((url) => ({
    [`/npm/opencode-linux-x64/${VERSION}`]: {
      dist: { tarball: `${url}/files/x.tgz`, integrity: "sha1-AAAA" },
    },
  }), "has no SHA-512");
});

const FILLER = { name: "package/README.md", data: new TextEncoder().encode("read me") };

for (
  const [what, entries, message] of [
    ["holds no program", [FILLER], "does not hold the program"],
    ["holds a link for a program", [
      { name: "package/bin/opencode", type: "2", link: "/bin/sh" },
    ], "does not hold the program"],
    ["holds a directory for a program", [
      { name: "package/bin/opencode", type: "5" },
    ], "does not hold the program"],
    ["holds the program twice", [
      { name: "package/bin/opencode", data: program(VERSION) },
      { name: "package/bin/opencode", data: program(VERSION) },
    ], "holds the program twice"],
    ["holds a program that is not opencode", [
      { name: "package/bin/opencode", data: program("hello") },
    ], "does not run here: it is not opencode"],
    ["holds a program of another version", [
      { name: "package/bin/opencode", data: program("1.18.1") },
    ], "does not run here: it says that it is 1.18.1"],
    ["holds a program that can't be run", [
      { name: "package/bin/opencode", data: new Uint8Array(2000) },
    ], "does not run here"],
  ] as [string, Parameters<typeof tar>[0], string][]
) {
  test(`downloadBinary refuses an archive when it ${what}`, async () => {
    const archive = await pack(tar(entries));
    await fails((url) => registry(url, archive), message);
  });
}

test("downloadBinary refuses an archive when it is no tar file, no gzip, or cut with a right hash", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(5000));
  await fails((url) => registry(url, noise), "Cannot unpack the download");
  const packed = await pack(noise);
  await fails((url) => registry(url, packed), "is not a tar file");
  const whole = npmTar(program(VERSION, 50_000));
  const cut = await pack(whole.slice(0, 20_000));
  await fails((url) => registry(url, cut), "is cut off");
});

test("downloadBinary writes nothing but the program when the archive points elsewhere", async () => {
  const data = program(VERSION);
  const archive = await pack(tar([
    { name: "../../../../escaped", data: new TextEncoder().encode("x") },
    { name: "/tmp/absolute-escape-of-a-test", data: new TextEncoder().encode("x") },
    { name: "package/bin", type: "2", link: "/tmp" },
    { name: "package/../package/bin/opencode", data: new TextEncoder().encode("x") },
    { name: "package/bin/opencode", data },
  ]));
  await download((url) => registry(url, archive), async (get, { dir }) => {
    const { path } = await get();
    assertEquals(await host().files.readBytes(path), data);
    assertEquals((await filesIn(dir)).sort(), [path, `${dir}/versions.json`].sort());
    assertEquals(await host().files.exists("/tmp/absolute-escape-of-a-test"), false);
  });
});

test("downloadBinary understands long names when they are written in POSIX's way or GNU's", async () => {
  const data = program(VERSION);
  const encode = (text: string) => new TextEncoder().encode(text);
  for (
    const header of [
      { name: "PaxHeader", type: "x", data: encode("30 path=package/bin/opencode\n") },
      { name: "././@LongLink", type: "L", data: encode("package/bin/opencode\0") },
    ]
  ) {
    const archive = await pack(tar([header, { name: "package/short", data }]));
    await download((url) => registry(url, archive), async (get) => {
      assertEquals(await host().files.readBytes((await get()).path), data);
    });
  }
});

test("downloadBinary says so when the disk is full", async () => {
  const archive = await pack(npmTar(program(VERSION)));
  const { files } = host();
  const { open } = files;
  files.open = async (path, options) => {
    const file = await open(path, options);
    if (!path.endsWith(".part")) return file;
    return {
      ...file,
      write: () => Promise.reject(Object.assign(new Error("no space"), { code: "ENOSPC" })),
    };
  };
  try {
    await fails((url) => registry(url, archive), "The disk is full");
  } finally {
    files.open = open;
  }
});

test("downloadBinary rejects with the reason and leaves nothing when its signal aborts", async () => {
  const archive = await pack(npmTar(program(VERSION, 3_000_000)));
  await download((url) => registry(url, archive), async (get, { dir }) => {
    const reason = new Error("enough");
    const controller = new AbortController();
    const error = await assertRejects(() =>
      get({
        signal: controller.signal,
        onProgress: ({ phase }) => phase === "download" && controller.abort(reason),
      })
    );
    assertEquals(error, reason);
    assertEquals(await filesIn(dir), []);
    assertEquals((await get()).source, "the npm registry");
  });
});

test("downloadBinary removes what a killed download left behind", async () => {
  const archive = await pack(npmTar(program(VERSION)));
  await download((url) => registry(url, archive), async (get, { dir }) => {
    const home = `${dir}/bin/${VERSION}/opencode-linux-x64`;
    await host().files.makeDir(home);
    await host().files.writeText(`${home}/.old.part`, "half");
    const { path } = await get();
    assertEquals(await filesIn(home), [path]);
  });
});

test("downloadBinary downloads once when several ask at the same time", async () => {
  const archive = await pack(npmTar(program(VERSION, 500_000)));
  await download((url) => registry(url, archive), async (get, { server }) => {
    let waited = false;
    const onProgress = ({ phase }: { phase: string }) => void (waited ||= phase === "waiting");
    const all = await Promise.all([get(), get({ onProgress }), get({ onProgress }), get()]);
    assertEquals(new Set(all.map(({ path }) => path)).size, 1);
    assertEquals(server.asked.filter((path) => path.endsWith(".tgz")).length, 1);
    assertEquals(waited, true);
  });
});

/** GitHub's record of a release with one file. */
function github(
  url: string,
  name: string,
  file: Uint8Array,
  hash = digest(file, "github"),
): Routes {
  const asset = { name, browser_download_url: `${url}/files/${name}`, digest: hash };
  const release = { tag_name: `v${VERSION}`, assets: [{ name: "other.txt" }, asset] };
  return {
    [`/github/tags/v${VERSION}`]: release,
    "/github/latest": release,
    [`/files/${name}`]: (_request: Request) =>
      // Without a length, as a redirect to a store may answer.
      new Response(new Blob([file as Uint8Array<ArrayBuffer>]).stream()),
  };
}

test("downloadBinary takes GitHub's tar archive when the registry has none", async () => {
  const data = program(VERSION);
  const archive = await pack(tar([{ name: "./opencode", data }]));
  await download((url) => github(url, "opencode-linux-x64.tar.gz", archive), async (get) => {
    const found = await get({ version: "latest" });
    assertEquals(found.source, "GitHub's releases");
    assertEquals(await host().files.readBytes(found.path), data);
  });
});

for (const method of ["deflate", "store"] as const) {
  test(`downloadBinary unpacks GitHub's zip archive when it is made with ${method}`, async () => {
    const data = program(VERSION, 400_000);
    const archive = await zip([
      { name: "README", data: new Uint8Array(10) },
      { name: "opencode", data, method },
      { name: "../../opencode", data: new Uint8Array(5) },
    ], "a comment");
    await download(
      (url) => github(url, "opencode-darwin-arm64.zip", archive),
      async (get, { dir }) => {
        const { path } = await get({ machine: MAC });
        assertEquals(await host().files.readBytes(path), data);
        assertEquals(await filesIn(`${dir}/bin`), [path]);
      },
    );
  });
}

test("downloadBinary refuses a zip archive when it is broken", async () => {
  const data = program(VERSION, 50_000);
  const name = "opencode-darwin-arm64.zip";
  const machine = MAC;
  const whole = await zip([{ name: "opencode", data }]);
  const refuse = (file: Uint8Array, message: string | RegExp, hash?: string) =>
    fails((url) => github(url, name, file, hash), message, { machine });
  await refuse(whole, "its SHA-256 is", digest(data, "github"));
  await refuse(whole, "gives no SHA-256", "md5:1");
  await refuse(whole.slice(0, -30), "is not a zip file");
  await refuse(whole.slice(5000), /cut off|damaged/);
  await refuse(await zip([{ name: "other", data }]), "does not hold the program");
  await refuse(await zip([{ name: "opencode", data, badCrc: true }]), "damaged");
  await refuse(await zip([{ name: "opencode", data, mode: 0o120777 }]), "is a link");
  await refuse(await zip([{ name: "opencode", data }, { name: "opencode", data }]), "twice");
});

test("downloadBinary refuses a machine when there is no build for it", () =>
  download(() => ({}), async (get, { server }) => {
    const machine: Machine = { os: "other", arch: "arm64", avx2: false, musl: false };
    await assertRejects(() => get({ machine }), InvalidArgumentError, "There is no build");
    assertEquals(server.asked, []);
  }));
