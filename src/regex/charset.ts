/**
 * Sets of code points as sorted ranges.
 *
 * @module
 */

/** First and last code point of each range in turn: sorted, neither overlapping nor adjacent. */
export type CharSet = readonly number[];

/** The last code point of Unicode. */
export const LAST = 0x10ffff;

/** Sorts and joins ranges given as first and last code points in turn. */
export function charset(bounds: readonly number[]): CharSet {
  if (bounds.length <= 2) return bounds;
  const ranges: [number, number][] = [];
  for (let i = 0; i < bounds.length; i += 2) ranges.push([bounds[i]!, bounds[i + 1]!]);
  ranges.sort((a, b) => a[0] - b[0]);
  const joined: number[] = [];
  for (const [first, last] of ranges) {
    const end = joined.length - 1;
    if (end > 0 && first <= joined[end]! + 1) joined[end] = Math.max(joined[end]!, last);
    else joined.push(first, last);
  }
  return joined;
}

/** What is in one of the sets. */
export function union(...sets: readonly CharSet[]): CharSet {
  return charset(sets.flat());
}

/** What is not in the set. */
export function negate(set: CharSet): CharSet {
  const rest: number[] = [];
  let from = 0;
  for (let i = 0; i < set.length; i += 2) {
    if (set[i]! > from) rest.push(from, set[i]! - 1);
    from = set[i + 1]! + 1;
  }
  if (from <= LAST) rest.push(from, LAST);
  return rest;
}

/** Whether a code point is in the set. */
export function has(set: CharSet, code: number): boolean {
  let low = 0;
  let high = set.length >> 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (code > set[2 * middle + 1]!) low = middle + 1;
    else high = middle;
  }
  return 2 * low < set.length && code >= set[2 * low]!;
}

/** Every code point. */
export const ALL: CharSet = [0, LAST];
/** `\d` */
export const DIGITS: CharSet = [0x30, 0x39];
/** `\w` */
export const WORDS: CharSet = [0x30, 0x39, 0x41, 0x5a, 0x5f, 0x5f, 0x61, 0x7a];
/** `\s`, as in JavaScript. */
export const SPACES: CharSet = charset(
  [9, 13, 32, 32, 0xa0, 0xa0, 0x1680, 0x1680, 0x2000, 0x200a, 0x2028, 0x2029, 0x202f, 0x202f]
    .concat([0x205f, 0x205f, 0x3000, 0x3000, 0xfeff, 0xfeff]),
);
/** What ends a line in JavaScript; `.` is everything else. */
export const LINE_ENDS: CharSet = [10, 10, 13, 13, 0x2028, 0x2029];

/** The names of `[[:alpha:]]` and the like: ASCII alone. */
export const POSIX: Readonly<Record<string, CharSet>> = {
  __proto__: null as never,
  alnum: [0x30, 0x39, 0x41, 0x5a, 0x61, 0x7a],
  alpha: [0x41, 0x5a, 0x61, 0x7a],
  ascii: [0, 0x7f],
  blank: [9, 9, 32, 32],
  cntrl: [0, 31, 127, 127],
  digit: DIGITS,
  graph: [33, 126],
  lower: [0x61, 0x7a],
  print: [32, 126],
  punct: [33, 47, 58, 64, 91, 96, 123, 126],
  space: [9, 13, 32, 32],
  upper: [0x41, 0x5a],
  word: WORDS,
  xdigit: [0x30, 0x39, 0x41, 0x46, 0x61, 0x66],
};
