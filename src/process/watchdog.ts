/**
 * What ends a server when this process ends without doing so: by a crash, by `exit`, by Ctrl-C, by
 * SIGTERM, by SIGKILL. It also finds and ends what the server started: the server's shell tool runs
 * each command in a group of its own, and such a command outlives the server (1.18.33). And it ends
 * a kept server that nobody has used for long.
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
import { isBound } from "../async/timer.ts";
import { host } from "../runtime/host.ts";
import type { Child } from "../runtime/port.ts";
import { capture } from "./run.ts";
import { drainLines } from "./logs.ts";
import { settlesWithin } from "./within.ts";

/** The variable that holds the owner's id, in the environment of a server and all that it starts. */
export const OWNER = "OPENCODE_TS_SERVER";

/** The variable that holds the path of the state file, in the environment of a kept server. */
export const STATE = "OPENCODE_TS_STATE";

/** How the owner's id of a server begins that is to outlive its parent; the parent's id follows. */
export const KEPT = "kept-";

const SHELL = "/bin/sh";

/**
 * Words on the pipe: `watch <pid>`, `home <directory>`, `note` (remember what the server started),
 * `sweep` (kill that, what carries the owner's id, and the server's group), `keep <seconds>` (from
 * now on the server outlives the pipe), `bye`. A word that asks for something is answered with a
 * line. The end of the pipe without `bye` stops the server.
 *
 * After `keep` the end of the pipe stops nothing yet. Where a state file was given, the script then
 * stops the server once its directory is gone, once the state file does not name the owner's id, or
 * once that has not changed for so many seconds while no call held its lock; 0 seconds is never.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
owner=$1 state=$2 directory=$3 pid= home= all= kept= idle=0
children() {
  if [ -r "/proc/$1/task/$1/children" ]; then cat /proc/"$1"/task/*/children
  else ps -A -o pid= -o ppid= | while read -r child parent; do
      if [ "$parent" = "$1" ]; then echo "$child"; fi
    done
  fi 2>/dev/null
}
descendants() {
  for one in $(children "$1"); do echo "$one"; descendants "$one"; done
}
owned() {
  grep -lF "${OWNER}=$owner" /proc/[0-9]*/environ 2>/dev/null |
    while IFS=/ read -r _ _ one _; do echo "$one"; done
}
alive() {
  kill -s 0 "$1" 2>/dev/null && ! grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null
}
kill_all() {
  for one in "$@"; do kill -s KILL -- "$one" 2>/dev/null; done
}
sweep() {
  if [ -n "$pid" ]; then kill_all "-$pid" $all; fi
  if [ -n "$owner" ]; then
    # on a busy machine, what was killed takes a moment to end
    for round in 1 2 3 4 5 6 7 8; do
      left=$(owned)
      [ -n "$left" ] || break
      kill_all $left
      if [ "$round" -gt 1 ]; then sleep 0.1 2>/dev/null || sleep 1; fi
    done
  fi
}
in_use() {
  holder=
  read -r holder _ 2>/dev/null <"$state.lock"
  [ -n "$holder" ] && kill -s 0 "$holder" 2>/dev/null
}
wait_until_unused() {
  unchanged=0 last= tick=2
  if [ "$idle" -gt 0 ] && [ "$idle" -lt 8 ]; then tick=1; fi
  while alive "$pid"; do
    [ -d "$directory" ] || return 0
    now=
    read -r now 2>/dev/null <"$state"
    case $now in *"$owner"*) ;; *) return 0 ;; esac
    if [ "$now" != "$last" ] || in_use; then last=$now unchanged=0
    elif [ "$idle" -gt 0 ] && [ "$unchanged" -ge "$idle" ]; then return 0
    fi
    sleep "$tick"
    unchanged=$((unchanged + tick))
  done
  return 1
}
while IFS=' ' read -r word value; do
  case $word in
    watch) pid=$value all= ;;
    home) home=$value ;;
    note) all=$(descendants "$pid"); echo noted ;;
    sweep) sweep; pid=; echo swept ;;
    keep) kept=1 idle=$value; echo kept ;;
    bye) exit 0 ;;
  esac
done
forget=
if [ -n "$kept" ]; then
  [ -n "$state" ] && [ -n "$pid" ] || exit 0
  wait_until_unused && forget=1
fi
if [ -n "$pid" ]; then
  all="$all $(descendants "$pid")"
  for signal in TERM TERM KILL; do
    kill -s $signal "$pid" 2>/dev/null || break
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      alive "$pid" || break 2
      sleep 0.1 2>/dev/null || sleep 1
    done
  done
fi
sweep
if [ -n "$forget" ] && grep -qF "$owner" "$state" 2>/dev/null; then
  rm -f -- "$state" "$state.log" "$state.lock"
fi
case $home in */opencode-home-*) rm -rf -- "$home" ;; esac
`;

/** How long an answer may take, in milliseconds. */
const ANSWER_BOUND = 2000;

/** How long the script has to stop a server, in milliseconds: 3 s for signals, and a busy machine. */
const STOP_BOUND = 8000;

/** What {@linkcode Watchdog.start} takes beside the owner's id. */
export interface WatchdogOptions {
  /** For a server that is kept: the file that remembers it. */
  state?: string | undefined;
  /** For a server that is kept: the directory without which it ends. */
  directory?: string | undefined;
}

/** A watchdog that runs. */
export class Watchdog {
  #child: Child;
  #pipe: WritableStreamDefaultWriter<Uint8Array>;
  #answers = new Map<string, () => void>();

  private constructor(child: Child) {
    this.#child = child;
    this.#pipe = child.stdin!.getWriter();
    this.#pipe.closed.catch(() => {});
    drainLines(child.stdout!, (line) => this.#answers.get(line)?.());
  }

  /** Starts one; `undefined` where there is no `sh` (Windows, images without a shell). */
  static async start(
    ownerId: string,
    { state = "", directory = "" }: WatchdogOptions = {},
  ): Promise<Watchdog | undefined> {
    const { platform, spawn, failureKind } = host();
    if (platform.os === "windows") return undefined;
    try {
      return new Watchdog(
        await spawn(SHELL, {
          args: ["-c", SCRIPT, "opencode-watchdog", ownerId, state, directory],
          // the script belongs to no server, also where this process runs in one
          env: { [OWNER]: "" },
          cwd: "/",
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
    return this.#send(`watch ${pid}`);
  }

  /** Names a directory of `createIsolatedHome` to remove with it. */
  home(directory: string): Promise<void> {
    return this.#send(`home ${directory}`);
  }

  /** Remembers what the server started: once it has ended, they are nobody's children. */
  note(): Promise<void> {
    return this.#ask("note", "noted");
  }

  /** Kills what the server started. */
  sweep(): Promise<void> {
    return this.#ask("sweep", "swept");
  }

  /**
   * Lets the server outlive this process.
   *
   * @param idle Milliseconds without use after which it is stopped; 0 is never.
   */
  keep(idle: number): Promise<void> {
    const seconds = isBound(idle) ? Math.max(1, Math.round(idle / 1000)) : 0;
    return this.#ask(`keep ${seconds}`, "kept");
  }

  /** Ends it, since there is nothing left to do. */
  async dismiss(): Promise<void> {
    this.#child.ref();
    await this.#send("bye");
    await this.stopServer();
  }

  /** Has it do what it does when this process ends, and waits until that is done. */
  async stopServer(): Promise<void> {
    this.#child.ref();
    await this.#pipe.close().catch(() => {});
    if (!await settlesWithin(this.#child.status, STOP_BOUND)) this.#child.kill("SIGKILL");
  }

  /** Lets this process end. */
  unref(): void {
    this.#child.unref();
  }

  async #send(words: string): Promise<void> {
    try {
      await this.#pipe.write(new TextEncoder().encode(`${words}\n`));
    } catch { /* somebody killed it */ }
  }

  async #ask(words: string, answer: string): Promise<void> {
    const answered = new Promise<void>((resolve) => this.#answers.set(answer, resolve));
    await this.#send(words);
    await settlesWithin(Promise.race([answered, this.#child.status]), ANSWER_BOUND);
  }
}

/** Asks whether a process runs (and does not only wait to be noted by its parent). */
const RUNS = `kill -s 0 "$1" 2>/dev/null || exit 1
if grep -q '^State:[[:space:]]*[ZX]' "/proc/$1/status" 2>/dev/null; then exit 1; fi
if [ -n "$2" ] && [ -r "/proc/$1/environ" ]; then
  grep -qF "${OWNER}=$2" "/proc/$1/environ" && exit 0
  exit 1
fi
exit 2`;

/**
 * What can be seen of a process that is not this one's child: `"gone"`, `"owned"` where it carries
 * the owner's id, `"runs"` where that can't be seen.
 */
export async function lookAt(pid: number, ownerId = ""): Promise<"gone" | "owned" | "runs"> {
  const { platform } = host();
  if (platform.os === "windows") return platform.isAlive(pid) ? "runs" : "gone";
  const { status } = await capture(SHELL, {
    args: ["-c", RUNS, "opencode-look", String(pid), ownerId],
    timeout: 5000,
  });
  return ({ 0: "owned", 2: "runs" } as const)[status.code] ?? "gone";
}
