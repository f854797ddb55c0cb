/** The exact flags of Deno's with which each part works, and the doctor with fewer. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { type DoctorLine, downloadBinary } from "../../src/server/mod.ts";
import { npmTar, pack, program, standIn } from "../binary/archives.ts";
import { registry, VERSION } from "../binary/downloads.ts";
import { fakeProgram, processesWith, withTempDir } from "./fixtures.ts";

/** Runs a script with these flags and no question; nothing of it may be left. */
async function run(flags: string[], words: string[], env: Record<string, string> = {}) {
  const tag = crypto.randomUUID();
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", "--quiet", ...await stdArgs(), ...flags, ...words],
    env: { TAG: tag, ...env },
    stdin: "null",
  }).output();
  assertEquals(await processesWith("TAG", tag), []);
  const [out, err] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code, out: out!, err: err! };
}

Deno.test("the command line's demo needs no other permission than the documented ones", async () => {
  const { path } = await downloadBinary();
  await withTempDir(async (dir) => {
    const { code, out, err } = await run(
      [
        "--allow-net=127.0.0.1",
        "--allow-env",
        "--allow-read",
        `--allow-write=${dir}`,
        `--allow-run=/bin/sh,${path}`,
      ],
      ["cli.ts", "--demo", "say hello"],
      { OPENCODE_BIN: path, TMPDIR: dir },
    );
    assertEquals(code, 0, err);
    assertStringIncludes(out, "say hello");
  });
});

Deno.test("OpencodeClient calls and takes events when it has the permission for its server alone", async () => {
  const server = await standIn(() => ({
    "/session": [],
    "/event": () => {
      const event = { id: "evt_1", type: "server.connected", properties: {} };
      const headers = { "content-type": "text/event-stream" };
      return new Response(`data: ${JSON.stringify(event)}\n\n`, { headers });
    },
  }));
  try {
    const words = ["tests/fixtures/programs/client.ts", server.url];
    assertEquals(await run(["--allow-net=127.0.0.1"], words), {
      code: 0,
      out: '[[],"server.connected"]\n',
      err: "",
    });
  } finally {
    await server.close();
  }
});

Deno.test("downloadBinary needs no other permission than the documented ones", () =>
  withTempDir(async (dir) => {
    const data = await pack(npmTar(program(VERSION)));
    const server = await standIn((url) => registry(url, data));
    try {
      const { code, out, err } = await run(
        [
          "--allow-net=127.0.0.1",
          "--allow-env",
          "--allow-read",
          `--allow-write=${dir}`,
          "--allow-run",
        ],
        ["tests/fixtures/programs/download.ts", dir, `${server.url}/npm`, VERSION],
      );
      assertEquals(code, 0, err);
      assertEquals(JSON.parse(out).source, "the npm registry");
    } finally {
      await server.close();
    }
  }));

/** What the doctor finds with these flags. */
async function look(flags: string[]): Promise<DoctorLine[]> {
  const { code, out, err } = await run(flags, [
    "tests/fixtures/programs/doctor.ts",
    fakeProgram(),
  ]);
  assertEquals([code, err], [0, ""]);
  return JSON.parse(out);
}

Deno.test("doctor says --allow-env, once, when it has no permission at all", async () => {
  const failed = (await look([])).filter(({ status }) => status === "fail");
  assertEquals(failed.map(({ repair }) => repair), ["Run Deno with --allow-env"]);
});

Deno.test("doctor says --allow-read when it has --allow-env alone", async () => {
  const lines = await look(["--allow-env"]);
  assert(lines.some(({ repair }) => repair?.includes("--allow-read")), JSON.stringify(lines));
});
