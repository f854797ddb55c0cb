/** Deno's permissions: which a server needs, and what is said where one is missing. */
import { assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { missingFlag } from "../../src/runtime/permission_hint.ts";
import { fakeProgram, processesWith, withTempDir } from "../server/fixtures.ts";

/** The flags that the README names for a spawned server; `isolated` needs the write too. */
const FLAGS: Record<string, string> = {
  net: "--allow-net=127.0.0.1",
  env: "--allow-env",
  read: "--allow-read",
  run: `--allow-run=/bin/sh,${fakeProgram()}`,
};

async function restricted(
  flags: string[],
  isolated: boolean,
  write = isolated,
): Promise<string> {
  return await withTempDir(async (dir) => {
    const tag = crypto.randomUUID();
    const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--quiet",
        ...await stdArgs(),
        ...flags,
        ...write ? [`--allow-write=${dir}`] : [],
        "tests/fixtures/programs/restricted.ts",
        fakeProgram(),
        `${dir}/cache`,
        isolated ? "isolated" : "",
      ],
      env: { TMPDIR: dir, TAG: tag },
    }).output();
    assertEquals(await processesWith("TAG", tag), []);
    assertEquals(new TextDecoder().decode(stderr), "");
    return new TextDecoder().decode(stdout).trim().replaceAll(dir, "$TMPDIR");
  });
}

for (const isolated of [false, true]) {
  const what = isolated ? "an isolated server" : "a server";
  Deno.test(`createOpencodeServer needs no other permission for ${what}`, async () => {
    assertEquals(await restricted(Object.values(FLAGS), isolated), "ok");
  });
}

for (
  const [name, flag] of [
    ["net", "--allow-net=127.0.0.1"],
    ["env", "--allow-env"],
    ["read", `--allow-read=${Deno.cwd()}`],
    // the watchdog comes first
    ["run", "--allow-run=/bin/sh"],
    ["write", "--allow-write=$TMPDIR"],
  ] as const
) {
  Deno.test(`createOpencodeServer names the flag when the permission ${name} is missing`, async () => {
    const flags = Object.entries(FLAGS).filter(([one]) => one !== name).map(([, value]) => value);
    assertEquals(await restricted(flags, name === "write", false), flag);
  });
}

Deno.test("missingFlag reads the flag out of a refusal, and nothing out of another error", () => {
  const refusal = (message: string) => missingFlag(new Deno.errors.NotCapable(message));
  assertEquals(
    refusal('Requires run access to "opencode", run again with the --allow-run flag'),
    "--allow-run=opencode",
  );
  assertEquals(refusal("Requires run access, run again with the --allow-run flag"), "--allow-run");
  assertEquals(
    refusal('Requires net access to "registry.test:443", run again with the --allow-net flag'),
    "--allow-net=registry.test",
  );
  assertEquals(refusal("no"), "--allow-all");
  assertEquals(missingFlag(new Deno.errors.PermissionDenied("os error 13")), undefined);
  assertEquals(missingFlag(new Error("--allow-net")), undefined);
});
