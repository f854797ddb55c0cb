/**
 * Running a program to its end for its output, within bounds.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { Child, ExitStatus, SpawnOptions } from "../runtime/port.ts";
import type { Draining } from "./logs.ts";
import { drain } from "./output.ts";
import { settlesWithin } from "./within.ts";

/** How to run it. */
export interface CaptureOptions extends Pick<SpawnOptions, "args" | "cwd" | "env"> {
  /** Milliseconds; then it is killed. */
  timeout: number;
  /** Kills it, and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What a program wrote, and how it ended. */
export interface Captured {
  /** Its standard output, cut at 64 KiB. */
  stdout: string;
  /** Its standard error, cut at 64 KiB. */
  stderr: string;
  /** How it ended. */
  status: ExitStatus;
  /** Whether it was killed for taking too long. */
  timedOut: boolean;
}

const CAP = 64 * 1024;

/** How long the end of a killed program may take, in milliseconds: the system may hold it up. */
const KILL_BOUND = 2000;

const KILLED: ExitStatus = { success: false, code: 137, signal: "SIGKILL" };

/** Runs a program to its end; rejects where it can't be started. */
export async function capture(command: string, options: CaptureOptions): Promise<Captured> {
  const { timeout, signal, ...rest } = options;
  signal?.throwIfAborted();
  const { platform, spawn } = host();
  const child = await spawn(command, { ...rest, detached: platform.os !== "windows" });
  const [stdout, stderr] = [head(child.stdout!), head(child.stderr!)];
  let timedOut = false;
  let onKilled = () => {};
  const killed = new Promise<void>((resolve) => onKilled = resolve);
  const kill = () => {
    killGroup(child);
    child.kill("SIGKILL");
    onKilled();
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeout);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const bound = killed.then(() => settlesWithin(child.status, KILL_BOUND));
    const status = await Promise.race([child.status, bound.then(() => KILLED)]);
    killGroup(child);
    // What it started may hold the pipes open all the same.
    await settlesWithin(Promise.all([stdout.done, stderr.done]), 500);
    signal?.throwIfAborted();
    return { stdout: stdout.text(), stderr: stderr.text(), status, timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
    await settlesWithin(Promise.all([stdout.stop(), stderr.stop()]), 500);
  }
}

/** Kills what it started; Deno may lack the permission to signal what is no child of its own. */
function killGroup({ pid }: Child): void {
  const { platform } = host();
  if (platform.os === "windows") return;
  try {
    platform.kill(-pid, "SIGKILL");
  } catch { /* then it lives on */ }
}

/** The first bytes as text; the rest is read and dropped, so that the writer never waits. */
function head(stream: ReadableStream<Uint8Array>): Draining & { text(): string } {
  const decoder = new TextDecoder();
  let text = "";
  const { done, stop } = drain(stream, (chunk) => {
    const room = CAP - text.length;
    if (room > 0) text += decoder.decode(chunk, { stream: true }).slice(0, room);
  });
  return { done, stop, text: () => text };
}
