/**
 * Reads a regular expression.
 *
 * The syntax is JavaScript's, less what no matcher of linear time can do (back-references) and
 * lookarounds, with a little of what people write elsewhere:
 *
 * - characters, `.`, `[a-z]`, `[^a-z]`, `\d \w \s \D \W \S`, `\p{L}`, `\P{L}`, `[[:alpha:]]`
 * - `a|b`, `(a)`, `(?:a)`, `(?<name>a)`, `(?P<name>a)`
 * - `* + ? {2} {2,} {2,5}`, up to 1000, and the same with `?` behind
 * - `^ $ \b \B \A \z`
 * - `\t \n \r \f \v \0 \xhh \uhhhh \u{h} \cA`; any other character that is no letter or digit stands
 *   for itself behind a backslash
 * - `(?i) (?s) (?m)` for the rest of a group, `(?i:…)` and `(?-i:…)` for one group
 *
 * Characters are code points, case is Unicode's (as with JavaScript's flag `u`), `.` is anything but
 * a line's end.
 *
 * @module
 */
import { ALL, type CharSet, LINE_ENDS, negate, WORDS } from "./charset.ts";
import { ClassReader } from "./classes.ts";
import { type Node, PatternError, type PatternFlags } from "./syntax.ts";
import { closeCase, WORDS_ANY_CASE } from "./unicode.ts";

const MAX_LENGTH = 5000;
const MAX_DEPTH = 200;
const MAX_COUNT = 1000;

interface Flags {
  i: boolean;
  s: boolean;
  m: boolean;
}

/**
 * Reads a pattern.
 *
 * @throws {PatternError} Where it is no regular expression, or has what is not supported.
 */
export function parse(pattern: string, flags: PatternFlags = {}): Node {
  return new Parser(pattern, { i: flags.ignoreCase ?? false, s: false, m: false }).whole();
}

/** A text as a tree that fits just that. */
export function literal(text: string, flags: PatternFlags = {}): Node {
  if (text.length > MAX_LENGTH) tooLong();
  const parts = Array.from(text, (char) => character(char, flags.ignoreCase ?? false));
  return { kind: "sequence", parts };
}

function character(char: string, ignoreCase: boolean): Node {
  const code = char.codePointAt(0)!;
  const set = ignoreCase ? closeCase([code, code]) : [code, code];
  return { kind: "set", set, text: char };
}

function tooLong(): never {
  throw new PatternError(`The pattern is longer than ${MAX_LENGTH} characters`);
}

class Parser {
  #source: string;
  #at = 0;
  #depth = 0;
  #flags: Flags;
  #classes: ClassReader;

  constructor(source: string, flags: Flags) {
    if (source.length > MAX_LENGTH) tooLong();
    this.#source = source;
    this.#flags = flags;
    this.#classes = new ClassReader(source);
  }

  whole(): Node {
    const node = this.#choice();
    if (this.#at < this.#source.length) {
      this.#fail("there is a ) without a (", "write \\) for the character");
    }
    return node;
  }

  #choice(): Node {
    const before = { ...this.#flags };
    if (++this.#depth > MAX_DEPTH) this.#fail(`groups are nested more than ${MAX_DEPTH} deep`);
    const options = [this.#sequence()];
    while (this.#take("|")) options.push(this.#sequence());
    this.#depth--;
    this.#flags = before;
    return options.length === 1 ? options[0]! : { kind: "choice", options };
  }

  #sequence(): Node {
    const parts: Node[] = [];
    while (this.#at < this.#source.length && !"|)".includes(this.#source[this.#at]!)) {
      const atom = this.#atom();
      if (atom) parts.push(this.#repeated(atom));
    }
    return parts.length === 1 ? parts[0]! : { kind: "sequence", parts };
  }

  /** `undefined` for flags, which fit nothing and can't be repeated. */
  #atom(): Node | undefined {
    const char = String.fromCodePoint(this.#source.codePointAt(this.#at)!);
    this.#at += char.length;
    switch (char) {
      case "^":
        return { kind: "edge", edge: this.#flags.m ? "lineStart" : "start" };
      case "$":
        return { kind: "edge", edge: this.#flags.m ? "lineEnd" : "end" };
      case ".":
        return { kind: "set", set: this.#flags.s ? ALL : negate(LINE_ENDS) };
      case "(":
        return this.#group();
      case "[":
        return this.#class();
      case "\\":
        return this.#escape();
      case "*":
      case "+":
      case "?":
        this.#fail(
          `there is nothing that ${char} could repeat`,
          `write \\${char} for the character; possessive and doubled quantifiers don't exist here`,
        );
    }
    if (char === "{" && this.#quantifierAt(this.#at - 1)) {
      this.#fail("there is nothing that {…} could repeat", "write \\{ for the character");
    }
    return this.#character(char);
  }

  #character(char: string): Node {
    return character(char, this.#flags.i);
  }

  #set(set: CharSet): Node {
    return { kind: "set", set: this.#flags.i ? closeCase(set) : set };
  }

  #class(): Node {
    const { set, negated, end } = this.#classes.read(this.#at, this.#flags.i);
    this.#at = end;
    const closed = this.#flags.i ? closeCase(set) : set;
    return { kind: "set", set: negated ? negate(closed) : closed };
  }

  #group(): Node | undefined {
    const before = { ...this.#flags };
    if (this.#take("?")) {
      const rest = this.#source.slice(this.#at, this.#at + 100);
      if (/^<?[=!]/.test(rest)) {
        this.#fail(
          "lookarounds, (?=…) (?!…) (?<=…) (?<!…), are not supported",
          "search for the part that must be there, and sort the lines found yourself",
        );
      }
      if (rest[0] === ">") this.#fail("atomic groups are not supported", "write (?:…)");
      const head = /^(?::|P?<([A-Za-z_$][\w$]*)>|([a-zA-Z]*)(?:-([a-zA-Z]+))?([:)]))/.exec(rest);
      if (!head) this.#fail("this group is not known", "write (…), (?:…) or (?<name>…)");
      const [all, , on = "", off = "", close] = head;
      const unknown = /[^ims]/.exec(on + off);
      if (unknown) this.#fail(`the flag ${unknown[0]} is not known`, "the flags are i, m and s");
      for (const flag of on) this.#flags[flag as keyof Flags] = true;
      for (const flag of off) this.#flags[flag as keyof Flags] = false;
      this.#at += all.length;
      if (close === ")") return undefined; // for the rest of the group around it
    }
    const node = this.#choice();
    this.#flags = before;
    if (!this.#take(")")) {
      this.#fail("a group is never closed", "add a ), or write \\( for the character");
    }
    return node.kind === "edge" ? { kind: "sequence", parts: [node] } : node;
  }

  #escape(): Node {
    const { i } = this.#flags;
    const c = this.#source[this.#at] ?? "";
    this.#at++;
    const words = i ? WORDS_ANY_CASE : WORDS;
    switch (c) {
      case "":
        return this.#fail("it ends in a backslash", "write \\\\ for the character");
      case "b":
      case "B":
        return { kind: "edge", edge: c === "b" ? "word" : "notWord" };
      case "A":
        return { kind: "edge", edge: "start" };
      case "z":
        return { kind: "edge", edge: "end" };
      case "w":
      case "W":
        return { kind: "set", set: c === "w" ? words : negate(words) };
      case "k":
        return this.#backReference();
    }
    if (/[1-9]/.test(c)) this.#backReference();
    this.#at--;
    const escape = this.#classes.escape(this.#at);
    this.#at = escape.end;
    return typeof escape.value === "number"
      ? this.#character(String.fromCodePoint(escape.value))
      : this.#set(escape.value);
  }

  #backReference(): never {
    this.#fail(
      "back-references are not supported",
      "write what is to come twice as it is, or search for one of the two",
    );
  }

  #repeated(node: Node): Node {
    const found = this.#quantifierAt(this.#at);
    if (!found) return node;
    if (node.kind === "edge") {
      this.#fail("an edge such as ^, $ or \\b can't be repeated", "leave out the quantifier");
    }
    this.#at += found.length;
    const { min, max } = found;
    if (min > max) this.#fail(`the range {${min},${max}} is out of order`);
    if (min > MAX_COUNT || (max > MAX_COUNT && max !== Infinity)) {
      this.#fail(`a count is above ${MAX_COUNT}`, "write * or + where the number does not matter");
    }
    if (this.#quantifierAt(this.#at)) {
      this.#fail("a quantifier is repeated", "put the inner one in a group: (?:a+)*");
    }
    return { kind: "repeat", node, min, max };
  }

  #quantifierAt(at: number): { min: number; max: number; length: number } | undefined {
    const found = /^(?:([*+?])|\{(\d{1,9})(?:(,)(\d{0,9}))?\})\??/.exec(
      this.#source.slice(at, at + 24),
    );
    if (!found) return undefined;
    const [{ length }, sign, least, comma, most] = found;
    if (sign) return { min: sign === "+" ? 1 : 0, max: sign === "?" ? 1 : Infinity, length };
    const min = Number(least);
    return { min, max: !comma ? min : most === "" ? Infinity : Number(most), length };
  }

  #take(char: string): boolean {
    if (this.#source[this.#at] !== char) return false;
    this.#at++;
    return true;
  }

  #fail(what: string, advice?: string): never {
    throw new PatternError(
      `${what}, at character ${this.#at} of the pattern${advice ? `; ${advice}` : ""}`,
    );
  }
}
