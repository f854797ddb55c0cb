/**
 * Stopping a server: one step after another, each with a bound.
 *
 * @module
 */
import type { Child } from "../runtime/port.ts";
import { call } from "./call.ts";
import { capture } from "../process/run.ts";
import type { Watchdog } from "../process/watchdog.ts";
import { settlesWithin } from "../process/within.ts";

/** How a server is talked to. */
export interface Contact {
  /** Its address; `""` where it is not known. */
  url: string;
  /** The user for HTTP Basic. */
  username: string;
  /** The password for HTTP Basic. */
  password: string;
}

/** How long the sessions have to be aborted, in milliseconds. */
const ABORT_BOUND = 1000;

/** The signals, and how long each has, in milliseconds. The first SIGTERM is swallowed now and then. */
const SIGNALS = [["SIGTERM", 1000], ["SIGTERM", 500], ["SIGKILL", 1000]] as const;

/**
 * Stops a child: SIGTERM, after 1 s SIGTERM again, after 0.5 s SIGKILL. What it has started is noted
 * before, for the sweep that follows its end.
 */
export async function stopChild(child: Child, watchdog: Watchdog | undefined): Promise<void> {
  await watchdog?.note();
  for (const [signal, bound] of SIGNALS) {
    if (!child.kill(signal)) break;
    if (await settlesWithin(child.status, bound)) break;
  }
}

/** Stops a child on Windows: there the system knows the tree. */
export async function stopOnWindows(pid: number): Promise<void> {
  await capture("taskkill", { args: ["/T", "/F", "/PID", String(pid)], timeout: 5000 })
    .catch(() => {});
}

/** Aborts what the server works at, so that its tools end and its messages say so; never rejects. */
export async function abortSessions(
  { url, username, password }: Contact,
  directories: readonly (string | undefined)[],
): Promise<void> {
  const bound = new AbortController();
  const timer = setTimeout(() => bound.abort(), ABORT_BOUND);
  try {
    await Promise.all([...new Set(directories)].map(async (directory) => {
      const options = {
        username,
        password,
        directory,
        signal: bound.signal,
        timeout: ABORT_BOUND,
      };
      const { body } = await call(url, "/session/status", options);
      await Promise.all(
        Object.keys((body ?? {}) as object).map((id) =>
          call(url, `/session/${encodeURIComponent(id)}/abort`, { ...options, method: "POST" })
        ),
      );
    }));
  } catch {
    /* it does not answer: the signals follow */
  } finally {
    clearTimeout(timer);
  }
}
