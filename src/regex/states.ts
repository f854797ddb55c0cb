/**
 * The states of an automaton that is made deterministic while it runs, and where each class of
 * characters leads from them.
 *
 * @module
 */
import type { Side } from "./program.ts";

/** The table's bounds: cells, and steps in the sets that are its states. */
const MAX_CELLS = 1 << 20;
const MAX_KEPT_STEPS = 1 << 19;

/** A cell that is not worked out yet. */
export const UNKNOWN = -1;

/** A set of steps that are possible at once. */
export interface State {
  /** In order of their numbers. */
  readonly steps: Uint16Array;
  readonly before: Side;
  /** Where its row begins in the table. */
  readonly row: number;
}

/** A table with a bound; where it is full it is emptied, but for the first state. */
export class States {
  /** A row for each state, with a cell for each class: the row it leads to, or a negative number. */
  cells = new Int32Array(0);
  readonly #width: number;
  readonly #first: Pick<State, "steps" | "before">;
  #states: State[] = [];
  readonly #byKey = new Map<string, State>();
  #kept = 0;

  /** @param width How many classes there are. */
  constructor(width: number, steps: Uint16Array, before: Side) {
    this.#width = width;
    this.#first = { steps, before };
  }

  /** How many there are. */
  get count(): number {
    return this.#states.length;
  }

  /** The row of the state that a text begins in. */
  first(): number {
    return this.#states.length > 0 ? 0 : this.#addFirst();
  }

  /** The state of a row. */
  at(row: number): State {
    return this.#states[row / this.#width]!;
  }

  /** The row of a state, which is added where it is new. */
  row(steps: Uint16Array, before: Side): number {
    const key = String.fromCharCode(before) + chars(steps);
    const known = this.#byKey.get(key);
    if (known) return known.row;
    const width = this.#width;
    const full = (this.#states.length + 1) * width > Math.max(MAX_CELLS, 4 * width) ||
      this.#kept > MAX_KEPT_STEPS;
    if (full) this.#empty();
    const row = this.#states.length * width;
    if (row + width > this.cells.length) {
      const larger = new Int32Array(Math.max(8 * width, 2 * this.cells.length));
      larger.set(this.cells);
      this.cells = larger;
    }
    this.cells.fill(UNKNOWN, row, row + width);
    const state = { steps, before, row };
    this.#states.push(state);
    this.#byKey.set(key, state);
    this.#kept += steps.length;
    return row;
  }

  #empty(): void {
    this.#states = [];
    this.#byKey.clear();
    this.#kept = 0;
    this.#addFirst();
  }

  #addFirst(): number {
    return this.row(this.#first.steps, this.#first.before);
  }
}

function chars(steps: Uint16Array): string {
  let text = "";
  for (let i = 0; i < steps.length; i += 4096) {
    text += String.fromCharCode(...steps.subarray(i, i + 4096));
  }
  return text;
}
