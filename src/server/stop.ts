/**
 * Stopping a server: a ladder whose every rung has a bound.
 *
 * @module
 */
import { sleep } from "../async/abort.ts";
import { host } from "../runtime/host.ts";
import { call } from "./call.ts";
import { capture } from "./capture.ts";
import { findDescendants } from "./descendants.ts";
import { settlesWithin } from "./within.ts";

/** What is known of a server that is to be stopped. */
export interface Stoppable {
  /** Its process. */
  pid: number;
  /** What it and its descendants carry in their environment, where it was started with that. */
  mark: string | undefined;
  /** Resolves when the process is gone; without it the process is looked for. */
  exited?: Promise<unknown> | undefined;
  /** How to talk to it. */
  url: string;
  /** Its HTTP user. */
  username: string;
  /** Its password. */
  password: string;
}

/** How long the sessions have to be aborted, in milliseconds. */
const ABORT_BOUND = 1500;

/** How long each signal has, in milliseconds. The first SIGTERM is swallowed now and then. */
const RUNG_BOUND = 1000;

/**
 * Stops a server and all that it started: aborts its busy sessions (at most 1.5 s), SIGTERM, after
 * 1 s SIGTERM again, after 1 s SIGKILL; then what it started, by SIGKILL. At most 6 seconds.
 *
 * @param directories Where its sessions may be busy.
 */
export async function stopTree(
  server: Stoppable,
  directories: readonly (string | undefined)[],
): Promise<void> {
  const { platform } = host();
  const gone = await endsWithin(server, 0);
  if (!gone) await abortSessions(server, directories);
  if (platform.os === "windows") return await stopOnWindows(server);
  // Before it goes: after that its children are nobody's.
  const descendants = new Set(await findDescendants(server.pid, server.mark));
  for (const signal of gone ? [] : ["SIGTERM", "SIGTERM", "SIGKILL"] as const) {
    if (!platform.kill(server.pid, signal)) break;
    if (await endsWithin(server, RUNG_BOUND)) break;
  }
  platform.kill(-server.pid, "SIGKILL");
  for (let round = 0; round < 5; round++) {
    for (const pid of await findDescendants(server.pid, server.mark)) descendants.add(pid);
    let alive = false;
    for (const pid of descendants) {
      alive = await isRunning(pid) && platform.kill(pid, "SIGKILL") || alive;
    }
    if (!alive) return;
    await sleep(20);
    descendants.clear();
  }
}

/** Aborts what the server works at, so that its tools end and its messages say so. */
async function abortSessions(
  server: Stoppable,
  directories: readonly (string | undefined)[],
): Promise<void> {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), ABORT_BOUND);
  try {
    await Promise.all([...new Set(directories)].map(async (directory) => {
      const options = { ...server, directory, signal: controller.signal, timeout: ABORT_BOUND };
      const { body } = await call(server.url, "/session/status", options);
      await Promise.all(
        Object.keys((body ?? {}) as object).map((id) =>
          call(server.url, `/session/${encodeURIComponent(id)}/abort`, {
            ...options,
            method: "POST",
          })
        ),
      );
    }));
  } catch {
    /* it does not answer: the signals follow */
  } finally {
    clearTimeout(timer);
  }
}

async function endsWithin(server: Stoppable, ms: number): Promise<boolean> {
  const { platform } = host();
  if (server.exited) return await settlesWithin(server.exited, ms);
  for (const end = Date.now() + ms; Date.now() < end;) {
    if (!await isRunning(server.pid)) return true;
    await sleep(20);
  }
  return !platform.isAlive(server.pid);
}

/** Whether a process runs: one that ended and only waits to be noted by its parent does not. */
export async function isRunning(pid: number): Promise<boolean> {
  const { platform, files } = host();
  if (!platform.isAlive(pid)) return false;
  if (platform.os !== "linux") return true;
  const stat = await files.readText(`/proc/${pid}/stat`).catch(() => "");
  return !/^.*\) [ZX] /s.test(stat);
}

async function stopOnWindows({ pid }: Stoppable): Promise<void> {
  await capture("taskkill", { args: ["/T", "/F", "/PID", String(pid)], timeout: 5000 }).catch(
    () => {},
  );
}
