/**
 * What has been spent of a budget, by all turns that share it, in this process and in others.
 *
 * @module
 */
import { isBound, startTimer } from "../async/timer.ts";
import { BudgetExceededError, InvalidArgumentError, OpencodeError, type Spent } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { dirname, join } from "../runtime/path.ts";
import { describe } from "../text/describe.ts";
import { checkShape, type Shape } from "../text/shape.ts";

/** Bounds on everything that an `Opencode` does; each counts all of its sessions and subagents. */
export interface Budget {
  /** US dollars, as the server reckons. @default {Infinity} */
  usd?: number;
  /** Tokens of prompts and answers, cache reads not counted. @default {Infinity} */
  tokens?: number;
  /** Turns begun. @default {Infinity} */
  turns?: number;
  /** Minutes that turns run, those at the same time added up. @default {Infinity} */
  minutes?: number;
  /**
   * Keep count under this name in the user's cache directory: every process that gives it shares
   * the budget, and a new one goes on counting. Letters, digits, `.`, `_` and `-`.
   */
  name?: string;
  /** Called once when 80 % of a bound is spent. */
  onNearEnd?: (spent: Spent) => void;
}

/** What a turn and its subagents have taken so far. */
interface Taken {
  usage: { input: number; output: number; reasoning: number; cacheWrite: number };
  cost: number;
}

/** The part of a budget from which on its end is near. */
const NEAR = 0.8;

const SHAPE: Shape<Budget> = {
  usd: "any",
  tokens: "any",
  turns: "any",
  minutes: "any",
  name: "any",
  onNearEnd: "function",
};

const NAMES = ["usd", "tokens", "turns", "minutes"] as const;

/** A budget of which 80 % are spent. */
export interface NearEnd {
  /** Which bound it is. */
  bound: keyof Spent;
  /** Its value. */
  limit: number;
  /** What has been spent of all. */
  spent: Spent;
}

/** One turn's part in a ledger. */
export class Account {
  readonly #ledger: Ledger;
  readonly #over: (error: BudgetExceededError | Error) => void;
  readonly #near: ((near: NearEnd) => void) | undefined;
  #tokens = 0;
  #usd = 0;
  /** Until when its time is counted; `undefined` while it does not run. */
  countedTo: number | undefined;

  /** For {@linkcode Ledger.account}. */
  constructor(ledger: Ledger, over: (error: Error) => void, near?: (near: NearEnd) => void) {
    this.#ledger = ledger;
    this.#over = over;
    this.#near = near;
  }

  /** Begins to count. @throws {BudgetExceededError} where nothing is left. */
  async open(): Promise<void> {
    await this.#ledger.begin(this);
  }

  /** Counts what the turn has taken since it was last said. */
  took({ usage, cost }: Taken): void {
    if (this.countedTo === undefined) return;
    const tokens = usage.input + usage.output + usage.reasoning + usage.cacheWrite;
    const more = { tokens: tokens - this.#tokens, usd: cost - this.#usd };
    if (more.tokens <= 0 && more.usd <= 0) return;
    [this.#tokens, this.#usd] = [tokens, cost];
    this.#ledger.add(more);
  }

  /** Ends the turn. */
  stop(error: Error): void {
    this.#over(error);
  }

  /** Reports that 80 % of the budget are spent. */
  near(near: NearEnd): void {
    this.#near?.(near);
  }

  /** Stops counting; resolves when others can know. */
  async close(): Promise<void> {
    await this.#ledger.end(this);
  }
}

/** Counts what is spent, and says when it is too much. */
export class Ledger {
  readonly #budget: Budget;
  readonly #file: LedgerFile | undefined;
  readonly #warn: (message: string) => void;
  readonly #running = new Set<Account>();
  #own = none();
  #near = false;
  #cancel = () => {};

  /** @throws {InvalidArgumentError} for a bound that is none, or a name that can't be one. */
  constructor(budget: Budget, directory: () => string, warn: (message: string) => void) {
    this.#budget = budget;
    this.#warn = warn;
    checkShape("budget", budget, SHAPE, "budget.");
    for (const name of NAMES) {
      const value = budget[name];
      if (value === undefined || (typeof value === "number" && value >= 0)) continue;
      throw new InvalidArgumentError(
        `Invalid budget.${name} ${describe(value)}: give a number from 0`,
      );
    }
    const { name } = budget;
    if (name === undefined) return;
    if (typeof name !== "string" || !/^[\w-][\w.-]{0,99}$/.test(name)) {
      throw new InvalidArgumentError(
        `Invalid budget.name ${JSON.stringify(name)}: use letters, digits, ".", "_" and "-"`,
      );
    }
    this.#file = new LedgerFile(() => join(directory(), "budgets", `${name}.jsonl`), warn);
  }

  /** What has been spent, as far as this process knows. */
  get spent(): Spent {
    this.#count();
    return this.#file ? this.#file.spent : { ...this.#own };
  }

  /** A part for one turn; `over` ends the turn, `near` is called at 80 % of a bound. */
  account(over: (error: Error) => void, near?: (near: NearEnd) => void): Account {
    return new Account(this, over, near);
  }

  /** @throws {BudgetExceededError} where nothing is left. */
  async begin(account: Account): Promise<void> {
    await this.#file?.sync();
    const used = this.#reached((spent, bound) => spent >= bound);
    if (used) throw this.#error(used);
    account.countedTo = performance.now();
    this.#running.add(account);
    this.add({ turns: 1 });
  }

  /** Counts more, and ends the turns that run where it is too much. */
  add(more: Partial<Spent>): void {
    if (this.#file) {
      const written = this.#file.add(more);
      written.then(() => this.#judge(), (error) => this.#stop(error));
    } else for (const name of NAMES) this.#own[name] += more[name] ?? 0;
    this.#judge();
  }

  async end(account: Account): Promise<void> {
    if (!this.#running.has(account)) return;
    this.#count();
    account.countedTo = undefined;
    this.#running.delete(account);
    this.#judge();
    await this.#file?.sync();
  }

  /** Adds the time of the turns that run. */
  #count(): void {
    const now = performance.now(); // no change of the system's clock gives or takes time
    let ms = 0;
    for (const account of this.#running) {
      ms += now - account.countedTo!;
      account.countedTo = now;
    }
    if (ms <= 0) return;
    if (this.#file) this.#file.note({ minutes: ms / 60_000 });
    else this.#own.minutes += ms / 60_000;
  }

  #judge(): void {
    const over = this.#reached((spent, bound, name) => name !== "turns" && spent > bound);
    if (over) this.#stop(this.#error(over));
    else this.#watchTime();
    const near = this.#near ? undefined : this.#reached((spent, bound) => spent >= bound * NEAR);
    if (!near) return;
    this.#near = true;
    this.#warn(`The budget is nearly spent: ${this.#told(near)}`);
    const { spent } = this;
    for (const account of this.#running) {
      account.near({ bound: near, limit: this.#budget[near]!, spent });
    }
    try {
      this.#budget.onNearEnd?.(spent);
    } catch { /* the turn has nothing to do with it */ }
  }

  /** Time passes without events: looks again when it may be up. */
  #watchTime(): void {
    this.#cancel();
    this.#cancel = () => {};
    const { minutes } = this.#budget;
    if (minutes === undefined || this.#running.size === 0) return;
    const left = (minutes - this.spent.minutes) * 60_000 / this.#running.size + 1;
    if (isBound(left)) {
      this.#cancel = startTimer(left, () => {
        this.#count();
        this.#judge();
      });
    }
  }

  #reached(
    test: (spent: number, bound: number, name: keyof Spent) => boolean,
  ): keyof Spent | undefined {
    const { spent } = this;
    return NAMES.find((name) => {
      const bound = this.#budget[name];
      return bound !== undefined && test(spent[name], bound, name);
    });
  }

  #stop(error: Error): void {
    this.#cancel();
    for (const account of [...this.#running]) account.stop(error);
  }

  #told(name: keyof Spent): string {
    const round = (value: number) => Math.round(value * 1e6) / 1e6;
    const unit = { usd: "US dollars", tokens: "tokens", turns: "turns", minutes: "minutes" }[name];
    return `${round(this.spent[name])} of ${this.#budget[name]} ${unit}`;
  }

  #error(name: keyof Spent): BudgetExceededError {
    const { spent } = this;
    return new BudgetExceededError(`The budget is spent: ${this.#told(name)}`, { spent });
  }
}

/**
 * The file behind a name: one line for each sum, added to its end. Lines of this length are written
 * at once or not at all, so that processes need no lock, and a line that a crash cut short counts
 * for nothing.
 */
class LedgerFile {
  readonly #path: () => string;
  /** The sum of all lines read, those of others too. */
  #read = none();
  #offset = 0;
  /** What is not yet written, and what is being written. */
  #pending = none();
  #writing = none();
  #busy: Promise<void> | undefined;
  readonly #warn: (message: string) => void;
  #damaged = false;

  constructor(path: () => string, warn: (message: string) => void) {
    this.#path = path;
    this.#warn = warn;
  }

  get spent(): Spent {
    return sum(this.#read, sum(this.#writing, this.#pending));
  }

  /** Counts without writing it at once. */
  note(more: Partial<Spent>): void {
    this.#pending = sum(this.#pending, more);
  }

  /** Counts; resolves when it is written, and what others wrote is known. */
  add(more: Partial<Spent>): Promise<void> {
    this.note(more);
    return this.sync();
  }

  /** Writes what is not yet, and reads what others wrote. */
  async sync(): Promise<void> {
    // what runs may have read before what is asked for now
    await this.#busy?.catch(() => {});
    await (this.#busy ??= this.#exchange().finally(() => this.#busy = undefined));
  }

  async #exchange(): Promise<void> {
    const path = this.#path();
    try {
      await this.#exchangeAt(path);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new OpencodeError(
        `Cannot store the budget's count in ${path}, so no turn can run: ${why}. ` +
          "Make the file readable and writable, or give the budget no name",
        { cause },
      );
    }
  }

  async #exchangeAt(path: string): Promise<void> {
    const { files } = host();
    await files.makeDir(dirname(path), { mode: 0o700 });
    this.#writing = this.#pending;
    this.#pending = none();
    try {
      if (NAMES.some((name) => this.#writing[name] !== 0)) {
        const line = `\n${JSON.stringify(this.#writing)}\n`;
        await files.writeText(path, line, { append: true, mode: 0o600 });
      }
    } catch (error) {
      this.#pending = sum(this.#pending, this.#writing);
      this.#writing = none();
      throw error;
    }
    const before = this.#read;
    const text = await this.#rest(path);
    const lines = text.split("\n").filter((line) => line.trim() !== "").map(parsed);
    this.#read = lines.reduce((all: Spent, line) => sum(all, line ?? {}), before);
    this.#writing = none();
    if (this.#damaged || !lines.includes(undefined)) return;
    this.#damaged = true;
    this.#warn(`The budget's file ${path} has damaged lines: what they counted is not known`);
  }

  /** The whole lines behind what was read. */
  async #rest(path: string): Promise<string> {
    const { files } = host();
    if (!await files.exists(path)) return "";
    const file = await files.open(path, { read: true });
    try {
      const { size } = await file.stat();
      // removed meanwhile, and begun again
      if (size < this.#offset) this.#offset = 0;
      const bytes = new Uint8Array(size - this.#offset);
      let length = 0;
      while (length < bytes.length) {
        const read = await file.readAt(bytes.subarray(length), this.#offset + length);
        if (read === null) break;
        length += read;
      }
      const whole = bytes.subarray(0, length).lastIndexOf(10) + 1;
      this.#offset += whole;
      return new TextDecoder().decode(bytes.subarray(0, whole));
    } finally {
      await file.close();
    }
  }
}

function none(): Spent {
  return { usd: 0, tokens: 0, turns: 0, minutes: 0 };
}

function sum(a: Spent, b: Partial<Spent>): Spent {
  const all = { ...a };
  for (const name of NAMES) all[name] += b[name] ?? 0;
  return all;
}

/** What a line counts; `undefined` where it is none of ours. */
function parsed(line: string): Partial<Spent> | undefined {
  try {
    const value = JSON.parse(line);
    const counts = NAMES.map((name) => [name, value[name] ?? 0] as const);
    // one below 0 would lift the bound
    const sound = counts.every(([, count]) => Number.isFinite(count) && count >= 0);
    return sound ? Object.fromEntries(counts) : undefined;
  } catch {
    return undefined;
  }
}
