/**
 * Regular expressions of a schema that cannot hang the process: they are matched in linear time.
 *
 * Of the lookarounds, those that begin a pattern (`^(?!\s)(?=.*\d).+`) are tried by themselves; what
 * else `src/regex/parser.ts` does not know (back-references, other lookarounds) can't be told.
 *
 * @module
 */
import { PatternError, Regex } from "../regex/regex.ts";

/** What one text may cost beside its length, in visited steps: less than a moment. */
const MAX_WORK = 3e6;

/** All of them must hold. */
type Conditions = readonly { readonly regex: Regex; readonly wanted: boolean }[];

const MAX_KEPT = 100;
const known = new Map<string, Conditions | undefined>();

/**
 * Whether a text matches a pattern; `undefined` where that is unknown: the pattern is invalid, has
 * what is not supported, or would take too long on this text.
 */
export function matches(pattern: string, text: string): boolean | undefined {
  let conditions = known.get(pattern);
  if (conditions === undefined && !known.has(pattern)) {
    conditions = compile(pattern);
    if (known.size >= MAX_KEPT) known.clear();
    known.set(pattern, conditions);
  }
  let untold = conditions === undefined;
  for (const { regex, wanted } of conditions ?? []) {
    const fits = regex.test(text, text.length + MAX_WORK);
    if (fits === undefined) untold = true;
    else if (fits !== wanted) return false;
  }
  return untold ? undefined : true;
}

function compile(pattern: string): Conditions | undefined {
  try {
    const conditions: { regex: Regex; wanted: boolean }[] = [];
    let rest = pattern;
    for (let head = lookahead(rest); head; head = lookahead(rest)) {
      conditions.push({ regex: new Regex(`^(?:${head.inner})`), wanted: head.wanted });
      rest = `^${head.rest}`;
    }
    return [...conditions, { regex: new Regex(rest), wanted: true }];
  } catch (error) {
    if (error instanceof PatternError) return undefined;
    throw error;
  }
}

/** The lookahead right behind a `^` that begins a pattern without alternatives. */
function lookahead(pattern: string): { inner: string; wanted: boolean; rest: string } | undefined {
  if (!/^\^\(\?[=!]/.test(pattern)) return undefined;
  let depth = 0;
  let end = 0;
  for (let i = 1; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "\\") i++;
    else if (c === "[") i = endOfSet(pattern, i);
    else if (c === "(") depth++;
    else if (c === ")" && --depth === 0 && end === 0) end = i;
    else if (c === "|" && depth === 0) return undefined;
  }
  // A quantifier would make it optional.
  if (end === 0 || /[*+?{]/.test(pattern[end + 1] ?? "")) return undefined;
  const inner = pattern.slice(4, end);
  return { inner, wanted: pattern[3] === "=", rest: pattern.slice(end + 1) };
}

function endOfSet(pattern: string, start: number): number {
  for (let i = start + 1; i < pattern.length; i++) {
    if (pattern[i] === "\\") i++;
    else if (pattern[i] === "]") return i;
  }
  return pattern.length;
}
