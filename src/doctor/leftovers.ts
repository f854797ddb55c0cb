/**
 * Checks for what earlier runs left: locks, servers without a parent, kept servers.
 *
 * @module
 */
import { join } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";
import { isStale } from "../process/lock.ts";
import { capture } from "../process/run.ts";
import { KEPT, OWNER } from "../process/watchdog.ts";
import { listKept } from "../server/kept.ts";
import type { Found } from "./report.ts";

/** Locks of downloads that were killed. */
export async function checkLocks(directory: string): Promise<Found> {
  const { files } = host();
  const bin = join(directory, "bin");
  const stale: string[] = [];
  for (const version of await files.readDir(bin).catch(() => [])) {
    for (const { name } of await files.readDir(join(bin, version.name)).catch(() => [])) {
      const path = join(bin, version.name, name);
      if (name.endsWith(".lock") && await isStale(path)) stale.push(path);
    }
  }
  if (stale.length === 0) return { status: "ok", message: "no stale lock" };
  return {
    status: "warn",
    message: `left by a download that was killed: ${stale.join(", ")}`,
    repair: "The next download takes them over; deleting them does no harm",
  };
}

/** Servers of ours without a parent: re-parented to the first process, and not kept on purpose. */
const ORPHANS = `for file in $(grep -lF '${OWNER}=' /proc/[0-9]*/environ 2>/dev/null); do
  dir=\${file%/environ} pid=\${file#/proc/}
  grep -qF '${OWNER}=${KEPT}' "$file" 2>/dev/null && continue
  grep -q '^PPid:[[:space:]]*1$' "$dir/status" 2>/dev/null && echo "\${pid%/environ}"
done`;

/** Servers whose parent is gone. */
export async function checkOrphans(): Promise<Found> {
  const { platform } = host();
  if (platform.os !== "linux") {
    return { status: "ok", message: `not looked for on ${platform.os}` };
  }
  const { stdout } = await capture("/bin/sh", { args: ["-c", ORPHANS], timeout: 5000 });
  const pids = stdout.split("\n").filter((line) => line !== "");
  if (pids.length === 0) return { status: "ok", message: "no server without a parent" };
  return {
    status: "warn",
    message: `without a parent: ${pids.length === 1 ? "process" : "processes"} ${pids.join(", ")}`,
    repair: `kill ${pids.join(" ")}`,
  };
}

/** Servers that `--keep` left running. */
export async function checkKept(): Promise<Found[]> {
  const kept = await listKept();
  const running = kept.filter((one) => one.running && one.state !== undefined);
  const unknown = kept.filter(({ state }) => state === undefined).map(({ pid }) => pid);
  const found: Found[] = [];
  if (unknown.length > 0) {
    found.push({
      status: "warn",
      message: `kept without a state file, so that no call finds it: process ${unknown.join(", ")}`,
      repair: `Stop it with opencode-ts --stop, or kill ${unknown.join(" ")}`,
    });
  }
  for (const { pid, state } of running) {
    found.push({ status: "ok", message: `kept for ${state!.directory}: process ${pid}` });
  }
  return found.length > 0 ? found : [{ status: "ok", message: "none is kept" }];
}
