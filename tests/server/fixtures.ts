/** What the tests of the server share: the fixture program, and looking for what was left behind. */
import { assert } from "@std/assert";
import { resolve } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { MARK } from "../../src/server/descendants.ts";
import { isRunning } from "../../src/server/stop.ts";

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
  ms = 5000,
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
  const { files } = host();
  const found: number[] = [];
  for (const entry of await files.readDir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(entry.name)) continue;
    const environment = await files.readText(`/proc/${entry.name}/environ`).catch(() => "");
    const pid = Number(entry.name);
    if (environment.split("\0").includes(`${name}=${value}`) && await isRunning(pid)) {
      found.push(pid);
    }
  }
  return found;
}

/** The processes of a server. */
export function processesOf(mark: string): Promise<number[]> {
  return processesWith(MARK, mark);
}
