/**
 * A pattern in ripgrep's syntax: it fits every line that the pattern fits, and perhaps others. So
 * edges are left out, and what stands for bytes that are no UTF-8 fits any.
 *
 * @module
 */
import { type CharSet, has, LAST, negate, union } from "../../regex/charset.ts";
import type { Node } from "../../regex/syntax.ts";

/** What we read as U+FFFD, and the characters beyond ASCII of large sets. */
const HIGH = "(?-u:[\\x80-\\xff]{1,4})";

/** Sets with more ranges than this are widened: their automaton would be slow to build. */
const MAX_RANGES = 60;

/** The pattern for ripgrep; `undefined` where every line, or none, would do. */
export function toRipgrep(node: Node): string | undefined {
  return isEmpty(node) ? undefined : print(node);
}

/** Whether it may fit the empty text, edges left out. */
function isEmpty(node: Node): boolean {
  switch (node.kind) {
    case "set":
      return !node.set.some((code) => code !== 10);
    case "edge":
      return true;
    case "repeat":
      return node.min === 0 || isEmpty(node.node);
    case "sequence":
      return node.parts.every(isEmpty);
    case "choice":
      return node.options.some(isEmpty);
  }
}

function print(node: Node): string {
  switch (node.kind) {
    case "set":
      return printSet(node.set);
    case "edge":
      return "";
    case "sequence":
      return node.parts.map(print).join("");
    case "choice":
      return `(?:${node.options.map(print).join("|")})`;
    case "repeat": {
      const { min, max } = node;
      const inner = print(node.node);
      if (inner === "" || max === 0) return "";
      const count = max === Infinity ? `{${min},}` : `{${min},${max}}`;
      return `(?:${inner})${min === 0 && max === Infinity ? "*" : count}`;
    }
  }
}

function printSet(set: CharSet): string {
  if (set.length === 2 && set[0] === set[1] && set[0] !== 10 && set[0] !== 0xfffd) {
    return character(set[0]!);
  }
  const wide = set.length > 2 * MAX_RANGES || has(set, 0xfffd);
  // A line holds no line feed, and ripgrep refuses one; surrogates are no characters there.
  const allowed = without(set, [10, 10], [0xd800, 0xdfff], ...wide ? [[0x80, LAST]] : []);
  let ranges = "";
  for (let i = 0; i < allowed.length; i += 2) {
    ranges += `${hex(allowed[i]!)}-${hex(allowed[i + 1]!)}`;
  }
  if (!wide) return ranges === "" ? "[^\\x00-\\x{10ffff}]" : `[${ranges}]`;
  return ranges === "" ? HIGH : `(?:[${ranges}]|${HIGH})`;
}

function without(set: CharSet, ...others: readonly CharSet[]): CharSet {
  return negate(union(negate(set), ...others));
}

function hex(code: number): string {
  return `\\x{${code.toString(16)}}`;
}

function character(code: number): string {
  if (code >= 0xd800 && code < 0xe000) return HIGH;
  const char = String.fromCodePoint(code);
  return /[\w /]/.test(char) || code > 0x7f ? char : hex(code);
}
