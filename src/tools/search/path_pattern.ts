/**
 * Wildcards for paths, matched in time that is linear in both lengths: the newest `*` and the newest
 * `**` are the only places ever gone back to, as an earlier fit of what is before them is as good
 * as any.
 *
 * @module
 */
import { type CharSet, charset, has, negate, POSIX } from "../../regex/charset.ts";

const enum Kind {
  Char,
  /** One character that is no `/`. */
  Set,
  /** Any characters but `/`. */
  Star,
  /** Any number of whole directories, each with its `/`. */
  Directories,
  /** All that is left. */
  Rest,
}

interface Token {
  readonly kind: Kind;
  readonly code: number;
  readonly set: CharSet;
}

const SLASH = 47;
const ANY: CharSet = negate([SLASH, SLASH]);

/** Whether a path, with `/` between its names, fits. */
export type PathMatcher = (path: string) => boolean;

/**
 * Compiles a pattern of `*`, `?`, `[…]` and `**`; a backslash takes the next character as it is.
 *
 * @param strict As git has it, a pattern with a set that is never closed or a backslash at the end
 * fits nothing; otherwise those characters stand for themselves.
 */
export function compilePath(pattern: string, strict: boolean): PathMatcher {
  // The common forms in a faster way.
  if (!/[*?[\\]/.test(pattern)) return (path) => path === pattern;
  if (/^\*[^*?[\\/]+$/.test(pattern)) {
    const end = pattern.slice(1);
    return (path) => path.endsWith(end) && path.lastIndexOf("/", path.length - end.length - 1) < 0;
  }
  const tokens = read(pattern, strict);
  return tokens ? (path) => fits(tokens, path) : () => false;
}

function read(pattern: string, strict: boolean): Token[] | undefined {
  const tokens: Token[] = [];
  const add = (kind: Kind, code = 0, set: CharSet = ANY) => tokens.push({ kind, code, set });
  for (let at = 0; at < pattern.length;) {
    const code = pattern.codePointAt(at)!;
    const c = String.fromCodePoint(code);
    const set = c === "[" ? readSet(pattern, at + 1) : undefined;
    if (c === "*") {
      const begins = at === 0 || pattern[at - 1] === "/";
      let end = at + 1;
      while (pattern[end] === "*") end++;
      const whole = begins && end - at > 1;
      if (whole && pattern[end] === "/") {
        if (tokens.at(-1)?.kind !== Kind.Directories) add(Kind.Directories);
        end++;
      } else add(whole && end === pattern.length ? Kind.Rest : Kind.Star);
      at = end;
      continue;
    }
    if (c === "?") add(Kind.Set);
    else if (set) {
      add(Kind.Set, 0, set.set);
      at = set.end;
      continue;
    } else if (strict && (c === "[" || (c === "\\" && at + 1 === pattern.length))) {
      return undefined;
    } else if (c === "\\" && at + 1 < pattern.length) {
      const next = pattern.codePointAt(++at)!;
      add(Kind.Char, next);
      at += next > 0xffff ? 2 : 1;
      continue;
    } else add(Kind.Char, code);
    at += c.length;
  }
  return tokens;
}

/** A set, from behind its `[` on, read as git does; `undefined` where it is none. */
function readSet(text: string, start: number): { set: CharSet; end: number } | undefined {
  const negated = text[start] === "!" || text[start] === "^";
  const first = negated ? start + 1 : start;
  const bounds: number[] = [];
  /** What a range could begin with. */
  let before: number | undefined;
  let at = first;
  while (at === first || text[at] !== "]") {
    const named = text.startsWith("[:", at) ? text.indexOf("]", at + 2) : -1;
    if (named > at + 2 && text[named - 1] === ":") {
      const set = POSIX[text.slice(at + 2, named - 1)];
      if (!set) return undefined;
      bounds.push(...set);
      before = undefined;
      at = named + 1;
      continue;
    }
    const ranges = text[at] === "-" && before !== undefined && at + 1 < text.length &&
      text[at + 1] !== "]";
    if (ranges) at++;
    if (text[at] === "\\") at++;
    const code = text.codePointAt(at);
    if (code === undefined) return undefined;
    if (!ranges) bounds.push(code, code);
    else if (before! <= code) bounds.push(before!, code);
    before = ranges ? undefined : code;
    at += code > 0xffff ? 2 : 1;
    if (at >= text.length) return undefined;
  }
  const set = charset(bounds);
  return { set: negated ? negate(set) : set, end: at + 1 };
}

function fits(tokens: readonly Token[], path: string): boolean {
  let at = 0;
  let place = 0;
  // Where to go on after the newest `*` and `**`, and from where the path is tried next.
  let star = -1;
  let starPlace = 0;
  let directories = -1;
  let directoriesPlace = 0;
  for (;;) {
    const token = tokens[at];
    if (token === undefined) {
      if (place === path.length) return true;
    } else if (token.kind === Kind.Directories) {
      directories = ++at;
      directoriesPlace = place;
      star = -1;
      continue;
    } else if (token.kind === Kind.Star) {
      star = ++at;
      starPlace = place;
      continue;
    } else if (token.kind === Kind.Rest) {
      return true;
    } else if (place < path.length) {
      const code = path.codePointAt(place)!;
      const fit = token.kind === Kind.Char
        ? token.code === code
        : code !== SLASH && has(token.set, code);
      if (fit) {
        at++;
        place += code > 0xffff ? 2 : 1;
        continue;
      }
    }
    if (star >= 0 && starPlace < path.length && path.charCodeAt(starPlace) !== SLASH) {
      starPlace += path.codePointAt(starPlace)! > 0xffff ? 2 : 1;
      place = starPlace;
      at = star;
    } else if (directories >= 0) {
      const slash = path.indexOf("/", directoriesPlace);
      if (slash < 0) return false;
      place = directoriesPlace = slash + 1;
      at = directories;
      star = -1;
    } else return false;
  }
}
