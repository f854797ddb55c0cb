/**
 * The patterns of the `glob` tool and of `include`.
 *
 * @module
 */
import { compilePath, type PathMatcher } from "./path_pattern.ts";

const MAX_LENGTH = 1000;
const MAX_ALTERNATIVES = 256;

/**
 * Compiles a pattern of the `glob` tool: `*` and `?` stay within a name, `**` as a whole name is any
 * number of directories, `[a-z]` and `[!a-z]` are sets, `{a,b}` are alternatives, a backslash takes
 * the next character as it is. Names that begin with a dot are no exception. Case counts.
 *
 * @throws {SyntaxError} Where the pattern is too long, or its alternatives are too many to be meant.
 */
export function compileGlob(pattern: string): PathMatcher {
  return anyOf(expandBraces(pattern));
}

/** The same, but a pattern without `/` fits a file's name in any directory. */
export function compileInclude(pattern: string): PathMatcher {
  return anyOf(expandBraces(pattern).map((one) => one.includes("/") ? one : `**/${one}`));
}

function anyOf(patterns: readonly string[]): PathMatcher {
  const matchers = patterns.map((one) =>
    compilePath(one.replace(/^\.\//, "").replace(/(?<=.)\/{2,}/g, "/"), false)
  );
  return (path) => matchers.some((matches) => matches(path));
}

/** The longest run of whole names at the start of a pattern that hold no wildcard: `src/a` of `src/a/*.ts`. */
export function literalPrefix(pattern: string): string {
  const parts = pattern.replace(/^\.\//, "").split("/");
  const at = parts.findIndex((part) => /[*?[\]{}\\]/.test(part));
  return parts.slice(0, at < 0 ? parts.length - 1 : at).join("/");
}

/** Each pattern that a pattern with braces stands for. */
export function expandBraces(pattern: string): string[] {
  if (pattern.length > MAX_LENGTH) {
    throw new SyntaxError(`The pattern is longer than ${MAX_LENGTH} characters`);
  }
  return expand(pattern);
}

function expand(pattern: string): string[] {
  const open = findUnescaped(pattern, "{", 0);
  if (open < 0) return [pattern];
  const parts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "\\") i++;
    else if (c === "{") depth++;
    else if (c === "," && depth === 1) {
      parts.push(pattern.slice(start, i));
      start = i + 1;
    } else if (c === "}" && --depth === 0) {
      parts.push(pattern.slice(start, i));
      const head = pattern.slice(0, open);
      const tails = expand(pattern.slice(i + 1));
      const middles = parts.flatMap(expand);
      if (middles.length * tails.length > MAX_ALTERNATIVES) {
        throw new SyntaxError("The pattern has too many alternatives");
      }
      return middles.flatMap((part) => tails.map((tail) => head + part + tail));
    }
  }
  // A brace that is never closed is a character like others.
  return expand(pattern.slice(open + 1)).map((rest) => `${pattern.slice(0, open)}\\{${rest}`);
}

function findUnescaped(text: string, wanted: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === wanted) return i;
  }
  return -1;
}
