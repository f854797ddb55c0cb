/**
 * Glob patterns as regular expressions, in two dialects: that of the `glob` tool and that of
 * .gitignore files.
 *
 * @module
 */

/** Fits paths with `/`, relative to where the pattern starts. */
export type PathMatcher = (path: string) => boolean;

/**
 * Compiles a pattern of the `glob` tool: `*` and `?` stay within a name, `**` as a whole name is any
 * number of directories, `[a-z]` and `[!a-z]` are sets, `{a,b}` are alternatives, a backslash takes
 * the next character as it is. Names that begin with a dot are no exception. Case counts.
 *
 * @throws {SyntaxError} Where the alternatives are too many to be meant.
 */
export function compileGlob(pattern: string): PathMatcher {
  const sources = expandBraces(pattern).map((one) => segmentsToSource(one.replace(/^\.\//, "")));
  const expression = new RegExp(`^(?:${sources.join("|")})$`, "s");
  return (path) => expression.test(path);
}

/** The same, but a pattern without `/` fits a file's name in any directory. */
export function compileInclude(pattern: string): PathMatcher {
  const matchers = expandBraces(pattern)
    .map((one) => compileGlob(escapeBraces(one.includes("/") ? one : `**/${one}`)));
  return (path) => matchers.some((matches) => matches(path));
}

/** The longest run of whole names at the start of a pattern that hold no wildcard: `src/a` of `src/a/*.ts`. */
export function literalPrefix(pattern: string): string {
  const parts = pattern.replace(/^\.\//, "").split("/");
  const at = parts.findIndex((part) => /[*?[\]{}\\]/.test(part));
  return parts.slice(0, at < 0 ? parts.length - 1 : at).join("/");
}

const MAX_ALTERNATIVES = 256;

/** Each pattern that a pattern with braces stands for. */
export function expandBraces(pattern: string): string[] {
  const open = findUnescaped(pattern, "{", 0);
  if (open < 0) return [pattern];
  const parts: string[] = [];
  let depth = 0;
  let start = open + 1;
  for (let i = open; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === "\\") i++;
    else if (c === "{") depth++;
    else if (c === "," && depth === 1) {
      parts.push(pattern.slice(start, i));
      start = i + 1;
    } else if (c === "}" && --depth === 0) {
      parts.push(pattern.slice(start, i));
      const head = pattern.slice(0, open);
      const tails = expandBraces(pattern.slice(i + 1));
      const all = parts.flatMap(expandBraces).flatMap((part) =>
        tails.map((tail) => head + part + tail)
      );
      if (all.length > MAX_ALTERNATIVES) {
        throw new SyntaxError("The pattern has too many alternatives");
      }
      return all;
    }
  }
  // A brace that is never closed is a character like others.
  return expandBraces(pattern.slice(open + 1)).map((rest) => `${pattern.slice(0, open)}\\{${rest}`);
}

function escapeBraces(pattern: string): string {
  return pattern.replace(/\\.|[{}]/gs, (found) => found.length > 1 ? found : `\\${found}`);
}

function findUnescaped(text: string, wanted: string, from: number): number {
  for (let i = from; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === wanted) return i;
  }
  return -1;
}

function segmentsToSource(pattern: string): string {
  const segments = pattern.split("/").filter((part, index, all) =>
    !(part === "**" && all[index - 1] === "**") &&
    !(part === "" && index > 0 && index < all.length - 1)
  );
  let source = "";
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === "**") source += last ? ".+" : "(?:[^/]+/)*";
    else source += nameToSource(segment) + (last ? "" : "/");
  });
  return source;
}

/** One name of a pattern, as the source of a regular expression. */
export function nameToSource(name: string): string {
  // What stands between the stars; each has one length, so the first place where it fits is as good
  // as any, and going back to try others (which could take for ever) is never needed.
  const parts = [""];
  for (let i = 0; i < name.length; i++) {
    const c = name[i]!;
    if (c === "*") {
      while (name[i + 1] === "*") i++;
      parts.push("");
      continue;
    }
    let piece = escapeRegExp(c);
    if (c === "?") piece = "[^/]";
    else if (c === "[") {
      const set = readSet(name, i);
      if (set) {
        piece = set.source;
        i = set.end;
      }
    } else if (c === "\\" && i + 1 < name.length) piece = escapeRegExp(name[++i]!);
    parts[parts.length - 1] += piece;
  }
  return parts.map((part, index) => {
    if (index === 0) return part;
    if (index === parts.length - 1) return `[^/]*${part}`;
    const group = `s${groups++}`;
    return `(?=(?<${group}>[^/]*?${part}))\\k<${group}>`;
  }).join("");
}

let groups = 0;

/** `[…]` at a place; `undefined` where it is never closed. */
function readSet(text: string, at: number): { source: string; end: number } | undefined {
  let i = at + 1;
  const negated = text[i] === "!" || text[i] === "^";
  if (negated) i++;
  let body = "";
  for (let first = true; i < text.length; i++, first = false) {
    const c = text[i]!;
    if (c === "]" && !first) {
      if (/(.)-(.)/s.test(body) && badRange(body)) return { source: "(?!)", end: i };
      return { source: negated ? `[^/${body}]` : `(?!/)[${body}]`, end: i };
    }
    const posix = c === "[" ? /^\[:(\w+):\]/.exec(text.slice(i)) : null;
    if (posix && POSIX[posix[1]!]) {
      body += POSIX[posix[1]!];
      i += posix[0].length - 1;
    } else if (c === "\\" && i + 1 < text.length) {
      body += `\\${text[++i]!.replace(/[\w]/, (w) => `x${w.charCodeAt(0).toString(16)}`)}`;
    } else body += /[\\\][^]/.test(c) ? `\\${c}` : c;
  }
  return undefined;
}

function badRange(body: string): boolean {
  try {
    new RegExp(`[${body}]`);
    return false;
  } catch {
    return true;
  }
}

const POSIX: Record<string, string> = {
  alpha: "A-Za-z",
  digit: "0-9",
  alnum: "A-Za-z0-9",
  upper: "A-Z",
  lower: "a-z",
  space: "\\s",
  punct: "!-\\/:-@\\[-`{-~",
  xdigit: "0-9A-Fa-f",
};

/** A text as a regular expression that fits just it. */
export function escapeRegExp(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/-]/g, "\\$&");
}
