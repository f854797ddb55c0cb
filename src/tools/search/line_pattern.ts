/**
 * A pattern for lines: its matcher, and a fast way past what can't fit.
 *
 * @module
 */
import type { Matcher } from "../../regex/matcher.ts";
import { PatternError, Regex } from "../../regex/regex.ts";
import { ToolFault } from "../types.ts";
import { toRipgrep } from "./ripgrep_pattern.ts";

/** A pattern that is tried on lines. */
export interface LinePattern {
  /** For one line, without its end. */
  readonly matcher: Matcher;
  /** The next place from `at` on whose line may fit, or -1. */
  next(text: string, at: number): number;
  /** The pattern in ripgrep's syntax, or a wider one; `undefined` where there is none. */
  readonly ripgrep: string | undefined;
}

/**
 * Compiles a pattern; `src/regex/parser.ts` documents the syntax.
 *
 * @throws {ToolFault} Where the pattern can't be used; the message says what to write instead.
 */
export function compileLinePattern(
  pattern: string,
  options: { ignoreCase?: boolean; literal?: boolean } = {},
): LinePattern {
  let regex: Regex;
  try {
    regex = new Regex(pattern, options);
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ToolFault(`The pattern can't be used: ${error.message}`, { status: "invalid" });
  }
  // `(?i)` within the pattern counts too.
  const anyCase = options.ignoreCase || (!options.literal && /\(\?[a-z]*i/.test(pattern));
  return {
    matcher: regex.matcher(),
    next: finder(regex, anyCase ?? false),
    ripgrep: toRipgrep(regex.tree),
  };
}

function finder(regex: Regex, anyCase: boolean): LinePattern["next"] {
  const texts = regex.requiredTexts();
  const every = anyCase ? [] : regex.everyText();
  // One of several long texts is rarer than one short text.
  if (every.length > 0 && every[0]!.length >= Math.min(...texts!.map(({ length }) => length))) {
    return every.length === 1
      ? (text, at) => text.indexOf(every[0]!, at)
      : (text, at) => lineOfAll(text, every, at);
  }
  if (texts === undefined) {
    const run = regex.requiredRun();
    return run === undefined ? (_, at) => at : firstOf(new RegExp(run, "gu"));
  }
  // Plain texts side by side: an engine can't backtrack further than their length.
  const sources = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  return firstOf(new RegExp(sources.join("|"), anyCase ? "giu" : "gu"));
}

/** A place in the next line that holds all of the texts, or -1. */
function lineOfAll(text: string, wanted: readonly string[], at: number): number {
  for (let line = at;;) {
    let last = line;
    for (const one of wanted) {
      const place = text.indexOf(one, line);
      if (place < 0) return -1;
      last = Math.max(last, place);
    }
    const start = text.lastIndexOf("\n", last) + 1;
    if (start <= line) return last;
    line = start; // the one that is farthest off says which line is next
  }
}

function firstOf(expression: RegExp): LinePattern["next"] {
  return (text, at) => {
    expression.lastIndex = at;
    return expression.exec(text)?.index ?? -1;
  };
}
