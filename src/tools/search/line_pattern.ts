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
    next: finder(regex.requiredTexts(), anyCase ?? false),
    ripgrep: toRipgrep(regex.tree),
  };
}

function finder(texts: readonly string[] | undefined, anyCase: boolean): LinePattern["next"] {
  if (texts === undefined) return (_, at) => at;
  if (texts.length === 1 && !anyCase) return (text, at) => text.indexOf(texts[0]!, at);
  // Plain texts side by side: an engine can't backtrack further than their length.
  const sources = texts.map((text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&"));
  const expression = new RegExp(sources.join("|"), anyCase ? "giu" : "gu");
  return (text, at) => {
    expression.lastIndex = at;
    return expression.exec(text)?.index ?? -1;
  };
}
