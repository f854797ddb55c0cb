/**
 * What the runtime itself knows of Unicode, as sets: properties (`\p{…}`) and which characters are
 * the same where case does not count. No tables of our own, so the answers are those of its `RegExp`.
 *
 * @module
 */
import { type CharSet, charset, has, WORDS } from "./charset.ts";

const properties = new Map<string, CharSet | undefined>();
const MAX_KEPT = 100;

/** The characters of `\p{name}`; `undefined` where the runtime knows no such property. */
export function property(name: string): CharSet | undefined {
  if (properties.has(name)) return properties.get(name);
  if (properties.size >= MAX_KEPT) properties.clear();
  const set = readProperty(name);
  properties.set(name, set);
  return set;
}

function readProperty(name: string): CharSet | undefined {
  if (!/^\w{1,60}(=\w{1,60})?$/.test(name)) return undefined;
  let runs: RegExp;
  try {
    runs = new RegExp(`\\p{${name}}+`, "gu");
  } catch {
    return undefined;
  }
  const found: number[] = [];
  for (let from = 0; from <= 0x10ffff;) {
    // No piece holds a high surrogate before a low one: they would count as one character.
    const to = from < 0xdc00 ? Math.min(from + 0x4000, 0xdc00) : (from + 0x4000) & ~0x3fff;
    const piece = codePoints(from, to);
    const width = from >= 0x10000 ? 2 : 1;
    for (const { 0: run, index } of piece.matchAll(runs)) {
      found.push(from + index / width, from + (index + run.length) / width - 1);
    }
    // Unicode has nothing in planes 4 to 13: one answer for all of a plane but its last two.
    for (from = to; from >= 0x40000 && from < 0xe0000; from += 0x10000) {
      for (const [first, last] of [[0, 0xfffd], [0xfffe, 0xfffe], [0xffff, 0xffff]]) {
        if (runs.test(String.fromCodePoint(from + first!))) found.push(from + first!, from + last!);
        runs.lastIndex = 0;
      }
    }
  }
  return charset(found);
}

function codePoints(from: number, to: number): string {
  const units: number[] = [];
  for (let code = from; code < to; code++) {
    if (code < 0x10000) units.push(code);
    else units.push(0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
  }
  let text = "";
  for (let i = 0; i < units.length; i += 4096) {
    text += String.fromCharCode(...units.slice(i, i + 4096));
  }
  return text;
}

/** The set with all that differs from its members in case alone. */
export function closeCase(set: CharSet): CharSet {
  const added: number[] = [];
  const end = set[set.length - 1] ?? 0;
  if (end < 0x80) {
    for (let code = 0x41; code <= 0x5a; code++) {
      if (!has(set, code) && !has(set, code + 32)) continue;
      added.push(code, code, code + 32, code + 32);
      if (code === 0x4b) added.push(0x212a, 0x212a);
      if (code === 0x53) added.push(0x17f, 0x17f);
    }
  } else {
    const table = variants();
    for (let i = 0; i < set.length; i += 2) {
      if (set[i + 1]! - set[i]! < 64) {
        for (let code = set[i]!; code <= set[i + 1]!; code++) {
          for (const other of table.get(code) ?? []) added.push(other, other);
        }
      } else {
        for (const [code, others] of table) {
          if (code < set[i]! || code > set[i + 1]!) continue;
          for (const other of others) added.push(other, other);
        }
      }
    }
  }
  return added.length === 0 ? set : charset([...set, ...added]);
}

/** `\w` where case does not count: the long s and the Kelvin sign too. */
export const WORDS_ANY_CASE: CharSet = closeCase(WORDS);

let table: Map<number, number[]> | undefined;

/** For each character that has them, the others that are the same but for case. */
function variants(): Map<number, number[]> {
  if (table) return table;
  const near = new Map<number, Set<number>>();
  const link = (a: number, b: number) => {
    const group = new Set([a, b, ...near.get(a) ?? [], ...near.get(b) ?? []]);
    for (const code of group) near.set(code, group);
  };
  for (let code = 0x41; code < 0x1f000; code++) {
    if (code === 0x3000) code = 0xa000; // Han characters have no case
    if (code === 0xac00) code = 0xf900; // nor have Korean ones and surrogates
    const char = String.fromCodePoint(code);
    for (const other of [char.toLowerCase(), char.toUpperCase()]) {
      const only = other.codePointAt(0)!;
      if (other !== char && other.length === (only > 0xffff ? 2 : 1)) link(code, only);
    }
  }
  // One character in the one case, several in the other: not linked above.
  for (const [a, b] of [[0x390, 0x1fd3], [0x3b0, 0x1fe3], [0xfb05, 0xfb06]]) link(a!, b!);
  table = new Map();
  for (const [code, group] of near) {
    const others = [...group].filter((other) => other !== code && same(code, other, group.size));
    if (others.length > 0) table.set(code, others);
  }
  return table;
}

/** A plain pair is the same; the rest (the dotless i, the sharp s) the runtime decides. */
function same(a: number, b: number, size: number): boolean {
  const [one, other] = [String.fromCodePoint(a), String.fromCodePoint(b)];
  const pair = one.toLowerCase() === other && other.toUpperCase() === one ||
    one.toUpperCase() === other && other.toLowerCase() === one;
  return size === 2 && pair || new RegExp(`^\\u{${a.toString(16)}}$`, "iu").test(other);
}
