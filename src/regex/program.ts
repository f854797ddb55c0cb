/**
 * From the syntax tree to a nondeterministic automaton, and from the sets of characters to a small
 * alphabet: characters that no set tells apart are one class.
 *
 * @module
 */
import { type CharSet, LINE_ENDS, WORDS } from "./charset.ts";
import { type Edge, type Node, PatternError } from "./syntax.ts";

/** The most steps of an automaton: what a counted repetition of a long group comes to. */
const MAX_STEPS = 10_000;

/** What a step does. */
export const enum Op {
  /** Takes a character of the set `x`, goes on at `y`. */
  Take,
  /** Goes on at `x` and at `y`. */
  Split,
  /** Where the place is the edge `x`, goes on at `y`. */
  Edge,
  /** The pattern fits. */
  Match,
}

/** What is before or behind a place. */
export const enum Side {
  /** The text's end. */
  Bound,
  /** A character that ends a line. */
  LineEnd,
  /** A character of a word. */
  Word,
  Other,
}

const EDGES: readonly Edge[] = ["start", "end", "lineStart", "lineEnd", "word", "notWord"];

/** An automaton. Steps are numbered; `ops`, `x` and `y` say what each does. */
export interface Program {
  readonly ops: readonly Op[];
  readonly x: readonly number[];
  readonly y: readonly number[];
  readonly start: number;
  /** It fits at the text's start or nowhere. */
  readonly anchored: boolean;
  /** It asks what is before or behind. */
  readonly hasEdges: boolean;
  readonly alphabet: Alphabet;
}

/** Whether a place is an edge. */
export function isEdge(edge: number, before: Side, behind: Side): boolean {
  switch (EDGES[edge]) {
    case "start":
      return before === Side.Bound;
    case "end":
      return behind === Side.Bound;
    case "lineStart":
      return before <= Side.LineEnd;
    case "lineEnd":
      return behind <= Side.LineEnd;
    case "word":
      return (before === Side.Word) !== (behind === Side.Word);
    default:
      return (before === Side.Word) === (behind === Side.Word);
  }
}

/**
 * Compiles a tree.
 *
 * @param words What `\b` takes for characters of words.
 * @throws {PatternError} Where it would be too large.
 */
export function compile(node: Node, words: CharSet = WORDS): Program {
  return new Compiler(words).program(node);
}

class Compiler {
  #ops: Op[] = [];
  #x: number[] = [];
  #y: number[] = [];
  #sets = new Map<string, { index: number; set: CharSet }>();
  #hasEdges = false;
  #words: CharSet;

  constructor(words: CharSet) {
    this.#words = words;
  }

  program(node: Node): Program {
    const start = this.#add(node, this.#emit(Op.Match, 0, 0));
    const sets = [...this.#sets.values()].map(({ set }) => set);
    return {
      ops: this.#ops,
      x: this.#x,
      y: this.#y,
      start,
      anchored: isAnchored(node),
      hasEdges: this.#hasEdges,
      alphabet: new Alphabet(sets, this.#hasEdges ? this.#words : undefined),
    };
  }

  #emit(op: Op, x: number, y: number): number {
    if (this.#ops.length >= MAX_STEPS) {
      throw new PatternError(
        "its counted repetitions multiply to too much; write * or + where the number does not matter",
      );
    }
    this.#x.push(x);
    this.#y.push(y);
    return this.#ops.push(op) - 1;
  }

  /** Adds a part in front of a step; its first step. */
  #add(node: Node, next: number): number {
    switch (node.kind) {
      case "set":
        return this.#emit(Op.Take, this.#setIndex(node.set), next);
      case "edge":
        this.#hasEdges = true;
        return this.#emit(Op.Edge, EDGES.indexOf(node.edge), next);
      case "sequence":
        return node.parts.reduceRight((at, part) => this.#add(part, at), next);
      case "choice":
        return node.options.map((option) => this.#add(option, next))
          .reduceRight((rest, option) => this.#emit(Op.Split, option, rest));
      case "repeat":
        return this.#repeat(node.node, node.min, node.max, next);
    }
  }

  #repeat(node: Node, min: number, max: number, next: number): number {
    let at = next;
    if (max === Infinity) {
      const loop = this.#emit(Op.Split, 0, next);
      const body = this.#add(node, loop);
      if (body === loop) return next; // repeats nothing
      this.#x[loop] = body;
      if (min === 0) return loop;
      at = body;
      min--;
    } else {
      for (let i = min; i < max; i++) {
        const body = this.#add(node, at);
        if (body === at) return next;
        at = this.#emit(Op.Split, body, next);
      }
    }
    for (let i = 0; i < min; i++) {
      const body = this.#add(node, at);
      if (body === at) return at;
      at = body;
    }
    return at;
  }

  #setIndex(set: CharSet): number {
    const key = set.join();
    const known = this.#sets.get(key);
    if (known) return known.index;
    const index = this.#sets.size;
    this.#sets.set(key, { index, set });
    return index;
  }
}

/** Whether every way through begins at the text's start. */
function isAnchored(node: Node): boolean {
  if (node.kind === "edge") return node.edge === "start";
  if (node.kind === "choice") return node.options.every(isAnchored);
  if (node.kind === "repeat") return node.min > 0 && isAnchored(node.node);
  return node.kind === "sequence" && node.parts.length > 0 && isAnchored(node.parts[0]!);
}

/** The classes of characters that a program tells apart; one more stands for the text's end. */
export class Alphabet {
  /** How many classes there are, the text's end included; that is the last. */
  readonly size: number;
  /** By class: what it is to its neighbours. */
  readonly sides: readonly Side[];
  /** The classes of the first 256 characters. */
  readonly low: Uint16Array = new Uint16Array(256);
  #starts: number[];
  #classes: number[];
  #members: Uint32Array;
  #words: number;
  #wide: Uint16Array | undefined;

  constructor(sets: readonly CharSet[], words: CharSet | undefined) {
    const all = words ? [...sets, words, LINE_ENDS] : sets;
    const cuts = new Set([0]);
    for (const set of all) set.forEach((code, i) => cuts.add(i % 2 ? code + 1 : code));
    cuts.delete(0x110000);
    this.#starts = [...cuts].sort((a, b) => a - b);
    this.#classes = this.#starts.map(() => 0);
    let count = 1;
    for (const set of all) {
      const split = new Map<number, number>();
      this.#each(set, (interval) => {
        const old = this.#classes[interval]!;
        let fresh = split.get(old);
        if (fresh === undefined) split.set(old, fresh = count++);
        this.#classes[interval] = fresh;
      });
    }
    // Some classes were split to nothing.
    const numbers = new Map<number, number>();
    this.#classes = this.#classes.map((old) => {
      if (!numbers.has(old)) numbers.set(old, numbers.size);
      return numbers.get(old)!;
    });
    this.size = numbers.size + 1;
    this.#words = Math.ceil(this.size / 32);
    this.#members = new Uint32Array(sets.length * this.#words);
    sets.forEach((set, index) =>
      this.#each(set, (interval) => {
        const one = this.#classes[interval]!;
        this.#members[index * this.#words + (one >> 5)]! |= 1 << (one & 31);
      })
    );
    const sides: Side[] = Array(this.size).fill(Side.Other);
    sides[this.size - 1] = Side.Bound;
    if (words) {
      this.#each(words, (interval) => sides[this.#classes[interval]!] = Side.Word);
      this.#each(LINE_ENDS, (interval) => sides[this.#classes[interval]!] = Side.LineEnd);
    }
    this.sides = sides;
    for (let code = 0; code < 256; code++) this.low[code] = this.#find(code);
  }

  /** Whether a set, by its number, holds the characters of a class. */
  holds(set: number, one: number): boolean {
    return (this.#members[set * this.#words + (one >> 5)]! & (1 << (one & 31))) !== 0;
  }

  /** The class of a code point. */
  classOf(code: number): number {
    if (code < 256) return this.low[code]!;
    if (code > 0xffff) return this.#find(code);
    return (this.#wide ??= this.#makeWide())[code]!;
  }

  #makeWide(): Uint16Array {
    const wide = new Uint16Array(0x10000);
    this.#starts.forEach((start, i) => {
      if (start < 0x10000) wide.fill(this.#classes[i]!, start, this.#starts[i + 1]);
    });
    return wide;
  }

  #find(code: number): number {
    return this.#classes[this.#interval(code)]!;
  }

  #interval(code: number): number {
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#starts[middle]! <= code) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #each(set: CharSet, visit: (interval: number) => void): void {
    for (let i = 0; i < set.length; i += 2) {
      for (
        let at = this.#interval(set[i]!);
        at < this.#starts.length && this.#starts[at]! <= set[i + 1]!;
        at++
      ) visit(at);
    }
  }
}
