import { assert, assertEquals, assertMatch } from "@std/assert";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import { doctor, type DoctorLine, type DoctorOptions } from "../../src/server/mod.ts";
import {
  type Processes,
  reapServers,
  type ServerRecord,
  writeRecord,
} from "../../src/server/records.ts";
import { OWNER } from "../../src/process/watchdog.ts";
import { standIn } from "../binary/archives.ts";
import { fakeProgram, withTempDir } from "../server/fixtures.ts";

/** Looks at a machine with its own registry and cache. */
async function look(
  options: DoctorOptions,
  run: (find: (check: string) => DoctorLine[], lines: DoctorLine[]) => void | Promise<void>,
  prepare: (dir: string) => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  const record = { version: "1.18.33" };
  const server = await standIn(() => ({
    "/npm/opencode-linux-x64/1.18.33": record,
    "/npm/opencode-linux-x64-baseline/1.18.33": record,
    "/npm/opencode-linux-arm64/1.18.33": record,
  }));
  try {
    await withTempDir(async (dir) => {
      await prepare(dir);
      const lines = await doctor({
        binary: fakeProgram(),
        cacheDirectory: dir,
        registry: `${server.url}/npm`,
        isolated: true,
        ...options,
      });
      for (const { check, status, repair } of lines) {
        assert(status === "ok" || repair, `${check} says nothing to do`);
      }
      await run((check) => lines.filter((line) => line.check === check), lines);
    });
  } finally {
    await server.close();
  }
}

test("doctor says ok of each thing that is well, and starts and stops a server", () =>
  look({}, (find, lines) => {
    assertEquals(lines.map(({ check }) => check), [
      "runtime",
      "registry",
      "program",
      "proxy",
      "locks",
      "orphans",
      "kept",
      ...Array(4).fill("server"),
    ]);
    const [runtime] = find("runtime");
    assertMatch(runtime!.message, /^(deno|node|bun) \d+\.\d+\.\d+.* on linux/);
    assertMatch(
      find("program")[0]!.message,
      /^opencode 1\.18\.33: .*opencode\.sh \(the option binary\)$/,
    );
    const [ready, password, models, stopped] = find("server");
    assertMatch(ready!.message, /ready after \d+ ms at http/);
    assertMatch(stopped!.message, /stopped after \d+ ms/);
    // The stand-in answers an address that it does not know with a page.
    assertEquals(models!.status, "fail");
    assertEquals(password!.status, "ok");
    for (const line of lines) {
      if (line.check !== "orphans" && line !== models) {
        assertEquals(line.status, "ok", line.message);
      }
    }
  }));

/** Where no program is found, whatever this process was told. */
const NOWHERE = { PATH: "/nowhere", HOME: "/nowhere", OPENCODE_BIN: "" };

test("doctor warns, and goes on, when the program is missing and can be downloaded", () =>
  look({ binary: undefined, env: NOWHERE }, (find) => {
    const [program] = find("program");
    assertEquals(program!.status, "warn");
    assertMatch(program!.message, /Cannot find opencode/);
    assertMatch(program!.repair!, /Download it by a first start/);
    assertEquals(find("server"), []);
  }));

test("doctor fails when the named program won't do, or the config is refused", async () => {
  const variable = { binary: undefined, env: { ...NOWHERE, OPENCODE_BIN: "/no/such/program" } };
  for (const named of [{ binary: "/no/such/program" }, variable]) {
    await look(named, (find) => {
      assertEquals(find("program")[0]!.status, "fail");
      assertEquals(find("server"), []);
    });
  }
  await look({ env: { FAKE: "bad-config" } }, (find) => {
    const [server] = find("server");
    assertEquals(server!.status, "fail");
    assertMatch(server!.message, /in the option `config`/);
  });
});

test("doctor warns of a registry that does not answer and of stale locks", () =>
  look({ registry: "http://127.0.0.1:9/", start: false }, (find) => {
    assertEquals(find("registry")[0]!.status, "warn");
    const [locks] = find("locks");
    assertEquals(locks!.status, "warn");
    assertMatch(locks!.message, /opencode-linux-x64\.lock/);
  }, async (dir) => {
    await host().files.makeDir(`${dir}/bin/1.18.33`);
    await host().files.writeText(`${dir}/bin/1.18.33/opencode-linux-x64.lock`, "999999999 x");
  }));

test("doctor warns of a proxy that would take calls to this machine", async () => {
  const { env } = host();
  const before = { HTTP_PROXY: env.get("HTTP_PROXY"), NO_PROXY: env.get("NO_PROXY") };
  env.set("HTTP_PROXY", "http://user:secret@127.0.0.1:9");
  env.delete("NO_PROXY");
  try {
    await look({ start: false }, (find, lines) => {
      assertEquals(find("proxy")[0]!.status, "warn");
      assert(!JSON.stringify(lines).includes("secret"));
    });
  } finally {
    for (const [name, value] of Object.entries(before)) {
      if (value === undefined) env.delete(name);
      else env.set(name, value);
    }
  }
});

test("doctor warns of servers without a parent, and says how to end them", async () => {
  const { platform, spawn } = host();
  const shell = await spawn("/bin/sh", {
    args: ["-c", 'sleep 300 >"$0" 2>&1 & echo $!', "/dev/null"],
    env: { [OWNER]: crypto.randomUUID() },
  });
  const pid = Number(await new Response(shell.stdout).text());
  await new Response(shell.stderr).text();
  await shell.status;
  try {
    await look({ start: false }, (find) => {
      const [line] = find("orphans");
      assertEquals(line!.status, "warn");
      assertMatch(line!.message, new RegExp(`without a parent: .*\\b${pid}\\b`));
      assertMatch(line!.repair!, new RegExp(`^kill .*\\b${pid}\\b`));
    });
  } finally {
    platform.kill(pid, "SIGKILL");
  }
});

test("doctor rejects when its signal aborts", async () => {
  const reason = new Error("enough");
  let caught: unknown;
  await look({ signal: AbortSignal.abort(reason) }, () => {}).catch((error) => caught = error);
  assertEquals(caught, reason);
});

test("reapServers ends those whose parent is gone, and nothing else", () =>
  withTempDir(async (dir) => {
    const program = "opencode.exe";
    const running: Record<number, string> = {
      1: "deno.exe",
      10: program,
      20: program,
      30: "other.exe",
    };
    const ended: number[] = [];
    const processes: Processes = {
      programOf: (pid) => Promise.resolve(running[pid]),
      end: (pid) => Promise.resolve(void ended.push(pid)),
    };
    const record = (pid: number, parent: number): ServerRecord => ({ pid, parent, program });
    const mine = await writeRecord(dir, record(10, 1));
    await writeRecord(dir, record(20, 2)); // its parent is gone
    await writeRecord(dir, record(30, 2)); // another program has its id now
    await writeRecord(dir, record(40, 2)); // it ended
    await host().files.writeText(`${dir}/servers/50.json`, "damaged");
    assertEquals(await reapServers(dir, processes), [record(20, 2)]);
    assertEquals(ended, [20]);
    const left = async () => (await host().files.readDir(`${dir}/servers`)).map(({ name }) => name);
    assertEquals(await left(), ["10.json"]);
    await mine!.remove();
    assertEquals(await left(), []);
    assertEquals(await reapServers(`${dir}/nowhere`, processes), []);
  }));
