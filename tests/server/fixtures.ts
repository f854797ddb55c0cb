/** What the tests of the server share: the fixture program, and looking for what was left behind. */
import { assert } from "@std/assert";
import { resolve } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { OWNER } from "../../src/process/watchdog.ts";

/** The stand-in for the program; tests run from the root of the checkout. */
export function fakeProgram(): string {
  return resolve("tests/fixtures/programs/opencode.sh");
}

/** Runs with a directory that is removed after. */
export async function withTempDir<T>(run: (dir: string) => Promise<T>): Promise<T> {
  const { files } = host();
  const dir = await files.realPath(await files.makeTempDir({ prefix: "server-test-" }));
  try {
    return await run(dir);
  } finally {
    await files.remove(dir, { recursive: true });
  }
}

/** Waits for a condition, with a bound. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  what: string,
  ms = 20_000,
): Promise<void> {
  for (const end = Date.now() + ms; !await condition();) {
    assert(Date.now() < end, `not within ${ms} ms: ${what}`);
    await new Promise((done) => setTimeout(done, 20));
  }
}

/** The entries that the fixture program wrote down. */
export async function readLog(path: string): Promise<Record<string, unknown>[]> {
  const text = await host().files.readText(path).catch(() => "");
  return text.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line));
}

/** The processes that carry a variable of that value; Linux alone shows them. */
export async function processesWith(name: string, value: string): Promise<number[]> {
  assert(host().platform.os === "linux", "this test looks into /proc");
  const child = await host().spawn("sh", {
    args: ["-c", 'grep -lF "$1" /proc/[0-9]*/environ 2>/dev/null', "sh", `${name}=${value}`],
  });
  const text = await new Response(child.stdout).text();
  await new Response(child.stderr).text();
  await child.status;
  return [...text.matchAll(/\d+/g)].map(([pid]) => Number(pid)).filter((pid) => pid !== child.pid);
}

/** A line for each process, `id: words`, as everybody on the machine may read them. */
export async function commandLines(): Promise<string[]> {
  const script = `for dir in /proc/[0-9]*; do
    echo "\${dir#/proc/}: $(tr '\\0\\n' '  ' <"$dir/cmdline")"
  done 2>/dev/null`;
  const child = await host().spawn("sh", { args: ["-c", script] });
  const text = await new Response(child.stdout).text();
  await new Response(child.stderr).text();
  await child.status;
  return text.split("\n");
}

/** The processes of a server. */
export function processesOf(mark: string): Promise<number[]> {
  return processesWith(OWNER, mark);
}
