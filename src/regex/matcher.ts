/**
 * Whether a text holds what a program describes, in time that is linear in the text.
 *
 * The automaton is made deterministic while it runs: a state is the set of steps that are possible,
 * and where a class of characters leads from a state is worked out once and kept in a table. The
 * table has a bound; where it is full it is emptied. So a character costs one look into the table,
 * or at worst one visit to each step of the program: nothing is ever tried twice.
 *
 * @module
 */
import { isEdge, Op, type Program, Side } from "./program.ts";

/** The table's bounds: cells, and steps in the sets that are its states. */
const MAX_CELLS = 1 << 20;
const MAX_KEPT_STEPS = 1 << 19;

/** What one call of {@linkcode Matcher.feed} may cost, in characters and visited steps. */
const SHARE = 1 << 17;

const UNKNOWN = -1;
const MATCHED = -2;
const FAILED = -3;

interface State {
  /** In order of their numbers. */
  readonly steps: Uint16Array;
  readonly before: Side;
  /** Where its row begins in the table. */
  readonly row: number;
}

/** Tries one text at a time, piece by piece. */
export class Matcher {
  /** What is known of the text so far: `undefined` while it is open. */
  found: boolean | undefined;
  /** All that was done, in characters and visited steps. */
  work = 0;
  readonly #program: Program;
  readonly #width: number;
  #table = new Int32Array(0);
  #states: State[] = [];
  #byKey = new Map<string, State>();
  #kept = 0;
  #row = 0;
  /** A step's mark is this number where it was visited, or is in the set that is being made. */
  #mark = 0;
  #seen: Int32Array;
  #next: Int32Array;

  constructor(program: Program) {
    this.#program = program;
    this.#width = program.alphabet.size;
    this.#seen = new Int32Array(program.ops.length);
    this.#next = new Int32Array(program.ops.length);
  }

  /** Begins with a new text. */
  start(): void {
    this.found = undefined;
    this.#row = this.#states.length > 0
      ? 0
      : this.#intern(Uint16Array.of(this.#program.start), Side.Bound).row;
  }

  /**
   * Reads on. Ends early where the outcome is known ({@linkcode found}) or its share of work is done.
   * A pair of surrogates must not be cut.
   *
   * @returns How far it came: the end of the match, where one was found.
   */
  feed(text: string, from: number, to: number): number {
    const { alphabet } = this.#program;
    const { low } = alphabet;
    if (this.found !== undefined) return from;
    let row = this.#row;
    let at = from;
    const stop = Math.min(to, from + SHARE);
    let left = SHARE;
    let table = this.#table;
    while (at < stop) {
      let code = text.charCodeAt(at);
      let length = 1;
      let one: number;
      if (code < 256) one = low[code]!;
      else {
        if (code >= 0xd800 && code < 0xdc00 && at + 1 < to) {
          const next = text.charCodeAt(at + 1);
          if (next >= 0xdc00 && next < 0xe000) {
            code = ((code - 0xd800) << 10) + next - 0xdc00 + 0x10000;
            length = 2;
          }
        }
        one = alphabet.classOf(code);
      }
      let next = table[row + one]!;
      if (next < 0) {
        if (next === UNKNOWN) {
          const visited = this.#visited;
          next = this.#step(row, one);
          left -= this.#visited - visited;
          table = this.#table;
        }
        if (next < 0) {
          this.found = next === MATCHED;
          break;
        }
        if (left <= 0) {
          row = next;
          at += length;
          break;
        }
      }
      row = next;
      at += length;
    }
    this.#row = row;
    this.work += at - from + SHARE - left;
    return at;
  }

  /** Ends the text: whether it fits. */
  end(): boolean {
    if (this.found === undefined) {
      const last = this.#width - 1;
      let next = this.#table[this.#row + last]!;
      if (next === UNKNOWN) next = this.#step(this.#row, last);
      this.found = next === MATCHED;
    }
    return this.found;
  }

  #visited = 0;

  /** Where a class leads from a state. */
  #step(row: number, one: number): number {
    const { ops, x, y, start, anchored, alphabet, hasEdges } = this.#program;
    const state = this.#states[row / this.#width]!;
    const behind = alphabet.sides[one]!;
    const end = one === this.#width - 1;
    const seen = this.#seen;
    const mark = ++this.#mark;
    const todo: number[] = [...state.steps];
    if (!anchored && !(state.steps.length === 1 && state.steps[0] === start)) todo.push(start);
    const targets: number[] = [];
    let matched = false;
    for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
      if (seen[at] === mark) continue;
      seen[at] = mark;
      this.#visited++;
      const op = ops[at]!;
      if (op === Op.Match) {
        matched = true;
        break;
      } else if (op === Op.Split) todo.push(y[at]!, x[at]!);
      else if (op === Op.Edge) {
        if (isEdge(x[at]!, state.before, behind)) todo.push(y[at]!);
      } else if (!end && this.#next[y[at]!] !== mark && alphabet.holds(x[at]!, one)) {
        this.#next[y[at]!] = mark;
        targets.push(y[at]!);
      }
    }
    let next: number;
    if (matched) next = MATCHED;
    else if (end || (anchored && targets.length === 0)) next = FAILED;
    else {
      const kept = this.#states.length;
      next = this.#intern(Uint16Array.from(targets).sort(), hasEdges ? behind : Side.Other).row;
      // Emptied meanwhile: the row that we came from is gone.
      if (this.#states.length < kept) return next;
    }
    this.#table[row + one] = next;
    return next;
  }

  #intern(steps: Uint16Array, before: Side): State {
    const key = String.fromCharCode(before) + chars(steps);
    const known = this.#byKey.get(key);
    if (known) return known;
    const width = this.#width;
    const full = (this.#states.length + 1) * width > Math.max(MAX_CELLS, 4 * width) ||
      this.#kept > MAX_KEPT_STEPS;
    if (full) this.#empty();
    const row = this.#states.length * width;
    if (row + width > this.#table.length) {
      const larger = new Int32Array(Math.max(8 * width, 2 * this.#table.length));
      larger.set(this.#table);
      this.#table = larger;
    }
    this.#table.fill(UNKNOWN, row, row + width);
    const state = { steps, before, row };
    this.#states.push(state);
    this.#byKey.set(key, state);
    this.#kept += steps.length;
    return state;
  }

  /** Forgets all states but the first. */
  #empty(): void {
    this.#states = [];
    this.#byKey.clear();
    this.#kept = 0;
    this.#intern(Uint16Array.of(this.#program.start), Side.Bound);
  }
}

function chars(steps: Uint16Array): string {
  let text = "";
  for (let i = 0; i < steps.length; i += 4096) {
    text += String.fromCharCode(...steps.subarray(i, i + 4096));
  }
  return text;
}
