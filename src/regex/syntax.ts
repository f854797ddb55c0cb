/**
 * The syntax tree of a regular expression, and the error for what is none.
 *
 * @module
 */
import type { CharSet } from "./charset.ts";

/** A place in a text: its ends, its lines' ends, the edge of a word or none. */
export type Edge = "start" | "end" | "lineStart" | "lineEnd" | "word" | "notWord";

/** A part of a regular expression. What it captures, and in which order it tries, plays no part. */
export type Node =
  /** One character; `text` is the character as it was written, where it was one. */
  | { readonly kind: "set"; readonly set: CharSet; readonly text?: string }
  | { readonly kind: "sequence"; readonly parts: readonly Node[] }
  | { readonly kind: "choice"; readonly options: readonly Node[] }
  /** `max` may be `Infinity`. */
  | { readonly kind: "repeat"; readonly node: Node; readonly min: number; readonly max: number }
  | { readonly kind: "edge"; readonly edge: Edge };

/** A pattern that can't be used; the message says why and what to write. */
export class PatternError extends Error {
  override get name(): string {
    return "PatternError";
  }
}

/** What holds where no flag is written into the pattern. */
export interface PatternFlags {
  /** Case does not count. */
  readonly ignoreCase?: boolean;
}
