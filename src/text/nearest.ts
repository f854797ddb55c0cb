/**
 * The name that somebody meant.
 *
 * @module
 */

/**
 * The candidate that is nearest to a mistyped word; `undefined` where none is near. Two letters that
 * changed places count as one mistake.
 *
 * @param candidates The words that exist; of equals the first wins.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = Infinity;
  for (const candidate of candidates) {
    const cost = distance(word.toLowerCase(), candidate.toLowerCase());
    if (cost < least && cost <= allowance(candidate)) [best, least] = [candidate, cost];
  }
  return best;
}

/** The question whether the nearest candidate was meant; `undefined` where none is near. */
export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const near = nearest(word, candidates);
  return near && `did you mean "${near}"?`;
}

/** How many mistakes a word may hold and still be meant. */
function allowance(candidate: string): number {
  return candidate.length <= 4 ? 1 : candidate.length <= 12 ? 2 : 3;
}

/** Insertions, deletions, substitutions and swaps of neighbours that turn `a` into `b`. */
function distance(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > 3) return Infinity;
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let cost = Math.min(last[j]! + 1, row[j - 1]! + 1, last[j - 1]! + same);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) cost = Math.min(cost, before[j - 2]! + 1);
      row.push(cost);
    }
    [before, last] = [last, row];
  }
  return last[b.length]!;
}
