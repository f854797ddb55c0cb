/**
 * Running a program to its end for what it says, within bounds.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { Child, ExitStatus, SpawnOptions } from "../runtime/port.ts";
import type { Draining } from "./logs.ts";
import { settlesWithin } from "./within.ts";

/** How to run it. */
export interface CaptureOptions extends Pick<SpawnOptions, "args" | "cwd" | "env"> {
  /** Milliseconds; then it is killed. */
  timeout: number;
  /** Kills it, and rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** What it said. */
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

/** Runs a program to its end; rejects where it can't be started. */
export async function capture(command: string, options: CaptureOptions): Promise<Captured> {
  const { timeout, signal, ...rest } = options;
  signal?.throwIfAborted();
  const { platform, spawn } = host();
  const child = await spawn(command, { ...rest, detached: platform.os !== "windows" });
  const [stdout, stderr] = [head(child.stdout!), head(child.stderr!)];
  let timedOut = false;
  const kill = () => {
    killGroup(child);
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeout);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const status = await child.status;
    killGroup(child);
    // What it started may hold the pipes open all the same.
    await settlesWithin(Promise.all([stdout.done, stderr.done]), 500);
    signal?.throwIfAborted();
    return { stdout: stdout.text(), stderr: stderr.text(), status, timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
    await Promise.all([stdout.cancel(), stderr.cancel()]);
  }
}

/** Ends what it started; Deno may lack the permission to signal what is no child of its own. */
function killGroup({ pid }: Child): void {
  const { platform } = host();
  if (platform.os === "windows") return;
  try {
    platform.kill(-pid, "SIGKILL");
  } catch { /* then it lives on */ }
}

/** The first bytes as text; the rest is read and dropped, so that the writer never waits. */
function head(stream: ReadableStream<Uint8Array>): Draining & { text(): string } {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  const read = async () => {
    try {
      for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const room = CAP - text.length;
        if (room > 0) text += decoder.decode(value, { stream: true }).slice(0, room);
      }
    } catch { /* the pipe broke */ }
  };
  return { done: read(), text: () => text, cancel: () => reader.cancel().catch(() => {}) };
}
