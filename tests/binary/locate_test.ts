/** Finding the program: each place in its turn, and what is said of each that won't do. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { test } from "../harness.ts";
import { BinaryNotFoundError, UnsupportedServerError } from "../../src/errors.ts";
import type { Logger } from "../../src/http/log.ts";
import { host } from "../../src/runtime/host.ts";
import { resolveBinary, type ResolveOptions } from "../../src/server/mod.ts";
import { forgetVersions } from "../../src/binary/program.ts";
import type { Machine } from "../../src/binary/targets.ts";
import { npmTar, pack, program as fileOf, standIn } from "./archives.ts";
import { registry, VERSION } from "./downloads.ts";
import { withTempDir } from "../server/fixtures.ts";

const LINUX: Machine = { os: "linux", arch: "x64", avx2: true, musl: false };

/** A place with a PATH, a home and a cache of its own. */
async function inPlace(
  run: (place: {
    dir: string;
    /** Writes a program that says this version, and counts how often it was asked. */
    program(path: string, version?: string): Promise<string>;
    asked(): Promise<number>;
    find(options?: ResolveOptions): ReturnType<typeof resolveBinary>;
    warnings: string[];
  }) => Promise<void>,
): Promise<void> {
  await withTempDir(async (dir) => {
    const { files } = host();
    const warnings: string[] = [];
    const warn = (message: string) => void warnings.push(message);
    const logger: Logger = { debug: () => {}, info: () => {}, warn, error: warn };
    forgetVersions();
    await run({
      dir,
      warnings,
      async program(path, version = "1.18.33") {
        const full = `${dir}/${path}`;
        await files.makeDir(full.slice(0, full.lastIndexOf("/")));
        await files.writeText(full, `#!/bin/sh\necho >> ${dir}/asked\necho '${version}'\n`);
        await files.chmod(full, 0o755);
        return full;
      },
      async asked() {
        return (await files.readText(`${dir}/asked`).catch(() => "")).length;
      },
      find: (options) =>
        resolveBinary({
          directory: `${dir}/cache`,
          download: false,
          machine: LINUX,
          logger,
          ...options,
          env: {
            PATH: `${dir}/path:/usr/bin:/bin`,
            HOME: `${dir}/home`,
            OPENCODE_BIN: "", // whatever this process was told
            ...options?.env,
          },
        }),
    });
  });
}

test("resolveBinary takes the places in their order", () =>
  inPlace(async ({ dir, program, find }) => {
    const earlier = await program("cache/bin/1.18.33/opencode-linux-x64/opencode");
    assertEquals(await find(), {
      path: earlier,
      version: "1.18.33",
      source: "an earlier download",
    });
    const home = await program("home/.opencode/bin/opencode");
    assertEquals(await find(), { path: home, version: "1.18.33", source: "~/.opencode/bin" });
    const path = await program("path/opencode");
    assertEquals(await find(), { path, version: "1.18.33", source: "the PATH" });
    const variable = await program("own/oc");
    const env = { OPENCODE_BIN: variable };
    assertEquals((await find({ env })).source, "OPENCODE_BIN");
    const option = await program("option/oc");
    assertEquals(await find({ env, binary: option }), {
      path: option,
      version: "1.18.33",
      source: "the option binary",
    });
    assertEquals((await find({ binary: "opencode" })).path, `${dir}/path/opencode`);
  }));

test("resolveBinary lists every place when there is none", () =>
  inPlace(async ({ find }) => {
    const error = await assertRejects(() => find(), BinaryNotFoundError);
    assertMatch(
      error.message,
      /^Cannot find opencode\. Tried the PATH: not there; ~\/\.opencode\/bin: not there; an earlier download: not there; download: not allowed by the options\. Install it \(npm install -g opencode-ai@1\.18\.33\)/,
    );
  }));

/** The same with the download allowed, from a stand-in. */
async function downloading(
  routes: Parameters<typeof standIn>[0],
  run: (find: () => ReturnType<typeof resolveBinary>, dir: string) => Promise<void>,
): Promise<void> {
  const server = await standIn(routes);
  try {
    await inPlace(({ find, dir }) =>
      run(() =>
        find({
          download: true,
          version: VERSION,
          registry: `${server.url}/npm`,
          github: `${server.url}/github`,
        }), dir)
    );
  } finally {
    await server.close();
  }
}

test("resolveBinary downloads the program when it is nowhere", async () => {
  const archive = await pack(npmTar(fileOf(VERSION)));
  await downloading((url) => registry(url, archive), async (find, dir) => {
    const path = `${dir}/cache/bin/${VERSION}/opencode-linux-x64/opencode`;
    assertEquals(await find(), { path, version: VERSION, source: "the npm registry" });
    assertEquals(await find(), { path, version: VERSION, source: "an earlier download" });
  });
});

test("resolveBinary tells of every place and source when the download fails too", () =>
  downloading(() => ({}), async (find) => {
    const error = await assertRejects(() => find(), BinaryNotFoundError);
    assertMatch(
      error.message,
      /the PATH: not there.*download: .*npm registry: .*GitHub's releases: /,
    );
    assertEquals(error.message.includes("\n"), false);
  }));

for (
  const [what, content, mode, message] of [
    ["is not there", undefined, 0, /there is no such file/],
    ["is a directory", null, 0o755, /it is a directory/],
    ["may not be run", "#!/bin/sh\n", 0o644, /permission denied/],
    ["has no interpreter", "#!/no/such/thing\n", 0o755, /interpreter is missing/],
    [
      "is another program",
      "#!/bin/sh\necho hello world\n",
      0o755,
      /is not opencode: --version says "hello world"/,
    ],
    ["fails", "#!/bin/sh\necho 'no libc' >&2; exit 127\n", 0o755, /ended with 127: no libc/],
    ["lacks instructions", "#!/bin/sh\nkill -ILL $$\n", 0o755, /instructions this processor lacks/],
  ] as [string, string | null | undefined, number, RegExp][]
) {
  test(`resolveBinary says why, and tries nothing else, when the named program ${what}`, () =>
    inPlace(async ({ dir, program, find }) => {
      await program("path/opencode");
      const binary = `${dir}/named`;
      if (content === null) await host().files.makeDir(binary);
      else if (content !== undefined) await host().files.writeText(binary, content, { mode });
      for (const options of [{ binary }, { env: { OPENCODE_BIN: binary } }]) {
        const error = await assertRejects(() => find(options), BinaryNotFoundError);
        assertMatch(error.message, message);
        assertStringIncludes(error.message, binary);
        assertEquals(error.message.includes("\n"), false);
      }
    }));
}

test("resolveBinary passes over a program on the PATH when it won't do", () =>
  inPlace(async ({ dir, program, find, warnings }) => {
    await program("path/opencode", "hello");
    const home = await program("home/.opencode/bin/opencode");
    assertEquals((await find()).path, home);
    assertMatch(warnings.join("\n"), /Skipped .*path\/opencode.*is not opencode/);
    await host().files.remove(home);
    const error = await assertRejects(() => find(), BinaryNotFoundError);
    assertStringIncludes(error.message, `the PATH: "${dir}/path/opencode": it is not opencode`);
  }));

test("resolveBinary refuses a named program of the next generation at once", () =>
  inPlace(async ({ program, find }) => {
    const binary = await program("two", "2.0.3");
    const started = Date.now();
    const error = await assertRejects(() => find({ binary }), UnsupportedServerError);
    assert(Date.now() - started < 8_000);
    assertEquals(error.version, "2.0.3");
    assertMatch(error.message, /uses another generation.*1\.x, tested with 1\.18\.33/);
  }));

test("resolveBinary goes on when the PATH has the next generation, and refuses it when all else fails", () =>
  inPlace(async ({ program, find }) => {
    await program("path/opencode", "2.0.3");
    await assertRejects(() => find(), UnsupportedServerError);
    const earlier = await program("cache/bin/1.18.33/opencode-linux-x64/opencode");
    assertEquals((await find()).path, earlier);
  }));

test("resolveBinary warns when the version was not tested", () =>
  inPlace(async ({ program, find, warnings }) => {
    await program("path/opencode", "1.25.0");
    assertEquals((await find()).version, "1.25.0");
    assertEquals(warnings, ["opencode 1.25.0 was not tested with this package, 1.18.33 was"]);
  }));

test("resolveBinary wants the exact version when one is given", () =>
  inPlace(async ({ program, find }) => {
    await program("path/opencode", "1.18.20");
    const exact = await program("cache/bin/1.18.21/opencode-linux-x64/opencode", "1.18.21");
    assertEquals((await find({ version: "1.18.21" })).path, exact);
    assertEquals((await find({ version: "1.18.20" })).source, "the PATH");
  }));

test("resolveBinary asks a program once, also in another process, until it changes", () =>
  inPlace(async ({ program, find, asked }) => {
    const path = await program("path/opencode");
    await find();
    await find();
    assertEquals(await asked(), 1);
    forgetVersions(); // as another process begins
    await find();
    assertEquals(await asked(), 1);
    await program("path/opencode", "1.18.30");
    await host().files.setTimes(path, 1e12, 1e12);
    assertEquals((await find()).version, "1.18.30");
    assertEquals(await asked(), 2);
  }));

test("resolveBinary asks again when what was remembered is damaged", () =>
  inPlace(async ({ dir, program, find, asked }) => {
    await program("path/opencode");
    await host().files.makeDir(`${dir}/cache`);
    await host().files.writeText(`${dir}/cache/versions.json`, '{"half');
    await find();
    forgetVersions();
    await find();
    assertEquals(await asked(), 1);
  }));

test("resolveBinary asks again when others may write what was remembered", () =>
  inPlace(async ({ dir, program, find, asked }) => {
    await program("path/opencode");
    await find();
    const { files } = host();
    await files.chmod(`${dir}/cache/versions.json`, 0o666);
    forgetVersions();
    await find();
    assertEquals(await asked(), 2);
    assertEquals((await files.stat(`${dir}/cache/versions.json`)).mode & 0o777, 0o600);
  }));

test("resolveBinary gives up within its bound when a program does not answer, and its children die", () =>
  inPlace(async ({ dir, find }) => {
    const binary = `${dir}/hangs`;
    await host().files.writeText(binary, `#!/bin/sh\nsleep 61 & echo $! > ${dir}/pid\nwait\n`, {
      mode: 0o755,
    });
    const controller = new AbortController();
    const reason = new Error("enough");
    setTimeout(() => controller.abort(reason), 300);
    const error = await assertRejects(() => find({ binary, signal: controller.signal }));
    assertEquals(error, reason);
    const pid = Number(await host().files.readText(`${dir}/pid`));
    await new Promise((resolve) => setTimeout(resolve, 50));
    const stat = await host().spawn("sh", {
      args: [
        "-c",
        'kill -0 "$1" 2>/dev/null && ! grep -q "^State:.*Z" /proc/$1/status',
        "sh",
        String(pid),
      ],
    });
    await Promise.all([new Response(stat.stdout).text(), new Response(stat.stderr).text()]);
    assertEquals((await stat.status).success, false);
  }));

for (
  const [what, wrapper, native] of [
    [
      "npm's link",
      "lib/node_modules/opencode-ai/bin/opencode",
      "lib/node_modules/opencode-ai/node_modules/opencode-linux-x64/bin/opencode",
    ],
    [
      "npm's link, installed flat",
      "lib/node_modules/opencode-ai/bin/opencode",
      "lib/node_modules/opencode-linux-x64/bin/opencode",
    ],
    [
      "npm's link to the baseline build",
      "lib/node_modules/opencode-ai/bin/opencode",
      "lib/node_modules/opencode-linux-x64-baseline/bin/opencode",
    ],
  ] as [string, string, string][]
) {
  test(`resolveBinary finds the native program behind ${what}`, () =>
    inPlace(async ({ dir, program, find }) => {
      await program(wrapper, "the wrapper was run");
      const expected = await program(native);
      await host().files.makeDir(`${dir}/path`);
      await host().files.symlink(`../${wrapper}`, `${dir}/path/opencode`);
      assertEquals((await find()).path, expected);
    }));
}

test("resolveBinary finds the native program behind a shell shim", () =>
  inPlace(async ({ dir, program, find }) => {
    const native = await program(
      "store/node_modules/opencode-ai/node_modules/opencode-linux-x64/bin/opencode",
    );
    await host().files.makeDir(`${dir}/path`);
    await host().files.writeText(
      `${dir}/path/opencode`,
      '#!/bin/sh\nbasedir=$(dirname "$0")\nexec node "$basedir/../store/node_modules/opencode-ai/bin/opencode" "$@"\n',
      { mode: 0o755 },
    );
    assertEquals((await find()).path, native);
  }));

test("resolveBinary finds the native program behind a .cmd shim", () =>
  inPlace(async ({ dir, program, find }) => {
    const native = await program("path/node_modules/opencode-linux-x64/bin/opencode");
    await host().files.writeText(
      `${dir}/path/opencode.cmd`,
      '@ECHO off\r\n"%dp0%\\node.exe" "%dp0%\\node_modules\\opencode-ai\\bin\\opencode" %*\r\n',
    );
    assertEquals((await find({ binary: `${dir}/path/opencode.cmd` })).path, native);
  }));

test("resolveBinary takes a wrapper as it is when nothing is found behind it", () =>
  inPlace(async ({ program, find }) => {
    const path = await program("path/opencode");
    assertEquals((await find()).path, path);
  }));
