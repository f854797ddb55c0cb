/** Surroundings that are broken: each error says what to set. */
import { assertEquals, assertMatch, assertRejects, assertStringIncludes } from "@std/assert";
import { findRegistry } from "../../src/binary/registry.ts";
import { doctor } from "../../src/doctor/doctor.ts";
import { DownloadError, InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer, downloadBinary } from "../../src/server/mod.ts";
import { test } from "../harness.ts";
import { fakeProgram, withTempDir } from "./fixtures.ts";

/** Runs with a variable of the environment set. */
async function withVariable(name: string, value: string, run: () => Promise<void>): Promise<void> {
  const { env } = host();
  const before = env.get(name);
  env.set(name, value);
  try {
    await run();
  } finally {
    if (before === undefined) env.delete(name);
    else env.set(name, before);
  }
}

test("an isolated start names TMPDIR when that does not exist", () =>
  withTempDir((dir) =>
    withVariable("TMPDIR", `${dir}/none`, async () => {
      const error = await assertRejects(
        () => createOpencodeServer({ binary: fakeProgram(), isolated: true }),
        InvalidArgumentError,
      );
      assertEquals(
        error.message,
        `The directory for temporary files, "${dir}/none", does not exist: set TMPDIR to one that does`,
      );
    })
  ));

test("an isolated start names TMPDIR when that is a file", () =>
  withTempDir(async (dir) => {
    await host().files.writeText(`${dir}/file`, "");
    await withVariable("TMPDIR", `${dir}/file`, async () => {
      const error = await assertRejects(
        () => createOpencodeServer({ binary: fakeProgram(), isolated: true }),
        InvalidArgumentError,
      );
      assertStringIncludes(error.message, "set TMPDIR");
    });
  }));

for (const registry of ["garbage", "ftp://a.test/", "//a.test", "http://", "http://u:secret@ /"]) {
  test(`a download names the setting when the registry is "${registry}"`, () =>
    withTempDir(async (directory) => {
      const error = await assertRejects(
        () => downloadBinary({ directory, registry }),
        DownloadError,
      );
      assertMatch(error.message, /^Invalid npm registry ".*": set npm_config_registry, or/);
      assertEquals(error.message.includes("secret"), false);
      const lines = await doctor({ registry, start: false, cacheDirectory: directory });
      const line = lines.find(({ check }) => check === "registry")!;
      assertEquals([line.status, line.message], ["fail", error.message]);
      await assertRejects(() => findRegistry({ registry }), DownloadError);
    }));
}
