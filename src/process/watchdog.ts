/**
 * What ends a server when this process ends without doing so: by a crash, by `exit`, by Ctrl-C, by
 * SIGTERM, by SIGKILL. It also finds and ends what the server started: the server's shell tool runs
 * each command in a group of its own, and such a command outlives the server (1.18.33).
 *
 * It is a small `sh` child in a group of its own, at the end of a pipe that this process alone
 * holds; the system closes the pipe however the process ends. So no signal handler is installed, and
 * Ctrl-C keeps its meaning. A shell it is, since Deno lets a program without full permissions
 * neither read `/proc` nor signal a process that is not its child.
 *
 * There is none on Windows (see `records.ts`); and it need not help where a container ends with the
 * process.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { Child } from "../runtime/port.ts";
import { capture } from "./run.ts";
import { LineSplitter } from "./logs.ts";
import { settlesWithin } from "./within.ts";

/** The variable that marks a server and all that it starts. */
export const MARK = "OPENCODE_TS_SERVER";

/** How the mark of a server begins that is to outlive its parent. */
export const KEPT = "kept-";

const SHELL = "/bin/sh";

/**
 * Words on the pipe: `watch <pid>`, `home <directory>`, `note` (remember what the server started),
 * `sweep` (end that, what carries the mark, and the server's group), `bye`. A word that asks for
 * something is answered with a line. The end of the pipe without `bye` starts the stop ladder.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
mark=$1 pid= home= all=
children() {
  if [ -r "/proc/$1/task/$1/children" ]; then cat /proc/"$1"/task/*/children
  else ps -A -o pid= -o ppid= | while read -r child parent; do
      if [ "$parent" = "$1" ]; then echo "$child"; fi
    done
  fi 2>/dev/null
}
family() {
  for one in $(children "$1"); do echo "$one"; family "$one"; done
}
marked() {
  grep -lF "${MARK}=$mark" /proc/[0-9]*/environ 2>/dev/null |
    while IFS=/ read -r _ _ one _; do echo "$one"; done
}
alive() {
  kill -s 0 "$1" 2>/dev/null && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null
}
slay() {
  for one in "$@"; do kill -s KILL -- "$one" 2>/dev/null; done
}
sweep() {
  if [ -n "$pid" ]; then slay "-$pid" $all; fi
  if [ -n "$mark" ]; then
    for _ in 1 2 3; do
      left=$(marked)
      [ -n "$left" ] || break
      slay $left
    done
  fi
}
while IFS=' ' read -r word value; do
  case $word in
    watch) pid=$value ;;
    home) home=$value ;;
    note) all=$(family "$pid"); echo noted ;;
    sweep) sweep; echo swept ;;
    bye) exit 0 ;;
  esac
done
if [ -n "$pid" ]; then
  all="$all $(family "$pid")"
  for signal in TERM TERM KILL; do
    kill -s $signal "$pid" 2>/dev/null || break
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      alive "$pid" || break 2
      sleep 0.1 2>/dev/null || sleep 1
    done
  done
fi
sweep
case $home in */opencode-home-*) rm -rf -- "$home" ;; esac
`;

/** How long an answer may take, in milliseconds. */
const ANSWER_BOUND = 2000;

/** A watchdog at its post. */
export class Watchdog {
  #child: Child;
  #pipe: WritableStreamDefaultWriter<Uint8Array>;
  #answers = new Map<string, () => void>();

  private constructor(child: Child) {
    this.#child = child;
    this.#pipe = child.stdin!.getWriter();
    this.#pipe.closed.catch(() => {});
    void this.#listen(child.stdout!);
  }

  /** Posts one; `undefined` where there is no `sh` (Windows, images without a shell). */
  static async post(mark: string): Promise<Watchdog | undefined> {
    const { platform, spawn, failureKind } = host();
    if (platform.os === "windows") return undefined;
    try {
      return new Watchdog(
        await spawn(SHELL, {
          args: ["-c", SCRIPT, "opencode-watchdog", mark],
          stdin: "piped",
          stderr: "null",
          detached: true,
        }),
      );
    } catch (error) {
      if (failureKind(error) === "flag_missing") throw error;
      return undefined;
    }
  }

  /** Names the server's process. */
  watch(pid: number): Promise<void> {
    return this.#say(`watch ${pid}`);
  }

  /** Names a directory of `createIsolatedHome` to remove with it. */
  home(directory: string): Promise<void> {
    return this.#say(`home ${directory}`);
  }

  /** Remembers what the server started: once it has ended, they are nobody's children. */
  note(): Promise<void> {
    return this.#ask("note", "noted");
  }

  /** Ends what the server started. */
  sweep(): Promise<void> {
    return this.#ask("sweep", "swept");
  }

  /** Sends it home: all is done in the proper way. */
  async dismiss(): Promise<void> {
    this.#child.ref();
    await this.#say("bye");
    await this.unleash();
  }

  /** Lets it do what it does when this process ends, and waits until that is done. */
  async unleash(): Promise<void> {
    this.#child.ref();
    await this.#pipe.close().catch(() => {});
    await this.#child.status;
  }

  /** Lets this process end. */
  unref(): void {
    this.#child.unref();
  }

  async #say(words: string): Promise<void> {
    try {
      await this.#pipe.write(new TextEncoder().encode(`${words}\n`));
    } catch { /* somebody killed it */ }
  }

  async #ask(word: string, answer: string): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#answers.set(answer, resolve));
    await this.#say(word);
    await settlesWithin(Promise.race([answered, this.#child.status]), ANSWER_BOUND);
  }

  async #listen(stdout: ReadableStream<Uint8Array>): Promise<void> {
    const splitter = new LineSplitter((line) => this.#answers.get(line)?.());
    const reader = stream(stdout);
    for (let chunk = await reader(); chunk !== undefined; chunk = await reader()) {
      splitter.feed(chunk);
    }
  }
}

function stream(source: ReadableStream<Uint8Array>): () => Promise<Uint8Array | undefined> {
  const reader = source.getReader();
  return async () => {
    try {
      return (await reader.read()).value;
    } catch {
      return undefined;
    }
  };
}

/** Asks whether a process runs (and does not only wait to be noted by its parent). */
const RUNS = `kill -s 0 "$1" 2>/dev/null || exit 1
if grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null; then exit 1; fi
if [ -n "$2" ] && [ -r "/proc/$1/environ" ]; then
  grep -qF "${MARK}=$2" "/proc/$1/environ" && exit 0
  exit 1
fi
exit 2`;

/**
 * What can be seen of a process that is not this one's child: `"gone"`, `"marked"` where it carries
 * the mark, `"runs"` where that can't be seen.
 */
export async function lookAt(pid: number, mark = ""): Promise<"gone" | "marked" | "runs"> {
  const { platform } = host();
  if (platform.os === "windows") return platform.isAlive(pid) ? "runs" : "gone";
  const { status } = await capture(SHELL, {
    args: ["-c", RUNS, "opencode-look", String(pid), mark],
    timeout: 5000,
  });
  return ({ 0: "marked", 2: "runs" } as const)[status.code] ?? "gone";
}
