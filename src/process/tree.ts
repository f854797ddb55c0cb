/**
 * Ending a command with everything that it started.
 *
 * A command runs in a process group of its own, and carries a mark in its environment. On Linux every
 * process that carries the mark is found in `/proc`, also one that left the group and lost its
 * parent. On macOS and others the group and the descendants are found with `ps`, on Windows
 * `taskkill /T` does it.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { Child } from "../runtime/port.ts";
import { sleep } from "../async/abort.ts";
import { startWatchdog, type Watchdog } from "./command_watchdog.ts";

/** The variable that marks a command's processes. */
export const MARK = "OPENCODE_TOOL_CALL";

/** How long a command may take to end by itself once it was asked to, in milliseconds. */
const GRACE = 250;

/** How long a command runs before it is worth a watchdog, in milliseconds. */
const WATCH_AFTER = 200;

/** One command's processes. */
export class ProcessTree {
  #mark: string;
  #pid: number;
  #forget: () => void;
  #watchdog: Promise<Watchdog | undefined> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /**
   * @param child Started with `detached`.
   * @param mark The value of {@linkcode MARK} in its environment; no other command has it.
   */
  constructor(child: Child, mark: string) {
    this.#pid = child.pid;
    this.#mark = mark;
    // When this process ends first, its commands end too.
    this.#forget = host().platform.onExit(() => this.killNow());
    this.#timer = setTimeout(() => this.watch(), WATCH_AFTER);
  }

  /** Has the processes ended also where this process is killed. */
  watch(): void {
    clearTimeout(this.#timer);
    this.#watchdog ??= startWatchdog(`${MARK}=${this.#mark}`, this.#pid);
  }

  /** Whether any process of its group runs; cheap, and blind to those that left the group. */
  groupAlive(): boolean {
    const { platform } = host();
    try {
      return platform.os !== "windows" && platform.isAlive(-this.#pid);
    } catch {
      return true; // nobody may ask: then it is taken for alive, and ended at the end
    }
  }

  /** Whether any of its processes runs. */
  async alive(): Promise<boolean> {
    return (await this.#members()).length > 0;
  }

  /** Asks all to end, waits a little, then ends them. Resolves when none is left. */
  async kill(): Promise<void> {
    const { platform } = host();
    if (platform.os === "windows") {
      await this.#taskkill();
      return await this.release();
    }
    await this.#signal("SIGTERM", await this.#members());
    const bound = Date.now() + GRACE;
    while (Date.now() < bound && await this.alive()) await sleep(20);
    // A process may start another between the look and the kill: look until none is there.
    for (let round = 0; round < 20; round++) {
      const members = await this.#members();
      if (members.length === 0 && round > 0) break;
      await this.#signal("SIGKILL", members);
      await sleep(round < 3 ? 5 : 25);
    }
    await this.release();
  }

  /** The same at once and without waiting, for the end of this process. */
  killNow(): void {
    const { platform } = host();
    try {
      if (platform.os === "windows") return void platform.kill(this.#pid, "SIGKILL");
      const marked = platform.os === "linux" ? this.#marked() : undefined;
      for (const pid of marked ?? [-this.#pid]) platform.kill(pid, "SIGKILL");
    } catch { /* for want of a permission: what could be done was done */ }
  }

  /** Nothing of it is left, or it is no longer this process's business. Idempotent. */
  async release(): Promise<void> {
    clearTimeout(this.#timer);
    this.#forget();
    const watchdog = this.#watchdog;
    this.#watchdog = undefined;
    await (await watchdog)?.end();
  }

  async #signal(signal: "SIGTERM" | "SIGKILL", members: readonly number[]): Promise<void> {
    const { platform } = host();
    // The group only while something of ours is in it: an id that is free may be another's next.
    const targets = members.includes(this.#pid) ? [-this.#pid, ...members] : members;
    try {
      for (const pid of targets) platform.kill(pid, signal);
    } catch {
      // Deno signals only its own children where it may not run everything; a shell has no such rule.
      const script = 'signal=$1; shift; for one; do kill -s "$signal" -- "$one"; done';
      await output("/bin/sh", ["-c", script, "sh", signal.slice(3), ...targets.map(String)]);
    }
  }

  async #members(): Promise<number[]> {
    const { os } = host().platform;
    if (os === "linux") return this.#marked() ?? await this.#markedByGrep();
    if (os === "windows") return host().platform.isAlive(this.#pid) ? [this.#pid] : [];
    return await this.#fromPs();
  }

  /**
   * Linux: the processes that carry the mark (zombies have no environment left); `undefined` where
   * `/proc` is closed to this program, as it is on Deno without `--allow-all`.
   */
  #marked(): number[] | undefined {
    const { files } = host();
    const found: number[] = [];
    const mark = `${MARK}=${this.#mark}`;
    try {
      for (const entry of files.readDirSync("/proc")) {
        if (!/^\d+$/.test(entry.name)) continue;
        try {
          const bytes = files.readBytesSync(`/proc/${entry.name}/environ`);
          if (LATIN1.decode(bytes).includes(mark)) found.push(Number(entry.name));
        } catch { /* gone, or another user's */ }
      }
    } catch {
      return undefined;
    }
    return found;
  }

  async #markedByGrep(): Promise<number[]> {
    const script = 'grep -lsF -e "$1" /proc/[0-9]*/environ';
    const text = await output("/bin/sh", ["-c", script, "sh", `${MARK}=${this.#mark}`]);
    return [...text.matchAll(/\/proc\/(\d+)\//g)].map((match) => Number(match[1]));
  }

  /** Elsewhere: the group, and whoever descends from it. */
  async #fromPs(): Promise<number[]> {
    const rows = (await output("ps", ["-axo", "pid=,ppid=,pgid=,stat="])).trim().split("\n")
      .map((line) => line.trim().split(/\s+/))
      .filter((row) => !row[3]?.startsWith("Z"))
      .map((row) => row.slice(0, 3).map(Number) as [number, number, number]);
    const found = new Set<number>();
    for (let grew = true; grew;) {
      grew = false;
      for (const [pid, parent, group] of rows) {
        if (found.has(pid) || !(pid === this.#pid || group === this.#pid || found.has(parent))) {
          continue;
        }
        found.add(pid);
        grew = true;
      }
    }
    return [...found];
  }

  async #taskkill(): Promise<void> {
    await output("taskkill", ["/PID", String(this.#pid), "/T", "/F"]);
  }
}

const LATIN1 = new TextDecoder("latin1");

async function output(command: string, args: string[]): Promise<string> {
  try {
    const child = await host().spawn(command, { args, stderr: "null" });
    const text = await new Response(child.stdout).text();
    await child.status;
    return text;
  } catch {
    return "";
  }
}
