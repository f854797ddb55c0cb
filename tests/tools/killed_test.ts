// Deno alone: a program of its own is started and killed.
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { stdArgs } from "../../scripts/deno.ts";
import { until, withTree } from "./support.ts";

async function start(fixture: string, args: string[]): Promise<Deno.ChildProcess> {
  const path = new URL(`./fixtures/${fixture}.ts`, import.meta.url).pathname;
  return new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "--quiet", ...await stdArgs(), path, ...args],
    stdin: "null",
    stdout: "piped",
    stderr: "null",
  }).spawn();
}

/** Resolves when the program has said something. */
async function said(child: Deno.ChildProcess): Promise<void> {
  const reader = child.stdout.getReader();
  await reader.read();
  await reader.cancel();
}

const COMMAND =
  "echo $$ > shell; (echo $BASHPID > child; exec sleep 300) & setsid env -i sh -c 'echo $$ > runaway; exec sleep 300' & sleep 300";

async function family(inside: string): Promise<number[]> {
  const ids: number[] = [];
  for (const name of ["shell", "child", "runaway"]) {
    const path = join(inside, name);
    await until(
      () => Deno.readTextFile(path).then((text) => text.endsWith("\n"), () => false),
      20_000,
    );
    ids.push(Number(await Deno.readTextFile(path)));
  }
  return ids;
}

async function allGone(pids: number[]): Promise<void> {
  for (const pid of pids) {
    await until(async () => {
      const { stdout } = await new Deno.Command("ps", { args: ["-o", "stat=", "-p", String(pid)] })
        .output();
      const state = new TextDecoder().decode(stdout).trim();
      return state === "" || state.startsWith("Z");
    }, 10_000);
  }
}

for (const signal of ["SIGKILL", "SIGTERM", "SIGINT"] as const) {
  Deno.test(`bash leaves nothing behind when its program dies by ${signal}`, async () => {
    await withTree(async ({ inside }) => {
      const child = await start("runs_a_command", [inside, COMMAND]);
      const pids = await family(inside);
      child.kill(signal);
      await child.status;
      await child.stdout.cancel();
      await allGone(pids);
    });
  });
}

for (const ending of ["end", "throw", "live"]) {
  Deno.test(`bash's background processes end with a program that does "${ending}"`, async () => {
    await withTree(async ({ inside }) => {
      const child = await start("runs_a_command", [
        inside,
        `${COMMAND} > /dev/null 2>&1 &`,
        ending,
      ]);
      const pids = await family(inside);
      await said(child);
      if (ending === "live") child.kill("SIGKILL");
      const { code } = await child.status;
      if (ending !== "live") assertEquals(code, ending === "end" ? 0 : 1);
      await allGone(pids);
    });
  });
}

Deno.test("write leaves one whole version when its program is killed in the middle", async () => {
  await withTree(async ({ inside }) => {
    const path = join(inside, "big.txt");
    await Deno.writeTextFile(path, "a".repeat(4_000_000));
    for (let round = 0; round < 4; round++) {
      const child = await start("writes_forever", [inside]);
      await said(child);
      await new Promise((resolve) => setTimeout(resolve, 30 + 37 * round));
      child.kill("SIGKILL");
      await child.status;
      const text = await Deno.readTextFile(path);
      assertEquals(text.length, 4_000_000);
      assert(/^(a+|b+)$/.test(text));
    }
  });
});
