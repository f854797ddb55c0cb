/**
 * Running a program to its end for what it says, within bounds.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { ExitStatus, SpawnOptions } from "../runtime/port.ts";

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
  const group = platform.os !== "windows";
  const child = await spawn(command, { ...rest, detached: group });
  let timedOut = false;
  const kill = () => {
    if (!(group && platform.kill(-child.pid, "SIGKILL"))) child.kill("SIGKILL");
  };
  const timer = setTimeout(() => {
    timedOut = true;
    kill();
  }, timeout);
  signal?.addEventListener("abort", kill, { once: true });
  try {
    const [stdout, stderr] = [head(child.stdout!), head(child.stderr!)];
    const status = await child.status;
    // What it started may hold the pipes open after it.
    if (group) platform.kill(-child.pid, "SIGKILL");
    const said = await Promise.all([stdout, stderr]);
    signal?.throwIfAborted();
    return { stdout: said[0], stderr: said[1], status, timedOut };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener("abort", kill);
  }
}

/** The first bytes as text; the rest is read and dropped, so that the writer never waits. */
async function head(stream: ReadableStream<Uint8Array>): Promise<string> {
  const reader = stream.getReader();
  const decoder = new TextDecoder();
  let text = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return text + decoder.decode();
    if (text.length < CAP) {
      text += decoder.decode(value, { stream: true }).slice(0, CAP - text.length);
    }
  }
}
