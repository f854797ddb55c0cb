/** Processes that take off what a command's processes are known by. */
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { endCommands } from "../../src/process/command_watchdog.ts";
import { test } from "../harness.ts";
import { until, withExecutor } from "./support.ts";

/** Writes its number to a file and stays; it knows nothing of the call. */
const BARE = `env -i /bin/sh -c 'echo $$ > id; exec sleep 300'`;

const within = (script: string) => `'${script.replaceAll("'", `'"'"'`)}'`;

/** Children that the command waits for. */
const WAITED: Record<string, string> = {
  "a child without an environment": BARE,
  "a child in a session of its own": `setsid -w ${BARE}`,
  "a child that ignores SIGTERM":
    `setsid -w env -i /bin/sh -c 'trap "" TERM; echo $$ > id; while :; do sleep 1; done'`,
  "the command itself, replaced": `exec ${BARE}`,
  "a grandchild below a session": `setsid -w /bin/sh -c ${within(`${BARE}; :`)}`,
  "a child whose name looks like other fields": `cp "$(command -v sleep)" $'a) S 1 1\\n1 1'; ` +
    `env -i /bin/sh -c 'echo $$ > id; exec "./a) S 1 1\n1 1" 300'`,
};

/** Children that nobody waits for, and that have other parents by the time that they are looked for. */
const DETACHED: Record<string, string> = {
  "a child in the background": `${BARE} > /dev/null 2>&1 &`,
  "a child in a session of its own": `setsid ${BARE} > /dev/null 2>&1 &`,
  "a child that holds the output": `setsid ${BARE}`,
  "the command itself, in another session": `exec setsid ${BARE} > /dev/null 2>&1`,
  "a grandchild by a double fork": `(setsid env -i setsid env -i /bin/sh -c ${
    within(`${BARE} & :`)
  } &) > /dev/null 2>&1`,
};

async function pidIn(inside: string): Promise<number> {
  const path = join(inside, "id");
  await until(() => host().files.readText(path).then((text) => text.endsWith("\n"), () => false));
  return Number(await host().files.readText(path));
}

async function runs(pid: number): Promise<boolean> {
  const child = await host().spawn("/bin/sh", {
    args: ["-c", 'grep "^State:" "/proc/$1/status" | grep -v "[ZX]"', "sh", String(pid)],
    stderr: "null",
  });
  const text = await new Response(child.stdout).text();
  await child.status;
  return text !== "";
}

for (const [what, plain] of Object.entries(WAITED)) {
  // The second has the owner's number nowhere: it is found by its parents and its group.
  for (const command of [plain, `ulimit -m 1048576; ${plain}`]) {
    const endings = command === plain ? ["timeout"] : ["aborted", "closed"];
    const how = command === plain ? "" : ", its limit lowered,";
    test(`bash ends ${what}${how} when ${endings.join(" and when ")}`, async () => {
      for (const ending of endings) {
        await withExecutor({}, async (executor, inside) => {
          const controller = new AbortController();
          const timeout = ending === "timeout" ? 1 : 60;
          const running = executor.execute("bash", { command, timeout }, {
            signal: controller.signal,
          });
          const pid = await pidIn(inside);
          assert(await runs(pid));
          if (ending === "aborted") controller.abort();
          if (ending === "closed") await executor.close();
          assertEquals((await running).status, ending === "timeout" ? "timeout" : "aborted");
          assertEquals(await runs(pid), false);
        });
      }
    });
  }
}

for (const [what, command] of Object.entries(DETACHED)) {
  test(`close ends ${what} that a command left`, async () => {
    await withExecutor({}, async (executor, inside) => {
      assertEquals((await executor.execute("bash", { command })).status, "ok");
      const pid = await pidIn(inside);
      assert(await runs(pid));
      await executor.close();
      assertEquals(await runs(pid), false);
    });
  });
}

test("close of one executor leaves the processes of another alone", async () => {
  await withExecutor({}, async (one, inside) => {
    await one.execute("bash", { command: DETACHED["a grandchild by a double fork"]! });
    const pid = await pidIn(inside);
    await withExecutor({}, async (other) => {
      await other.execute("bash", { command: "sleep 300 > /dev/null 2>&1 &" });
    });
    assert(await runs(pid));
    await one.execute("bash", { command: "sleep 9", timeout: 0.1 });
    assert(await runs(pid));
    // Nor does anything end where there is nothing to end.
    await endCommands({ owner: "", leaders: [], groups: [] });
    assert(await runs(pid));
    await one.close();
    assertEquals(await runs(pid), false);
  });
});

test("bash ends a command that starts detached processes again and again", async () => {
  await withExecutor({}, async (executor, inside) => {
    const storm =
      `while :; do setsid env -i /bin/sh -c 'echo $$ >> ids; sleep 300' & sleep 0.01; done`;
    const { status } = await executor.execute("bash", { command: storm, timeout: 0.7 });
    assertEquals(status, "timeout");
    const ids = (await host().files.readText(join(inside, "ids"))).trim().split("\n").map(Number);
    assert(ids.length > 3, String(ids));
    for (const id of ids) assertEquals(await runs(id), false);
  });
});
