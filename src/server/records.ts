/**
 * A file for each running server that no watchdog can stop: on Windows, and where there is no `sh`.
 * The next start stops those whose parent is gone.
 *
 * @module
 */
import { join } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";
import { capture } from "../process/run.ts";
import { stopOnWindows } from "./stop.ts";

/** What the file of a server holds. */
export interface ServerRecord {
  /** Its process. */
  pid: number;
  /** The process that started it. */
  parent: number;
  /** The program's file name, so that no other process of that id is taken for it. */
  program: string;
}

/** How processes are inspected and stopped; a test stands in for the system. */
export interface Processes {
  /** The file name of a process's program, or `undefined` where there is none. */
  programOf(pid: number): Promise<string | undefined>;
  /** Stops a process with all that it started. */
  end(pid: number): Promise<void>;
}

/** Writes the file of a server; `undefined` where that fails. */
export async function writeRecord(
  directory: string,
  record: ServerRecord,
): Promise<{ remove(): Promise<void> } | undefined> {
  const { files } = host();
  const path = join(directory, "servers", `${record.pid}.json`);
  try {
    await files.makeDir(join(directory, "servers"), { mode: 0o700 });
    await files.writeText(path, JSON.stringify(record), { mode: 0o600 });
  } catch {
    return undefined;
  }
  return { remove: () => files.remove(path).catch(() => {}) };
}

/** Stops the servers whose parent is gone, and removes the files of those that ended. Returns what it stopped. */
export async function reapServers(
  directory: string,
  processes: Processes = windowsProcesses,
): Promise<ServerRecord[]> {
  const { files } = host();
  const reaped: ServerRecord[] = [];
  const entries = await files.readDir(join(directory, "servers")).catch(() => []);
  for (const { name } of entries) {
    const path = join(directory, "servers", name);
    const record = parse(await files.readText(path).catch(() => ""));
    if (record !== undefined) {
      const runs = await processes.programOf(record.pid) === record.program;
      if (runs && await processes.programOf(record.parent) !== undefined) continue;
      if (runs) {
        await processes.end(record.pid);
        reaped.push(record);
      }
    }
    await files.remove(path).catch(() => {});
  }
  return reaped;
}

function parse(text: string): ServerRecord | undefined {
  try {
    const { pid, parent, program } = JSON.parse(text) as Partial<ServerRecord>;
    if (typeof pid !== "number" || typeof parent !== "number") return undefined;
    return typeof program === "string" ? { pid, parent, program } : undefined;
  } catch {
    return undefined;
  }
}

const windowsProcesses: Processes = {
  async programOf(pid) {
    const args = ["/FI", `PID eq ${pid}`, "/FO", "CSV", "/NH"];
    const { stdout } = await capture("tasklist", { args, timeout: 5000 });
    // "opencode.exe","1234","Console","1","390,000 K"; without such a process a plain sentence
    return /^"([^"]+)","/m.exec(stdout)?.[1];
  },
  end: stopOnWindows,
};
