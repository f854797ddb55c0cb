/**
 * What ends a command when this process ends without doing so: by a crash, by Ctrl-C, by SIGKILL.
 *
 * It is a small `sh` in a group of its own, at the end of a pipe that this process alone holds; the
 * system closes the pipe however the process ends. So no signal handler is installed. There is none
 * on Windows.
 *
 * @module
 */
import { host } from "../runtime/host.ts";

/** Waits for `bye`; where the pipe ends without it, the group goes and all that carry the mark. */
const SCRIPT = `
trap '' HUP INT QUIT TERM
if read -r word && [ "$word" = bye ]; then exit 0; fi
kill -s KILL -- "-$2" 2>/dev/null
for _ in 1 2 3 4 5; do
  left=$(grep -lsF -e "$1" /proc/[0-9]*/environ 2>/dev/null | cut -d / -f 3)
  [ -n "$left" ] || break
  kill -s KILL $left 2>/dev/null
done
`;

/** A watchdog over one command. */
export interface Watchdog {
  /** Calls it off, and resolves when it is gone. */
  end(): Promise<void>;
}

/**
 * Starts a watchdog.
 *
 * @param mark A text in the environment of all that belongs to the command.
 * @param group The command's process group.
 */
export async function startWatchdog(mark: string, group: number): Promise<Watchdog | undefined> {
  if (host().platform.os === "windows") return undefined;
  try {
    const child = await host().spawn("/bin/sh", {
      args: ["-c", SCRIPT, "sh", mark, String(group)],
      cwd: "/",
      stdin: "piped",
      stdout: "null",
      stderr: "null",
      detached: true,
    });
    // It must not keep a program going that forgot to close its executor.
    child.unref();
    return {
      async end() {
        child.ref();
        const writer = child.stdin!.getWriter();
        try {
          await writer.write(new TextEncoder().encode("bye\n"));
          await writer.close();
        } catch { /* it is gone already */ }
        await child.status;
      },
    };
  } catch {
    return undefined; // no /bin/sh, or no permission to run it
  }
}
