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
import { States, UNKNOWN } from "./states.ts";

/** What one call of {@linkcode Matcher.feed} may cost, in characters and visited steps. */
const SHARE = 1 << 17;

const MATCHED = -2;
const FAILED = -3;

/** Which steps were met while one set of them was made. */
interface Marks {
  /** A step's number is this one where it was visited, or is in the set that is being made. */
  mark: number;
  readonly seen: Int32Array;
  readonly next: Int32Array;
}

/** Tries one text at a time, piece by piece. */
export class Matcher {
  /** What is known of the text so far: `undefined` while it is open. */
  found: boolean | undefined;
  /** All that was done, in characters and visited steps. */
  work = 0;
  readonly #program: Program;
  readonly #states: States;
  readonly #marks: Marks;
  #row = 0;
  #visited = 0;

  constructor(program: Program) {
    const { alphabet, ops, start } = program;
    this.#program = program;
    this.#states = new States(alphabet.size, Uint16Array.of(start), Side.Bound);
    const { length } = ops;
    this.#marks = { mark: 0, seen: new Int32Array(length), next: new Int32Array(length) };
  }

  /** Begins with a new text. */
  start(): void {
    this.found = undefined;
    this.#row = this.#states.first();
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
    let table = this.#states.cells;
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
          table = this.#states.cells;
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
      const last = this.#program.alphabet.size - 1;
      let next = this.#states.cells[this.#row + last]!;
      if (next === UNKNOWN) next = this.#step(this.#row, last);
      this.found = next === MATCHED;
    }
    return this.found;
  }

  /** Where a class leads from a state. */
  #step(row: number, one: number): number {
    const { ops, x, y, start, anchored, alphabet, hasEdges } = this.#program;
    const states = this.#states;
    const marks = this.#marks;
    const state = states.at(row);
    const behind = alphabet.sides[one]!;
    const end = one === alphabet.size - 1;
    const { seen, next: met } = marks;
    const mark = ++marks.mark;
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
      } else if (!end && met[y[at]!] !== mark && alphabet.holds(x[at]!, one)) {
        met[y[at]!] = mark;
        targets.push(y[at]!);
      }
    }
    let next: number;
    if (matched) next = MATCHED;
    else if (end || (anchored && targets.length === 0)) next = FAILED;
    else {
      const { count } = states;
      next = states.row(Uint16Array.from(targets).sort(), hasEdges ? behind : Side.Other);
      // Emptied meanwhile: the row that we came from is gone.
      if (states.count < count) return next;
    }
    states.cells[row + one] = next;
    return next;
  }
}
