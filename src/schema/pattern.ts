/**
 * Regular expressions of a schema that cannot hang the process.
 *
 * A regular expression of JavaScript backtracks and can't be stopped. So its worst case is estimated
 * from the pattern and the text's length, and where that is more than a moment the expression is not
 * run. The estimate errs on the side of caution.
 *
 * @module
 */

/** Steps of the engine that take well under a second. */
const MAX_STEPS = 2e8;

interface Pattern {
  expression: RegExp | undefined;
  anchored: boolean;
  /** How many parts repeat without a narrow bound. */
  repeats: number;
  /** How many places offer two ways. */
  choices: number;
  /** Something repeated holds a repetition or a choice, or refers back. */
  nested: boolean;
}

const MAX_KEPT = 500;
const known = new Map<string, Pattern>();

/**
 * Whether a text matches a pattern; `undefined` where that can't be told: the pattern is none of
 * JavaScript's, or could take too long on this text.
 */
export function matches(pattern: string, text: string): boolean | undefined {
  let entry = known.get(pattern);
  if (entry === undefined) {
    entry = study(pattern);
    if (known.size >= MAX_KEPT) known.clear();
    known.set(pattern, entry);
  }
  if (entry.expression === undefined || worstCase(entry, text.length) > MAX_STEPS) return undefined;
  return entry.expression.test(text);
}

function worstCase({ anchored, repeats, choices, nested }: Pattern, length: number): number {
  if (nested) return 2 ** Math.min(length + choices, 1000) * (length + 1);
  return 2 ** Math.min(choices, 1000) * (length + 1) ** (Math.max(1, repeats) + (anchored ? 0 : 1));
}

function study(source: string): Pattern {
  const found: Pattern = {
    expression: compile(source),
    anchored: source.startsWith("^"),
    repeats: 0,
    choices: 0,
    nested: false,
  };
  // One entry a group that is open: whether it holds a repetition or a choice.
  const open: boolean[] = [false];
  let closed = false;
  const mark = () => open[open.length - 1] = true;
  for (let i = 0; i < source.length; i++) {
    const c = source[i]!;
    const wasGroup = closed;
    closed = false;
    if (c === "\\") {
      const next = source[++i] ?? "";
      if (/[1-9k]/.test(next)) found.nested = true;
    } else if (c === "[") {
      i = endOfClass(source, i);
    } else if (c === "(") {
      open.push(false);
      if (source[i + 1] === "?") i++;
    } else if (c === ")") {
      closed = open.length > 1 && open.pop()!;
      if (closed) mark();
    } else if (c === "|") {
      found.choices++;
      if (open.length === 1) found.anchored = false;
      mark();
    } else if (c === "*" || c === "+" || c === "?" || c === "{") {
      const [kind, end] = quantifier(source, i);
      i = end;
      if (kind === "none") continue;
      if (wasGroup && kind !== "choice") found.nested = true;
      if (kind === "fixed") continue;
      if (kind === "choice") found.choices++;
      else found.repeats++;
      mark();
    }
  }
  return found;
}

type Quantifier = "none" | "choice" | "fixed" | "repeat";

function quantifier(source: string, at: number): [Quantifier, number] {
  let end = at;
  let kind: Quantifier = source[at] === "?" ? "choice" : "repeat";
  if (source[at] === "{") {
    const bounds = /^\{(\d+)(,(\d*))?\}/.exec(source.slice(at, at + 40));
    if (bounds === null) return ["none", at];
    end = at + bounds[0].length - 1;
    if (bounds[2] === undefined || bounds[3] === bounds[1]) kind = "fixed";
  }
  if (source[end + 1] === "?") end++;
  return [kind, end];
}

function endOfClass(source: string, at: number): number {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === "\\") i++;
    else if (source[i] === "]") return i;
  }
  return source.length;
}

function compile(source: string): RegExp | undefined {
  for (const flags of ["u", ""]) {
    try {
      return new RegExp(source, flags);
    } catch { /* the next, or none */ }
  }
  return undefined;
}
