/**
 * Short runs of characters that are in everything a pattern fits, as an expression for the engine of
 * the runtime: the fast way past lines where no plain text is known. Such a run repeats nothing, so that
 * engine tries at most its length at each place.
 *
 * @module
 */
import type { CharSet } from "./charset.ts";
import type { Node } from "./syntax.ts";

/** Bounds of a run: its length, and the ranges of one set. */
const MAX_RUN = 8;
const MAX_RANGES = 16;

/** Bound of the work: counted repetitions multiply, also those of nothing. */
const MAX_VISITS = 1000;

/** A set with more characters of ASCII than this says little about a text. */
const NARROW = 40;

/** The run's source; `undefined` where none would pass over much. */
export function requiredRun(node: Node): string | undefined {
  const runs: CharSet[][] = [[]];
  const cut = () => void (runs.at(-1)!.length > 0 && runs.push([]));
  let left = MAX_VISITS;
  const gather = (node: Node): void => {
    if (left-- <= 0) return cut();
    if (node.kind === "set") {
      if (node.set.length === 0 || node.set.length > 2 * MAX_RANGES) return cut();
      runs.at(-1)!.push(node.set);
    } else if (node.kind === "sequence") node.parts.forEach((part) => gather(part));
    else if (node.kind === "repeat") {
      for (let i = 0; i < Math.min(node.min, MAX_RUN); i++) gather(node.node);
      if (node.max > Math.min(node.min, MAX_RUN)) {
        cut();
        // The last time around stands before what comes next.
        if (node.min > 0 && node.node.kind === "set") gather(node.node);
      }
    } else if (node.kind === "choice") cut();
  };
  gather(node);
  let best: { run: readonly CharSet[]; worth: number } | undefined;
  for (const run of runs) {
    for (let from = 0; from < run.length; from++) {
      const part = run.slice(from, from + MAX_RUN);
      const worth = part.reduce((sum, set) => sum + Math.log2(128 / (asciiOf(set) || 1)), 0);
      // One set alone is in most lines.
      const pays = part.filter((set) => asciiOf(set) <= NARROW).length >= 2;
      if (pays && (!best || worth > best.worth)) best = { run: part, worth };
    }
  }
  return best?.run.map(source).join("");
}

/** How many characters of ASCII a set has. */
function asciiOf(set: CharSet): number {
  let count = 0;
  for (let i = 0; i < set.length; i += 2) {
    count += Math.max(0, Math.min(set[i + 1]!, 127) - set[i]! + 1);
  }
  return count;
}

function source(set: CharSet): string {
  const hex = (code: number) => `\\u{${code.toString(16)}}`;
  let ranges = "";
  for (let i = 0; i < set.length; i += 2) ranges += `${hex(set[i]!)}-${hex(set[i + 1]!)}`;
  return `[${ranges}]`;
}
