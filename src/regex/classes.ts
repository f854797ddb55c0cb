/**
 * Reads what stands for one character of several: escapes, and sets in square brackets.
 *
 * @module
 */
import { type CharSet, charset, DIGITS, negate, POSIX, SPACES, WORDS } from "./charset.ts";
import { PatternError } from "./syntax.ts";
import { property, WORDS_ANY_CASE } from "./unicode.ts";

/** Finding out a property costs some milliseconds. */
const MAX_PROPERTIES = 5;

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, v: 11, f: 12, r: 13, 0: 0 };

/** One pattern's escapes and sets. */
export class ClassReader {
  #source: string;
  #properties = new Set<string>();

  constructor(source: string) {
    this.#source = source;
  }

  /** An escape, from behind its backslash on: one code point, or a set. */
  escape(at: number): { value: number | CharSet; end: number } {
    const c = this.#source[at] ?? "";
    const rest = this.#source.slice(at, at + 150);
    if (c === "d" || c === "D") return { value: c === "d" ? DIGITS : negate(DIGITS), end: at + 1 };
    if (c === "s" || c === "S") return { value: c === "s" ? SPACES : negate(SPACES), end: at + 1 };
    if (c === "p" || c === "P") return this.#property(rest, at);
    const control = Object.hasOwn(CONTROLS, c) && !/^0\d/.test(rest) ? CONTROLS[c] : undefined;
    if (control !== undefined) return { value: control, end: at + 1 };
    const code =
      /^(?:x([\da-f]{2})|u\{([\da-f]{1,8})\}|u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})|u([\da-f]{4}))/i
        .exec(rest);
    if (code && code[0][0] !== "X" && code[0][0] !== "U") {
      const [all, byte, braced, high, low, unit] = code;
      const value = high !== undefined
        ? ((parseInt(high, 16) - 0xd800) << 10) + parseInt(low!, 16) - 0xdc00 + 0x10000
        : parseInt(byte ?? braced ?? unit!, 16);
      if (value > 0x10ffff) this.#fail(at, `\\${all} is beyond Unicode`);
      return { value, end: at + all.length };
    }
    const letter = /^c([a-z])/i.exec(rest);
    if (letter) return { value: letter[1]!.charCodeAt(0) % 32, end: at + 2 };
    if (/[a-zA-Z0-9]/.test(c)) {
      this.#fail(at, `the escape \\${c} is not known; write ${c} for the character itself`);
    }
    const value = this.#source.codePointAt(at);
    if (value === undefined) this.#fail(at, "it ends in a backslash; write \\\\ for the character");
    return { value, end: at + (value > 0xffff ? 2 : 1) };
  }

  #property(rest: string, at: number): { value: CharSet; end: number } {
    const found = /^[pP](?:\{(\^?)([^}]*)\}|([LMNPSZC]))/.exec(rest);
    const name = found?.[2] ?? found?.[3] ?? "";
    this.#properties.add(name);
    if (this.#properties.size > MAX_PROPERTIES) {
      this.#fail(at, `more than ${MAX_PROPERTIES} different properties are used`);
    }
    const set = property(name);
    if (!found || !set) {
      const what = `\\${rest.slice(0, found?.[0].length ?? 2)}`;
      this.#fail(
        at,
        `the property ${what} is not known; write such as \\p{L} or \\p{Script=Greek}`,
      );
    }
    const negated = (rest[0] === "P") !== (found[1] === "^");
    return { value: negated ? negate(set) : set, end: at + found[0].length };
  }

  /** A set, from behind its `[` on. It is neither closed over case nor negated yet. */
  read(start: number, ignoreCase: boolean): { set: CharSet; negated: boolean; end: number } {
    let at = start;
    const negated = this.#source[at] === "^";
    if (negated) at++;
    const bounds: number[] = [];
    for (;;) {
      if (at >= this.#source.length) {
        this.#fail(start - 1, "a set is never closed; add a ], or write \\[ for the character");
      }
      if (this.#source[at] === "]") return { set: charset(bounds), negated, end: at + 1 };
      const first = this.#member(at, ignoreCase);
      at = first.end;
      const ranges = this.#source[at] === "-" && at + 1 < this.#source.length &&
        this.#source[at + 1] !== "]";
      const last = ranges ? this.#member(at + 1, ignoreCase) : first;
      if (typeof first.value === "number" && typeof last.value === "number") {
        if (first.value > last.value) {
          this.#fail(at, "a range in a set is out of order; write \\- for the character");
        }
        bounds.push(first.value, last.value);
        at = last.end;
      } else if (typeof first.value === "number") bounds.push(first.value, first.value);
      else bounds.push(...first.value);
    }
  }

  #member(at: number, ignoreCase: boolean): { value: number | CharSet; end: number } {
    const c = this.#source[at]!;
    if (c === "[") {
      const named = /^\[:(\^?)([a-z]+):\]/.exec(this.#source.slice(at, at + 20));
      const set = named ? POSIX[named[2]!] : undefined;
      if (named && set) {
        return { value: named[1] ? negate(set) : set, end: at + named[0].length };
      }
    }
    if (c !== "\\") {
      const value = this.#source.codePointAt(at)!;
      return { value, end: at + (value > 0xffff ? 2 : 1) };
    }
    const next = this.#source[at + 1];
    const words = ignoreCase ? WORDS_ANY_CASE : WORDS;
    if (next === "b") return { value: 8, end: at + 2 };
    if (next === "w") return { value: words, end: at + 2 };
    if (next === "W") return { value: negate(words), end: at + 2 };
    return this.escape(at + 1);
  }

  #fail(at: number, what: string): never {
    const [head, ...advice] = what.split("; ");
    throw new PatternError(
      [`${head}, at character ${at + 1} of the pattern`, ...advice].join("; "),
    );
  }
}
