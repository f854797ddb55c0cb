/**
 * Finding and ending the processes of commands, and doing so when this process ends first: by a
 * crash, by Ctrl-C, by SIGKILL.
 *
 * Both are the work of one small `sh` script. As a watchdog it runs in a group of its own, at the end
 * of a pipe that this process alone holds; the system closes the pipe however the process ends. So no
 * signal handler is installed. A shell does it, since Deno lets a program without full permissions
 * neither read `/proc` nor signal what is no child of its own. There is none on Windows.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { Child } from "../runtime/port.ts";
import { settlesWithin } from "./within.ts";

/** The variable that names a command's owner in the environment of its processes. */
export const OWNER = "OPENCODE_TOOL_CALL";

/**
 * Arguments: `watch` or `end`, the owners (decimal digits with which an owner's number begins), the
 * groups whose leaders are children of this process still, and other groups; lists hold blanks.
 *
 * A process belongs to a command that has its owner's number in the environment or as a limit (Linux,
 * see `tree.ts`), is in its group, or descends from one that belongs to it; and it goes on doing so
 * after its parent ended. Before they are killed all are stopped, until a look finds no new one: so
 * none can start another in between.
 */
const SCRIPT = `
trap '' HUP INT QUIT TERM
verb=$1 owners=" $2 " leaders=" $3 " groups=" $4 " found=" " live=
table() {
  if [ -r /proc/self/stat ]; then
    for file in /proc/[0-9]*/stat; do
      line=
      { while read -r part || [ -n "$part" ]; do line="$line $part"; done < "$file"; } 2>/dev/null
      pid=\${file#/proc/} pid=\${pid%/stat}
      set -f -- \${line##*) }
      set +f
      case $1 in Z | X | '') continue ;; esac
      echo "$pid $2 $3 \${20}"
    done
  else
    ps -axo pid=,ppid=,pgid=,stat= | while read -r pid parent group state; do
      case $state in Z*) ;; *) echo "$pid $parent $group 0" ;; esac
    done
  fi
}
add() {
  live="$live$1 "
  case $found in *" $1:$2 "*) ;; *) found="$found$1:$2 " ;; esac
}
look() {
  live=" " all=" "
  rows=$(table)
  any= owned=" "
  for one in $owners; do any="$any|$one"; done
  if [ -n "$any" ]; then
    any="(\${any#|})"
    owned=" $(grep -lsE -e "${OWNER}=$any" -e "^Max resident set +[0-9]+ +$any" \\
      /proc/[0-9]*/environ /proc/[0-9]*/limits 2>/dev/null | tr '\\n' ' ')"
  fi
  set -- $rows
  while [ $# -gt 0 ]; do all="$all$1 "; shift 4; done
  set -- $rows
  while [ $# -gt 0 ]; do
    if belongs "$1" "$3" "$4"; then add "$1" "$4"; fi
    shift 4
  done
  last=
  while [ "$last" != "$live" ]; do
    last=$live
    set -- $rows
    while [ $# -gt 0 ]; do
      case $live in
        *" $1 "*) ;;
        *" $2 "*) add "$1" "$4" ;;
      esac
      shift 4
    done
  done
}
belongs() {
  [ "$1" != $$ ] || return 1
  case $found in *" $1:$3 "*) return 0 ;; esac
  case $owned in *" /proc/$1/"*) return 0 ;; esac
  case $leaders in *" $1 "* | *" $2 "*) return 0 ;; esac
  case $groups in *" $2 "*) ;; *) return 1 ;; esac
  # A group without its leader is the command's, unless its number has got to another process.
  case $all in *" $2 "*) return 1 ;; esac
}
send() {
  for one in $leaders; do kill -s "$1" -- "-$one"; done
  for one in $live; do kill -s "$1" -- "$one"; done
} 2>/dev/null
pause() { sleep 0.04 2>/dev/null || sleep 1; }
end() {
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    for _ in 1 2 3 4 5 6 7 8 9 10; do
      before=$found
      look
      send STOP
      [ "$before" != "$found" ] || break
    done
    [ "$live" != " " ] || return 0
    send KILL
    pause
  done
}
if [ "$verb" = end ]; then
  look
  send TERM
  send CONT
  for _ in 1 2 3 4 5; do
    [ "$live" != " " ] || exit 0
    pause
    look
  done
  end
  exit 0
fi
without() { case $1 in *" $2 "*) echo "\${1%% $2 *} \${1#* $2 }" ;; *) echo "$1" ;; esac; }
while read -r word id; do
  case $word in
    bye) exit 0 ;;
    owner) owners="$owners$id " ;;
    disowned) owners=$(without "$owners" "$id") ;;
    started) leaders="$leaders$id " ;;
    left) leaders=$(without "$leaders" "$id") groups="$groups$id " ;;
    gone) leaders=$(without "$leaders" "$id") groups=$(without "$groups" "$id") ;;
  esac
done
end
`;

/** How long the script may take to end processes, in milliseconds. */
const BOUND = 10_000;

/** Which processes to end. */
export interface Commands {
  /** Digits with which the number of the owner begins. */
  readonly owner: string;
  /** Process groups whose leaders have not been waited for: their numbers can't be another's. */
  readonly leaders: readonly number[];
  /** Process groups whose leaders have ended. */
  readonly groups: readonly number[];
}

/** Asks processes to end, waits a little, then kills them; `false` where there is no `sh` to do it. */
export async function endCommands({ owner, leaders, groups }: Commands): Promise<boolean> {
  try {
    const child = await sh(["end", owner, leaders.join(" "), groups.join(" ")], "null");
    if (!await settlesWithin(child.status, BOUND)) child.kill("SIGKILL");
    await child.status;
    return true;
  } catch {
    return false; // no /bin/sh, or no permission to run it
  }
}

function sh(args: readonly string[], stdin: "piped" | "null"): Promise<Child> {
  return host().spawn("/bin/sh", {
    args: ["-c", SCRIPT, "opencode-commands", ...args],
    cwd: "/",
    stdin,
    stdout: "null",
    stderr: "null",
    detached: true,
  });
}

/** One watchdog for all commands of this process, as long as an executor uses it. */
export class CommandWatchdog {
  static #shared: CommandWatchdog | undefined;
  #users = 0;
  #pipe: Promise<{ child: Child; writer: WritableStreamDefaultWriter<Uint8Array> } | undefined>;

  private constructor() {
    this.#pipe = sh(["watch", "", "", ""], "piped").then((child) => {
      child.unref(); // it must not keep a program going that forgot to close its executor
      return { child, writer: child.stdin!.getWriter() };
    }).catch(() => undefined);
  }

  /** Starts it where it does not run yet; each user calls {@linkcode release} in the end. */
  static acquire(): CommandWatchdog | undefined {
    if (host().platform.os === "windows") return undefined;
    const shared = CommandWatchdog.#shared ??= new CommandWatchdog();
    shared.#users++;
    return shared;
  }

  /**
   * Tells it of an owner that comes or goes, or of a command: it started, its leader ended and left
   * others, or all of it is gone.
   */
  async say(
    word: "owner" | "disowned" | "started" | "left" | "gone" | "bye",
    id: string | number = "",
  ): Promise<void> {
    try {
      await (await this.#pipe)?.writer.write(new TextEncoder().encode(`${word} ${id}\n`));
    } catch { /* it was killed */ }
  }

  /** Stops it when no executor uses it any more. */
  async release(): Promise<void> {
    if (--this.#users > 0) return;
    CommandWatchdog.#shared = undefined;
    const pipe = await this.#pipe;
    pipe?.child.ref();
    await this.say("bye");
    await pipe?.writer.close().catch(() => {});
    await pipe?.child.status;
  }
}
