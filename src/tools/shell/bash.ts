/**
 * `bash`: a command line, run by a shell in the working directory.
 *
 * A shell is not held by the boundary that the other tools have: it reads and writes what this
 * user can. What is kept from it is the terminal, and time without end. This process's secrets are not
 * in its environment; but a command of the same user can read them elsewhere, on Linux in
 * `/proc/<pid>/environ`. Who must rule that out runs this process as another user, or in a container.
 *
 * @module
 */
import { join } from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import type { Child, ExitStatus } from "../../runtime/port.ts";
import type { Ownership } from "../../process/tree.ts";
import { drain, HeadTail } from "../../process/output.ts";
import { splitCommandLine } from "./command_line.ts";
import { safeEnvironment } from "./environment.ts";
import { findProgram } from "./programs.ts";
import { MAX_SECONDS } from "../catalog.ts";
import { type ToolContext, ToolFault, type ToolOutput } from "../types.ts";
import type { Workspace } from "../workspace.ts";

/** How long a pipe that a background process holds is read on after the command's end, in ms. */
const AFTER_END = 100;

/** The longest command line, in bytes: Linux takes 128 KiB in one argument. */
const MAX_COMMAND = 120_000;

/** The input of `bash`. */
export interface BashInput {
  /** The command line. */
  command: string;
  /** Seconds until it is ended with all that it started. */
  timeout?: number;
  /** Where it runs, from the working directory. */
  cwd?: string;
}

/** Which command lines a permission pattern is matched against. */
export async function bashSubjects(
  input: unknown,
): Promise<{ subjects: readonly string[]; opaque: boolean }> {
  const dialect = host().platform.os === "windows" && !await gitBash() ? "cmd" : "sh";
  const { commands, opaque } = splitCommandLine((input as BashInput).command, dialect);
  return { subjects: commands, opaque };
}

/** Runs a command line. */
export async function runBash(
  workspace: Workspace,
  input: BashInput,
  context: ToolContext,
): Promise<ToolOutput> {
  const started = Date.now();
  const cwd = await directoryOf(workspace, input.cwd ?? ".");
  if (input.command.includes("\0")) throw new ToolFault("The command holds a NUL character");
  if (new TextEncoder().encode(input.command).length > MAX_COMMAND) {
    throw new ToolFault(
      `The command is longer than ${MAX_COMMAND} bytes; \`write\` it to a file and run that`,
    );
  }
  const { traceparent } = context;
  const env = safeEnvironment(host().env.toObject(), {
    ...traceparent && { TRACEPARENT: traceparent },
    ...workspace.env,
  });
  const { child, tree } = await workspace.commands.start((ownership) =>
    start(workspace, input.command, cwd, env, ownership)
  );
  const output = new HeadTail(workspace.maxOutput);
  let lastProgress = Date.now();
  const take = (chunk: Uint8Array) => {
    output.push(chunk);
    if (Date.now() - lastProgress < 2000) return;
    lastProgress = Date.now();
    context.progress(`${output.total} bytes of output`);
  };
  const pipes = [drain(child.stdout!, take), drain(child.stderr!, take)];
  const ended = Promise.all([child.status, Promise.all(pipes.map((pipe) => pipe.done))]);

  const seconds = input.timeout ?? workspace.timeout / 1000;
  const verdict = await race(child.status, seconds * 1000, context.signal);
  if (verdict !== "ended") await tree.kill();
  // Background processes hold the pipes open; they don't hold the answer.
  await atMost(ended, AFTER_END);
  const held = pipes.some((pipe) => !pipe.ended());
  await Promise.all(pipes.map((pipe) => pipe.stop()));
  const status = await child.status;
  const background = verdict === "ended" && (held || tree.groupAlive());
  if (background) workspace.commands.leave(tree);

  const metadata = {
    exitCode: verdict === "ended" && status.signal === null ? status.code : null,
    signal: status.signal,
    bytes: output.total,
    truncated: output.dropped > 0,
    background,
    durationMs: Date.now() - started,
  };
  const body = output.text();
  const note = outcome(verdict, status, seconds);
  const content = [body === "" && note === "" ? "(no output)" : body, note].filter((part) =>
    part !== ""
  )
    .join(body === "" || body.endsWith("\n") ? "" : "\n");
  if (verdict === "timeout") throw new ToolFault(content, { status: "timeout", metadata });
  if (verdict === "aborted") throw new ToolFault(content, { status: "aborted", metadata });
  return { content, metadata, isError: status.signal !== null };
}

async function directoryOf(workspace: Workspace, cwd: string): Promise<string> {
  const { real, shown, exists } = await workspace.sandbox.resolve(cwd);
  if (!exists) throw new ToolFault(`The directory ${shown} does not exist`);
  if (!(await host().files.stat(real)).isDirectory) {
    throw new ToolFault(`${shown} is not a directory`);
  }
  return real;
}

function outcome(verdict: Verdict, status: ExitStatus, seconds: number): string {
  if (verdict === "timeout") {
    return `[timed out after ${seconds} s; the command and the processes it started were killed]`;
  }
  if (verdict === "aborted") {
    return "[aborted; the command and the processes it started were killed]";
  }
  if (status.signal !== null) return `[ended by ${status.signal}]`;
  return status.code === 0 ? "" : `[exit code ${status.code}]`;
}

type Verdict = "ended" | "timeout" | "aborted";

function race(status: Promise<ExitStatus>, ms: number, signal: AbortSignal): Promise<Verdict> {
  return new Promise((resolve) => {
    const finish = (verdict: Verdict) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", onAbort);
      resolve(verdict);
    };
    const onAbort = () => finish("aborted");
    const timer = setTimeout(() => finish("timeout"), Math.min(ms, MAX_SECONDS * 1000));
    if (signal.aborted) return finish("aborted");
    signal.addEventListener("abort", onAbort, { once: true });
    status.then(() => finish("ended"));
  });
}

function atMost(promise: Promise<unknown>, ms: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

/** Starts the shell; standard error joins standard output in the shell, so that the order stays. */
async function start(
  workspace: Workspace,
  command: string,
  cwd: string,
  env: Record<string, string>,
  ownership: Ownership,
): Promise<Child> {
  const { residentSet } = ownership;
  const limit = residentSet === undefined ? "" : `ulimit -m ${residentSet} 2>/dev/null; `;
  const { args, program } = await shell(workspace, command, limit);
  try {
    return await host().spawn(program, {
      args,
      cwd,
      env: { ...env, ...ownership.env },
      clearEnv: true,
      stdin: "null",
      detached: host().platform.os !== "windows",
    });
  } catch (error) {
    const missing = host().failureKind(error) === "flag_missing";
    throw missing
      ? new ToolFault("This program may not start others: run it with --allow-run")
      : error;
  }
}

async function shell(
  workspace: Workspace,
  command: string,
  limit: string,
): Promise<{ program: string; args: string[] }> {
  const { env, platform } = host();
  const root = await workspace.sandbox.root();
  // A second shell in the same process has the command to itself: errors show nothing but that.
  const started = (program: string) => ({
    program,
    args: ["-c", `${limit}exec "$0" -c "$1" 2>&1`, program, command],
  });
  if (platform.os === "windows") {
    const git = await gitBash();
    if (git) return started(git);
    const cmd = env.get("ComSpec") ?? "C:\\Windows\\System32\\cmd.exe";
    return { program: cmd, args: ["/d", "/s", "/c", command] };
  }
  shellPath ??= await findShell(root);
  return started(shellPath);
}

/** The shell that comes with Git for Windows, where it is there. */
async function gitBash(): Promise<string | undefined> {
  const { env, files } = host();
  const path = join(env.get("ProgramFiles") ?? "C:\\Program Files", "Git", "bin", "bash.exe");
  return await files.exists(path) ? path : undefined;
}

async function findShell(root: string): Promise<string> {
  try {
    if (await host().files.exists("/bin/bash")) return "/bin/bash";
  } catch {
    return "/bin/bash"; // no permission to look; the start will tell
  }
  return await findProgram("bash", root) ?? "/bin/sh";
}

let shellPath: string | undefined;
