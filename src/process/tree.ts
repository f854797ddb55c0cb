/**
 * Commands with everything that they start, and how all of it ends.
 *
 * A command runs in a process group of its own, and carries its owner's number in two places: in its
 * environment and, on Linux, as its limit of the resident set, which the kernel does not enforce but
 * hands down to every child, whatever its environment, group, session or parent. A process may only
 * lower it. What is ended: whoever has the number, the group, and what descends from one of these.
 *
 * What still escapes: a process that lowers that limit and leaves the environment, the group and its
 * parent, as a program that means to escape can; what another program starts on a command's
 * behalf (`at`, `systemd-run`, a container engine); and elsewhere than on Linux whatever leaves the
 * group and its parent. Only a container or another user holds those; and without native code this
 * program can't become the "subreaper" to which processes without a parent are handed.
 *
 * On Windows `taskkill /T` ends the descendants.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import type { Child } from "../runtime/port.ts";
import { capture } from "./run.ts";
import { CommandWatchdog, endCommands, OWNER } from "./command_watchdog.ts";

/** One command's processes. */
export class ProcessTree {
  readonly #owner: string;
  readonly #child: Child;
  readonly #watchdog: CommandWatchdog | undefined;
  /** Whether the command itself runs, or waits for this process to take note of its end. */
  #led = true;

  constructor(child: Child, owner: string, watchdog: CommandWatchdog | undefined) {
    this.#child = child;
    this.#owner = owner;
    this.#watchdog = watchdog;
    void watchdog?.say("started", child.pid);
    void child.status.then(() => {
      this.#led = false;
      return watchdog?.say(this.groupAlive() ? "left" : "gone", child.pid);
    });
  }

  /** The number of its process group. */
  get pid(): number {
    return this.#child.pid;
  }

  /** Whether any process of its group runs; cheap, and blind to those that left the group. */
  groupAlive(): boolean {
    const { platform } = host();
    try {
      return platform.os !== "windows" && platform.isAlive(-this.pid);
    } catch {
      return true; // not permitted to ask: assume that it runs, and kill it in the end
    }
  }

  /** Asks all to end, waits a little, then kills them. Resolves when none is found. */
  async kill(): Promise<void> {
    const { pid } = this;
    const [leaders, groups] = this.#led ? [[pid], []] : [[], [pid]];
    if (!await endProcesses({ owner: this.#owner, leaders, groups }) && this.#led) {
      killGroup(pid);
    }
    if (this.#led) this.#child.kill("SIGKILL"); // needs no permission where the rest of it may
    await this.#watchdog?.say("gone", pid);
  }
}

/** How a command shows whose it is. */
export interface Ownership {
  /** Variables for its environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The limit of the resident set that it must have, in KiB; `undefined` where there is none. */
  readonly residentSet: number | undefined;
}

/** The commands of one executor. */
export class CommandSet {
  /** Eleven digits that begin the number of each command. */
  readonly #owner = String(randomBelow(3.4e10 / 4) * 4 + 1e10);
  #watchdog: CommandWatchdog | undefined;
  /** Resolves when the watchdog knows the owner. */
  #known: Promise<void> | undefined;
  #count = 0;
  /** Commands that ended and left processes behind. */
  #left = new Set<ProcessTree>();

  /**
   * Starts a command.
   *
   * @param spawn Starts it with `detached`, and with what shows whose it is.
   */
  async start(
    spawn: (ownership: Ownership) => Promise<Child>,
  ): Promise<{ child: Child; tree: ProcessTree }> {
    if (!this.#watchdog) {
      this.#watchdog = CommandWatchdog.acquire();
      this.#known = this.#watchdog?.say("owner", this.#owner);
    }
    // this process may be killed as soon as the command runs
    await this.#known;
    // A limit in KiB is a number of bytes that 1024 divides: the owner's digits, and eight for the call.
    const call = ++this.#count % 97_000 * 1024;
    const number = this.#owner + String(call).padStart(8, "0");
    const child = await spawn({
      env: { [OWNER]: number },
      residentSet: host().platform.os === "linux" ? Number(BigInt(number) / 1024n) : undefined,
    });
    return { child, tree: new ProcessTree(child, number, this.#watchdog) };
  }

  /** Takes note of a command that ended and left processes, to be ended by {@linkcode close}. */
  leave(tree: ProcessTree): void {
    this.#left.add(tree);
  }

  /** Ends what commands left behind. */
  async close(): Promise<void> {
    if (this.#count === 0) return;
    this.#count = 0;
    const left = [...this.#left];
    this.#left.clear();
    await endProcesses({ owner: this.#owner, leaders: [], groups: left.map(({ pid }) => pid) });
    const watchdog = this.#watchdog;
    this.#watchdog = undefined;
    for (const { pid } of left) await watchdog?.say("gone", pid);
    await watchdog?.say("disowned", this.#owner);
    await watchdog?.release();
  }
}

async function endProcesses(commands: Parameters<typeof endCommands>[0]): Promise<boolean> {
  if (host().platform.os !== "windows") return await endCommands(commands);
  for (const pid of [...commands.leaders, ...commands.groups]) {
    await capture("taskkill", { args: ["/PID", String(pid), "/T", "/F"], timeout: 5000 })
      .catch(() => {});
  }
  return true;
}

function randomBelow(bound: number): number {
  const [high, low] = crypto.getRandomValues(new Uint32Array(2));
  return (high! * 2 ** 20 + (low! >>> 12)) % bound;
}

/** Ends a group as well as this program may. */
function killGroup(pid: number): void {
  try {
    host().platform.kill(-pid, "SIGKILL");
  } catch { /* no permission: the command itself is killed all the same */ }
}
