/**
 * What ends a server when this process ends without doing so: by a crash, by `exit`, by Ctrl-C, by
 * SIGTERM, by SIGKILL.
 *
 * A small `sh` child in a group of its own waits at the end of a pipe that this process alone holds.
 * The system closes the pipe however the process ends. So no signal handler is installed, and Ctrl-C
 * keeps its meaning. It can't help where the whole machine, or a container, ends with the process
 * (nothing is left there), and on Windows there is none: see `registry_of_servers`.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { Child } from "../runtime/port.ts";
import { MARK } from "./descendants.ts";

/** Words on the pipe are `watch <pid>`, `home <directory>` and `bye`. */
const SCRIPT = `
trap '' HUP INT QUIT TERM
mark=$1 pid= home=
while IFS=' ' read -r word value; do
  case $word in
    watch) pid=$value ;;
    home) home=$value ;;
    bye) exit 0 ;;
  esac
done
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
slay() {
  for one in "$@"; do kill -s KILL -- "$one" 2>/dev/null; done
}
if [ -n "$pid" ]; then
  all=$(family "$pid")
  kill -s TERM "$pid" 2>/dev/null
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    kill -s 0 "$pid" 2>/dev/null || break
    sleep 0.1 2>/dev/null || sleep 1
  done
  slay "$pid" "-$pid" $all
fi
slay $(marked)
case $home in */opencode-home-*) rm -rf -- "$home" ;; esac
`;

/** A watchdog at its post. */
export interface Watchdog {
  /** Names the server's process. */
  watch(pid: number): Promise<void>;
  /** Names a directory of `createIsolatedHome` to remove with it. */
  home(directory: string): Promise<void>;
  /** Sends it home: the server was stopped in the proper way. */
  dismiss(): Promise<void>;
  /** Lets this process end. */
  unref(): void;
}

/** Posts a watchdog; `undefined` where there is no `sh` (Windows, images without a shell). */
export async function postWatchdog(mark: string): Promise<Watchdog | undefined> {
  const { platform, spawn, failureKind } = host();
  if (platform.os === "windows") return undefined;
  let child: Child;
  try {
    child = await spawn("/bin/sh", {
      args: ["-c", SCRIPT, "opencode-watchdog", mark],
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      detached: true,
    });
  } catch (error) {
    if (failureKind(error) === "flag_missing") throw error;
    return undefined;
  }
  const pipe = child.stdin!.getWriter();
  pipe.closed.catch(() => {});
  const say = async (words: string) => {
    try {
      await pipe.write(new TextEncoder().encode(`${words}\n`));
    } catch { /* somebody killed it */ }
  };
  return {
    watch: (pid) => say(`watch ${pid}`),
    home: (directory) => say(`home ${directory}`),
    async dismiss() {
      child.ref();
      await say("bye");
      await pipe.close().catch(() => {});
      await child.status;
    },
    unref: () => child.unref(),
  };
}
