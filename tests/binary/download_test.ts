/** The download from the npm registry: whole, and broken in every way. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { DownloadError, InvalidArgumentError, UnsupportedServerError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import type { Machine } from "../../src/binary/targets.ts";
import { digest, npmTar, pack, program, tar } from "./archives.ts";
import { BUILDS, download, fails, filesIn, registry, VERSION } from "./downloads.ts";

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

test("downloadBinary replaces an earlier download when that no longer runs", async () => {
  const data = program(VERSION);
  const archive = await pack(npmTar(data));
  await download((url) => registry(url, archive), async (get) => {
    const { path } = await get();
    await host().files.writeText(path, "damaged");
    assertEquals((await get()).source, "the npm registry");
    assertEquals(await host().files.readBytes(path), data);
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

test("downloadBinary refuses a machine when there is no build for it", () =>
  download(() => ({}), async (get, { server }) => {
    const machine: Machine = { os: "other", arch: "arm64", avx2: false, musl: false };
    await assertRejects(() => get({ machine }), InvalidArgumentError, "There is no build");
    assertEquals(server.asked, []);
  }));
