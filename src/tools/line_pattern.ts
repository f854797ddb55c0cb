/**
 * A regular expression for lines: compiled, and the texts that every line that fits must hold, by
 * which most files can be passed over without it.
 *
 * @module
 */
import { ToolFault } from "./types.ts";

/** A pattern that is tried on lines. */
export interface LinePattern {
  /** For one line, without its end. */
  readonly line: RegExp;
  /** For a whole text: finds a place in each line that may fit; `undefined` where all may. */
  readonly finder: RegExp | undefined;
  /** One of these is in every line that fits; `undefined` where nothing can be said. */
  readonly texts: readonly string[] | undefined;
  /** Something in it is repeated without a bound, so a very long line could take very long. */
  readonly repeats: boolean;
  /** Case does not count. */
  readonly ignoreCase: boolean;
}

/**
 * Compiles a pattern, in the dialect of JavaScript. `(?i)` at the start is understood too, as models
 * write it.
 *
 * @throws {ToolFault} Where it is no regular expression, or could take for ever.
 */
export function compileLinePattern(
  pattern: string,
  options: { ignoreCase?: boolean; literal?: boolean } = {},
): LinePattern {
  let source = options.literal ? escapeSyntax(pattern) : pattern;
  let ignoreCase = options.ignoreCase ?? false;
  if (!options.literal && source.startsWith("(?i)")) {
    source = source.slice(4);
    ignoreCase = true;
  }
  const unicode = /\\[pP]\{|\\u\{|[\ud800-\udfff]/.test(source) ? "u" : "";
  const flags = `m${ignoreCase ? "i" : ""}${unicode}`;
  let line: RegExp;
  try {
    line = new RegExp(source, flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ToolFault(`The pattern is not a regular expression: ${message}`, {
      status: "invalid",
    });
  }
  const facts = new Reader(source, ignoreCase).facts();
  if (facts.explosive) {
    throw new ToolFault(
      "The pattern repeats a group that itself only repeats, which could take for ever; write it simpler",
      { status: "invalid" },
    );
  }
  return {
    line,
    finder: facts.texts
      ? new RegExp(facts.texts.map(escapeSyntax).join("|"), `${flags}g`)
      : facts.wholeTextWillDo
      ? new RegExp(line.source, `${flags}g`)
      : undefined,
    texts: facts.texts,
    repeats: facts.repeats,
    ignoreCase,
  };
}

function escapeSyntax(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** What must be in a match; `texts` is one of several, `undefined` is nothing known. */
interface Part {
  texts: string[] | undefined;
  /** Holds something that is repeated without a bound. */
  repeats: boolean;
  /** Holds a character that is always there and stands outside every repetition. */
  solid: boolean;
}

/** Reads a pattern as far as it takes to know what must be in a match. */
class Reader {
  #source: string;
  #at = 0;
  #ignoreCase: boolean;
  #looksAround = false;
  #crossesLines = false;
  #explosive = false;

  constructor(source: string, ignoreCase: boolean) {
    this.#source = source;
    this.#ignoreCase = ignoreCase;
  }

  facts(): {
    texts: string[] | undefined;
    repeats: boolean;
    /** Tried on a whole text, it finds what it finds on lines, in linear time. */
    wholeTextWillDo: boolean;
    explosive: boolean;
  } {
    const { texts, repeats } = this.#alternatives();
    const wholeTextWillDo = !this.#looksAround && !this.#crossesLines;
    return { texts, repeats, wholeTextWillDo, explosive: this.#explosive };
  }

  #alternatives(): Part {
    const all: Part = { texts: [], repeats: false, solid: true };
    do {
      const one = this.#sequence();
      all.texts = all.texts && one.texts && [...all.texts, ...one.texts];
      all.repeats ||= one.repeats;
      all.solid &&= one.solid;
    } while (this.#take("|"));
    return all;
  }

  #sequence(): Part {
    const part: Part = { texts: undefined, repeats: false, solid: false };
    let run = "";
    const offer = (texts: string[] | undefined) => {
      if (!texts || texts.length === 0 || texts.length > 64) return;
      const shortest = (list: string[]) => Math.min(...list.map((text) => text.length));
      if (shortest(texts) > 0 && (!part.texts || shortest(texts) > shortest(part.texts))) {
        part.texts = texts;
      }
    };
    const flush = () => {
      offer([run]);
      run = "";
    };
    while (this.#at < this.#source.length && !/[|)]/.test(this.#source[this.#at]!)) {
      const atom = this.#atom();
      if (atom.kind === "edge") continue;
      const times = this.#quantifier();
      if (atom.kind === "group") {
        flush();
        if (times.min > 0) offer(atom.part.texts);
        part.repeats ||= atom.part.repeats || times.unbounded;
        if (times.min > 0 && !times.unbounded) part.solid ||= atom.part.solid;
        // A group that is repeated may hold a line's end; nobody looked.
        if (times.unbounded) this.#crossesLines = true;
        if (times.unbounded && atom.part.repeats && !atom.part.solid) this.#explosive = true;
        continue;
      }
      if (times.unbounded) {
        part.repeats = true;
        if (atom.kind === "any" && atom.lineEnds) this.#crossesLines = true;
      } else if (times.min > 0) part.solid = true;
      const literal = atom.kind === "char" && this.#usable(atom.char) ? atom.char : undefined;
      if (literal === undefined || times.min === 0) flush();
      else {
        run += literal;
        if (!times.once) flush();
      }
    }
    flush();
    return part;
  }

  #usable(char: string): boolean {
    if (char === "\n" || char === "\r" || char === "\0" || char === "\ufffd" || char === "\ufeff") {
      return false;
    }
    if (/[\ud800-\udfff]/.test(char)) return false;
    return !this.#ignoreCase || char < "\x80";
  }

  #atom():
    | { kind: "char"; char: string }
    | { kind: "any"; lineEnds: boolean }
    | { kind: "edge" }
    | { kind: "group"; part: Part } {
    const c = this.#source[this.#at++]!;
    if (c === "^" || c === "$") return { kind: "edge" };
    if (c === ".") return { kind: "any", lineEnds: false };
    if (c === "[") {
      const set = this.#skipSet();
      return {
        kind: "any",
        lineEnds: set.startsWith("^") || set.includes("\\") || set.includes("\n"),
      };
    }
    if (c === "(") return this.#group();
    if (c === "\\") return this.#escape();
    return { kind: "char", char: c };
  }

  #group(): { kind: "group"; part: Part } {
    let asserts = false;
    if (this.#take("?")) {
      if (/^(?:[=!]|<[=!])/.test(this.#source.slice(this.#at))) {
        asserts = true;
        this.#looksAround = true;
      }
      // `(?:`, `(?<name>`, `(?=`, `(?<!`, `(?i:`
      const head = /^(?:<?[=!]|[a-z-]*:|<[^>]*>)/i.exec(this.#source.slice(this.#at));
      this.#at += head?.[0].length ?? 0;
    }
    const part = this.#alternatives();
    this.#take(")");
    return {
      kind: "group",
      part: asserts ? { texts: undefined, repeats: false, solid: false } : part,
    };
  }

  #escape(): { kind: "char"; char: string } | { kind: "any"; lineEnds: boolean } | {
    kind: "edge";
  } {
    const c = this.#source[this.#at++] ?? "";
    if (c === "b" || c === "B") return { kind: "edge" };
    if (c === "t") return { kind: "char", char: "\t" };
    if (/[a-zA-Z0-9]/.test(c)) {
      // Sets, references, code points: what comes after is a part of it.
      const rest = /^(?:\{[^}]*\}|<[^>]*>|[0-9a-fA-F]*)/.exec(this.#source.slice(this.#at))!;
      if (/[pPukxc0-9]/.test(c)) this.#at += c === "c" ? 1 : rest[0].length;
      return { kind: "any", lineEnds: !/[wdS]/.test(c) };
    }
    return { kind: "char", char: c };
  }

  #skipSet(): string {
    const start = this.#at;
    while (this.#at < this.#source.length && this.#source[this.#at] !== "]") {
      this.#at += this.#source[this.#at] === "\\" ? 2 : 1;
    }
    return this.#source.slice(start, this.#at++);
  }

  #quantifier(): { min: number; once: boolean; unbounded: boolean } {
    const found = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(this.#source.slice(this.#at));
    if (!found) return { min: 1, once: true, unbounded: false };
    this.#at += found[0].length;
    const kind = found[0][0];
    if (kind === "*") return { min: 0, once: false, unbounded: true };
    if (kind === "+") return { min: 1, once: false, unbounded: true };
    if (kind === "?") return { min: 0, once: false, unbounded: false };
    const most = found[2] === undefined
      ? Number(found[1])
      : found[3] === ""
      ? Infinity
      : Number(found[3]);
    return { min: Number(found[1]), once: false, unbounded: most > 50 };
  }

  #take(char: string): boolean {
    if (this.#source[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
}
