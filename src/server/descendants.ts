/**
 * What a server started: found by parentage, and on Linux by a mark in the environment too, which
 * outlives the parent. The shell tool of the server runs each command in a group of its own, and
 * such a command survives the server (1.18.33).
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import { capture } from "./capture.ts";

/** The variable that marks a server and all that it starts. */
export const MARK = "OPENCODE_TS_SERVER";

/**
 * The processes that a server started, itself not among them.
 *
 * @param pid The server's, alive or not.
 * @param mark The value of {@linkcode MARK} that it was started with.
 */
export async function findDescendants(pid: number, mark: string | undefined): Promise<number[]> {
  const { platform } = host();
  if (platform.os === "windows") return []; // taskkill /T knows the tree
  const parents = platform.os === "linux" ? await parentsFromProc() : await parentsFromPs();
  const found = new Set<number>();
  const children = (of: number) => {
    for (const [child, parent] of parents) {
      if (parent !== of || found.has(child)) continue;
      found.add(child);
      children(child);
    }
  };
  children(pid);
  if (mark !== undefined && platform.os === "linux") {
    for (const other of parents.keys()) {
      if (!found.has(other) && await hasMark(other, mark)) {
        found.add(other);
        children(other);
      }
    }
  }
  found.delete(pid);
  found.delete(platform.pid);
  return [...found];
}

/** Whether a process carries the mark; `false` too where it can't be seen (only Linux shows it). */
export async function hasMark(pid: number, mark: string): Promise<boolean> {
  try {
    const environment = await host().files.readText(`/proc/${pid}/environ`);
    return environment.split("\0").includes(`${MARK}=${mark}`);
  } catch {
    return false;
  }
}

/** Each process's parent; those that ended and only wait to be noted are left out. */
async function parentsFromProc(): Promise<Map<number, number>> {
  const { files } = host();
  const parents = new Map<number, number>();
  const entries = await files.readDir("/proc").catch(() => []);
  await Promise.all(
    entries.filter(({ name }) => /^\d+$/.test(name)).map(async ({ name }) => {
      const stat = await files.readText(`/proc/${name}/stat`).catch(() => "");
      // The command may hold spaces and brackets: what counts stands behind the last one.
      const found = /^.*\) (\S) (\d+) /s.exec(stat);
      if (found && found[1] !== "Z" && found[1] !== "X") {
        parents.set(Number(name), Number(found[2]));
      }
    }),
  );
  return parents;
}

async function parentsFromPs(): Promise<Map<number, number>> {
  const parents = new Map<number, number>();
  try {
    const { stdout } = await capture("ps", {
      args: ["-A", "-o", "pid=", "-o", "ppid=", "-o", "stat="],
      timeout: 2000,
    });
    for (const line of stdout.split("\n")) {
      const found = /^\s*(\d+)\s+(\d+)\s+([^Z\s]\S*)/.exec(line);
      if (found) parents.set(Number(found[1]), Number(found[2]));
    }
  } catch { /* without ps the process group alone is known */ }
  return parents;
}
