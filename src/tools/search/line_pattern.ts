/**
 * A regular expression for lines: compiled, and the ways to pass over most files without it.
 *
 * @module
 */
import { escapeRust, escapeSyntax, readPattern } from "./pattern_reader.ts";
import { ToolFault } from "../types.ts";

/** A pattern that is tried on lines. */
export interface LinePattern {
  /** For one line, without its end. */
  readonly line: RegExp;
  /** For a whole text: finds a place in each line that may fit; `undefined` where all may. */
  readonly finder: RegExp | undefined;
  /** One of these is in every line that fits; `undefined` where nothing can be said. */
  readonly texts: readonly string[] | undefined;
  /** What ripgrep is to look for: every line that fits, and perhaps more. */
  readonly search: { readonly text: string } | { readonly regex: string } | undefined;
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
  const unicode = /\\[pP]\{|\\u\{|[\ud800-\udfff]/.test(source);
  const flags = `m${ignoreCase ? "i" : ""}${unicode ? "u" : ""}`;
  let line: RegExp;
  try {
    line = new RegExp(source, flags);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ToolFault(`The pattern is not a regular expression: ${message}`, {
      status: "invalid",
    });
  }
  const { texts, bound, rust, repeats, explosive } = readPattern(source, ignoreCase, unicode);
  if (explosive) {
    throw new ToolFault(
      "The pattern repeats a group that can fit the same text in several ways, which could take for ever; write it simpler",
      { status: "invalid" },
    );
  }
  const any = texts?.map(escapeSyntax).join("|");
  const finder = bound ?? any;
  const exact = texts?.length === 1 && escapeSyntax(texts[0]!) === source ? texts[0] : undefined;
  return {
    line,
    finder: finder === undefined ? undefined : new RegExp(finder, `${flags}g`),
    texts,
    search: exact !== undefined
      ? { text: exact }
      : rust !== undefined
      ? { regex: rust }
      : texts !== undefined
      ? { regex: texts.map(escapeRust).join("|") }
      : undefined,
    repeats,
    ignoreCase,
  };
}
