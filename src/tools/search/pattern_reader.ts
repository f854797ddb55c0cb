/**
 * Reads a regular expression of JavaScript as far as it takes to know what must be in a line that
 * fits, and to say about the same in other words: bound to one line, and in ripgrep's dialect.
 *
 * @module
 */

/** What a pattern says of the lines that fit. */
export interface PatternFacts {
  /** One of these is in every line that fits; `undefined` where nothing can be said. */
  readonly texts: readonly string[] | undefined;
  /** Fits the same within a line and never beyond its end; `undefined` where that can't be said. */
  readonly bound: string | undefined;
  /** For ripgrep: fits where the pattern does, and perhaps elsewhere; `undefined` likewise. */
  readonly rust: string | undefined;
  /** Something is repeated without a bound. */
  readonly repeats: boolean;
  /** A repeated group can fit the same in several ways, so a line that does not could take for ever. */
  readonly explosive: boolean;
}

/**
 * Reads a pattern.
 *
 * @param source One that `RegExp` takes.
 */
export function readPattern(source: string, ignoreCase: boolean, unicode: boolean): PatternFacts {
  return new Reader(source, ignoreCase, unicode).facts();
}

/** A part of a pattern. */
interface Part {
  /** One of them must be in it; `undefined` is nothing known. */
  texts: string[] | undefined;
  /** Holds something that is repeated without a bound. */
  repeats: boolean;
  /** Holds a character that is always there and stands outside every repetition. */
  solid: boolean;
  /** What each alternative begins with, as far as it is one set or character. */
  firsts: (string | undefined)[];
  bound: string;
  rust: string;
}

type Atom =
  & { bound: string; rust: string }
  & (
    | { kind: "char"; char: string }
    | { kind: "any" | "edge" }
    | { kind: "group"; part: Part }
  );

/** One character of JavaScript's, whatever it is: at most four bytes of UTF-8, or of what is none. */
const ANY = "(?:(?-u:[^\\n]){1,4})";

const ESCAPES: Readonly<Record<string, { bound: string; rust: string }>> = {
  d: { bound: "\\d", rust: "[0-9]" },
  D: { bound: "[^\\d\\n]", rust: "(?:(?-u:[^\\n0-9]){1,4})" },
  w: { bound: "\\w", rust: "[0-9A-Za-z_]" },
  W: { bound: "[^\\w\\n]", rust: "(?:(?-u:[^\\n0-9A-Za-z_]){1,4})" },
  s: { bound: "[^\\S\\n]", rust: "(?:(?-u:[\\t\\x0b\\x0c\\r \\x80-\\xff]){1,3})" },
  S: { bound: "\\S", rust: ANY },
};

class Reader {
  #source: string;
  #at = 0;
  #ignoreCase: boolean;
  #unicode: boolean;
  #looksAround = false;
  #refersBack = false;
  #explosive = false;

  constructor(source: string, ignoreCase: boolean, unicode: boolean) {
    this.#source = source;
    this.#ignoreCase = ignoreCase;
    this.#unicode = unicode;
  }

  facts(): PatternFacts {
    const { texts, repeats, bound, rust } = this.#alternatives();
    return {
      texts,
      repeats,
      explosive: this.#explosive,
      // What looks around sees a line's end in a text and none in a line.
      bound: this.#looksAround || this.#refersBack ? undefined : bound,
      rust: this.#refersBack || this.#unicode ? undefined : rust,
    };
  }

  #alternatives(): Part {
    const all: Part = { texts: [], repeats: false, solid: true, firsts: [], bound: "", rust: "" };
    for (let first = true; first || this.#take("|"); first = false) {
      const one = this.#sequence();
      all.texts = all.texts && one.texts && [...all.texts, ...one.texts];
      all.repeats ||= one.repeats;
      all.solid &&= one.solid;
      all.firsts.push(...one.firsts);
      all.bound += (first ? "" : "|") + one.bound;
      all.rust += (first ? "" : "|") + one.rust;
    }
    return all;
  }

  #sequence(): Part {
    const part: Part = nothing();
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
      const times = this.#quantifier();
      part.bound += atom.bound + times.source;
      part.rust += atom.rust + (atom.rust === "" ? "" : times.source);
      if (atom.kind === "edge") continue;
      if (part.firsts.length === 0) {
        part.firsts.push(atom.kind === "group" || times.min === 0 ? undefined : atom.bound);
      }
      if (atom.kind === "group") {
        flush();
        if (times.min > 0) offer(atom.part.texts);
        part.repeats ||= atom.part.repeats || times.unbounded;
        if (times.min > 0 && !times.unbounded) part.solid ||= atom.part.solid;
        if (
          times.unbounded && (atom.part.repeats && !atom.part.solid || overlap(atom.part.firsts))
        ) {
          this.#explosive = true;
        }
        continue;
      }
      if (times.unbounded) part.repeats = true;
      else if (times.min > 0) part.solid = true;
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

  /** Whether a character is sure to be in a file as it is. */
  #usable(char: string): boolean {
    if (/[\n\r\0\ufffd\ufeff\ud800-\udfff]/.test(char)) return false;
    return !this.#ignoreCase || char < "\x80";
  }

  #char(char: string): Atom {
    const rust = this.#usable(char) ? escapeRust(char) : ANY;
    return { kind: "char", char, bound: escapeSyntax(char), rust };
  }

  #atom(): Atom {
    const c = this.#source[this.#at++]!;
    if (c === "^" || c === "$") return { kind: "edge", bound: c, rust: "" };
    if (c === ".") return { kind: "any", bound: ".", rust: ANY };
    if (c === "[") return this.#set();
    if (c === "(") return this.#group();
    if (c === "\\") return this.#escape();
    return this.#char(c);
  }

  #group(): Atom {
    let head = "";
    let asserts = false;
    if (this.#take("?")) {
      // `(?:`, `(?<name>`, `(?=`, `(?!`, `(?<=`, `(?<!`
      head = /^(?:<?[=!]|[a-z-]*:|<[^>]*>)/i.exec(this.#source.slice(this.#at))?.[0] ?? "";
      this.#at += head.length;
      asserts = /[=!]$/.test(head);
      // Flags of a group alone would have to be followed; nobody does.
      if (/[a-z-]:$/.test(head)) this.#refersBack = true;
    }
    if (asserts) this.#looksAround = true;
    const part = this.#alternatives();
    this.#take(")");
    if (!asserts) {
      return { kind: "group", part, bound: `(?:${part.bound})`, rust: `(?:${part.rust})` };
    }
    return { kind: "group", part: nothing(), bound: "", rust: "" };
  }

  #escape(): Atom {
    const c = this.#source[this.#at++] ?? "";
    if (c === "b" || c === "B") return { kind: "edge", bound: `\\${c}`, rust: "" };
    const known = ESCAPES[c];
    if (known) return { kind: "any", ...known };
    if (c === "t") return { kind: "char", char: "\t", bound: "\\t", rust: "\\t" };
    if (!/[a-zA-Z0-9]/.test(c)) return this.#char(c);
    // Code points, properties, references and line ends: not looked into.
    const rest = /^(?:\{[^}]*\}|<[^>]*>|[0-9a-fA-F]*)/.exec(this.#source.slice(this.#at))!;
    if (/[pPukxc0-9]/.test(c)) this.#at += c === "c" ? 1 : rest[0].length;
    this.#refersBack = true;
    return { kind: "any", bound: "", rust: "" };
  }

  #set(): Atom {
    const start = this.#at;
    while (this.#at < this.#source.length && this.#source[this.#at] !== "]") {
      this.#at += this.#source[this.#at] === "\\" ? 2 : 1;
    }
    const body = this.#source.slice(start, this.#at++);
    const negated = body.startsWith("^");
    // Sets of plain ASCII are the same in both dialects; of others it is enough to know that they are.
    const plain = /^\^?[\w \t,.;:!?@#$%*+=<>/"'`(){}|-]+$/.test(body) && !/--|&&|~~/.test(body);
    const rust = !plain || (this.#ignoreCase && negated)
      ? ANY
      : negated
      ? `(?:(?-u:[${body.replace("-]", "\\-]")}\\n]){1,4})`
      : `[${body}]`;
    const bound = negated
      ? `[${body}\\n]`
      : /\\[^wd\]\\.*+?()[{}|^$/-]|\n/.test(body)
      ? `(?:(?!\\n)[${body}])`
      : `[${body}]`;
    return { kind: "any", bound, rust };
  }

  #quantifier(): { min: number; once: boolean; unbounded: boolean; source: string } {
    const found = /^(?:[*+?]|\{(\d+)(,(\d*))?\})\??/.exec(this.#source.slice(this.#at));
    if (!found) return { min: 1, once: true, unbounded: false, source: "" };
    const source = found[0];
    this.#at += source.length;
    if (source[0] === "*") return { min: 0, once: false, unbounded: true, source };
    if (source[0] === "+") return { min: 1, once: false, unbounded: true, source };
    if (source[0] === "?") return { min: 0, once: false, unbounded: false, source };
    const [, least, range, greatest] = found;
    const most = range === undefined
      ? Number(least)
      : greatest === ""
      ? Infinity
      : Number(greatest);
    return { min: Number(least), once: false, unbounded: most > 50, source };
  }

  #take(char: string): boolean {
    if (this.#source[this.#at] !== char) return false;
    this.#at++;
    return true;
  }
}

function nothing(): Part {
  return { texts: undefined, repeats: false, solid: false, firsts: [], bound: "", rust: "" };
}

/** Whether two alternatives, one of them a set, can begin with the same character of ASCII. */
function overlap(firsts: readonly (string | undefined)[]): boolean {
  const sets = firsts.filter((first) => first !== undefined && first !== "");
  return sets.some((one, at) =>
    sets.slice(at + 1).some((other) => {
      // Two characters that are the same begin words that differ later on.
      if (!isSet(one!) && !isSet(other!)) return false;
      const [a, b] = [new RegExp(`^(?:${one})$`), new RegExp(`^(?:${other})$`)];
      return ASCII.some((char) => a.test(char) && b.test(char));
    })
  );
}

function isSet(source: string): boolean {
  return /^(?:\.|\[|\(|\\[dDwWsS])/.test(source);
}

const ASCII = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code));

/** The same in ripgrep's dialect. */
export function escapeRust(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|&~#-]/g, "\\$&");
}

/** A text as a regular expression that fits just it, with or without the flag `u`. */
export function escapeSyntax(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}
