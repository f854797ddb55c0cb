/**
 * Regular expressions that never take longer than a text's length times the pattern's size.
 *
 * @module
 */
import { everyText, requiredTexts } from "./literals.ts";
import { Matcher } from "./matcher.ts";
import { literal, parse } from "./parser.ts";
import { compile, type Program } from "./program.ts";
import type { Node, PatternFlags } from "./syntax.ts";
import { requiredRun } from "./runs.ts";
import { WORDS_ANY_CASE } from "./unicode.ts";

export { PatternError } from "./syntax.ts";

/** How to read a pattern. */
export interface RegexOptions extends PatternFlags {
  /** The pattern is a text, not a regular expression. */
  readonly literal?: boolean;
}

/** A compiled pattern. Its syntax is that of `parser.ts`. */
export class Regex {
  /** The pattern's syntax tree. */
  readonly tree: Node;
  readonly #program: Program;
  #matcher: Matcher | undefined;

  /** @throws {PatternError} Where the pattern can't be used. */
  constructor(pattern: string, options: RegexOptions = {}) {
    this.tree = options.literal ? literal(pattern, options) : parse(pattern, options);
    this.#program = compile(this.tree, options.ignoreCase ? WORDS_ANY_CASE : undefined);
  }

  /** Texts of which one, but for case, is in everything that fits. */
  requiredTexts(): readonly string[] | undefined {
    return requiredTexts(this.tree);
  }

  /** Texts that, but for case, are all in everything that fits; the longest first. */
  everyText(): readonly string[] {
    return everyText(this.tree);
  }

  /** The source of a `RegExp` with the flag `u` that fits within all that fits, and can't be slow. */
  requiredRun(): string | undefined {
    return requiredRun(this.tree);
  }

  /** A matcher of its own, for texts that come in pieces. */
  matcher(): Matcher {
    return new Matcher(this.#program);
  }

  /**
   * Whether a text holds the pattern.
   *
   * @param maxWork The most that may be done, in characters and visited steps.
   * @returns `undefined` where that did not suffice.
   */
  test(text: string, maxWork = Infinity): boolean | undefined {
    const matcher = this.#matcher ??= this.matcher();
    matcher.start();
    const limit = matcher.work + maxWork;
    for (let at = 0; at < text.length && matcher.found === undefined;) {
      at = matcher.feed(text, at, text.length);
      if (matcher.work > limit) return undefined;
    }
    return matcher.end();
  }
}
