/**
 * .gitignore files: which paths they leave out.
 *
 * Only files called `.gitignore` count, from the repository's root (or from the directory that is
 * searched, where there is no repository) down to the path; `.git/info/exclude` and a user's global
 * file don't. What a pattern means is git's to say, down to its matching bytes and not characters.
 *
 * @module
 */
import { compilePath } from "./path_pattern.ts";

/** One line of a .gitignore file. */
interface Rule {
  readonly negated: boolean;
  readonly directoryOnly: boolean;
  /** The pattern is tested on the path from the file's directory, not on the name alone. */
  readonly anchored: boolean;
  fits(text: string): boolean;
}

/** The rules of one .gitignore file. */
export class IgnoreFile {
  #rules: Rule[] = [];
  /** Whether a rule looks at more than names. */
  #anchored = false;

  /** @param text The file's content. */
  constructor(text: string) {
    for (const line of text.replace(/^\ufeff/, "").split("\n")) {
      const rule = parseRule(bytesOf(line.replace(/\r$/, "")));
      if (rule) this.#rules.push(rule);
    }
    this.#rules.reverse();
    this.#anchored = this.#rules.some(({ anchored }) => anchored);
  }

  /**
   * What its last rule that fits says; `undefined` where none does.
   *
   * @param lead What is before the name in the path from this file's directory.
   */
  verdict(lead: string, name: string, isDirectory: boolean): "ignore" | "keep" | undefined {
    const path = this.#anchored ? lead + name : name;
    for (const rule of this.#rules) {
      if (rule.directoryOnly && !isDirectory) continue;
      if (rule.fits(rule.anchored ? path : name)) return rule.negated ? "keep" : "ignore";
    }
    return undefined;
  }
}

function parseRule(line: string): Rule | undefined {
  if (line.startsWith("#")) return undefined;
  let pattern = trimEnd(line);
  const negated = pattern.startsWith("!");
  if (negated) pattern = pattern.slice(1);
  const directoryOnly = pattern.endsWith("/");
  if (directoryOnly) pattern = pattern.slice(0, -1);
  const anchored = pattern.includes("/");
  if (pattern.startsWith("/")) pattern = pattern.slice(1);
  if (pattern === "") return undefined;
  const fits = anchored ? compileAnchored(pattern) : compilePath(pattern, true);
  return { negated, directoryOnly, anchored, fits };
}

/** As git does, compares what stands before the first wildcard apart: `a**\/b` fits `ab`. */
function compileAnchored(pattern: string): (path: string) => boolean {
  const start = pattern.slice(0, pattern.search(/[*?[\\]|$/));
  const rest = compilePath(pattern.slice(start.length), true);
  return (path) => path.startsWith(start) && rest(path.slice(start.length));
}

/** Spaces at the end don't count, unless a backslash stands before them. */
function trimEnd(line: string): string {
  let end = 0;
  for (let i = 0; i < line.length; i++) {
    const escaped = line[i] === "\\";
    if (escaped) i++;
    if (escaped || line[i] !== " ") end = i + 1;
  }
  return line.slice(0, end);
}

/** A name as git sees it: bytes, each as one character. */
function bytesOf(name: string): string {
  if (/^[\0-\x7f]*$/.test(name)) return name;
  return Array.from(new TextEncoder().encode(name), (byte) => String.fromCharCode(byte)).join("");
}

/** The rules that hold in one directory: its own file and those above. */
export class IgnoreScope {
  #parent: IgnoreScope | undefined;
  #file: IgnoreFile | undefined;
  /** From the top scope to this directory, with a `/` at the end; `""` for the top. */
  readonly prefix: string;

  constructor(prefix: string, parent: IgnoreScope | undefined, file: IgnoreFile | undefined) {
    this.prefix = prefix;
    this.#parent = parent;
    this.#file = file;
  }

  /** Whether an entry of this directory is left out. */
  ignores(name: string, isDirectory: boolean): boolean {
    if (!this.#file && !this.#parent) return false;
    return this.#verdict(this.prefix, bytesOf(name), isDirectory) === "ignore";
  }

  #verdict(directory: string, name: string, isDirectory: boolean): "ignore" | "keep" | undefined {
    const own = this.#file?.verdict(directory.slice(this.prefix.length), name, isDirectory);
    if (own !== undefined || this.#parent === undefined) return own;
    return this.#parent.#verdict(directory, name, isDirectory);
  }

  /** The scope of a directory in this one. */
  child(name: string, file: IgnoreFile | undefined): IgnoreScope {
    // One without rules is only in the way of those above it.
    const parent = this.#file ? this : this.#parent;
    return new IgnoreScope(`${this.prefix}${bytesOf(name)}/`, parent, file);
  }

  /** The same scope with a file. */
  with(file: IgnoreFile): IgnoreScope {
    return new IgnoreScope(this.prefix, this.#parent, file);
  }
}
