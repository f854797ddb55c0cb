/**
 * .gitignore files: which paths they leave out.
 *
 * Only files called `.gitignore` count, from the repository's root (or from the directory that is
 * searched, where there is no repository) down to the path; `.git/info/exclude` and a user's global
 * file don't.
 *
 * @module
 */
import { nameToSource } from "./glob_pattern.ts";

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

  /** @param text The file's content. */
  constructor(text: string) {
    for (const line of text.replace(/^\ufeff/, "").split("\n")) {
      const rule = parseRule(line.replace(/\r$/, ""));
      if (rule) this.#rules.push(rule);
    }
    this.#rules.reverse();
  }

  /** What its last rule that fits says; `undefined` where none does. */
  verdict(path: string, name: string, isDirectory: boolean): "ignore" | "keep" | undefined {
    for (const rule of this.#rules) {
      if (rule.directoryOnly && !isDirectory) continue;
      if (rule.fits(rule.anchored ? path : name)) return rule.negated ? "keep" : "ignore";
    }
    return undefined;
  }
}

function parseRule(line: string): Rule | undefined {
  let pattern = trimEnd(line);
  if (pattern === "" || pattern.startsWith("#")) return undefined;
  const negated = pattern.startsWith("!");
  if (negated) pattern = pattern.slice(1);
  const directoryOnly = /(^|[^\\])\/$/.test(pattern);
  if (directoryOnly) pattern = pattern.slice(0, -1);
  const anchored = pattern.includes("/");
  if (pattern.startsWith("/")) pattern = pattern.slice(1);
  if (pattern === "") return undefined;
  return { negated, directoryOnly, anchored, fits: compile(pattern) };
}

/** Spaces at the end don't count, unless a backslash stands before them. */
function trimEnd(line: string): string {
  let end = line.length;
  while (end > 0 && line[end - 1] === " " && line[end - 2] !== "\\") end--;
  return line.slice(0, end);
}

function compile(pattern: string): (text: string) => boolean {
  // The common forms without a regular expression.
  if (!/[*?[\\]/.test(pattern)) return (text) => text === pattern;
  if (/^\*[^*?[\\/]+$/.test(pattern)) {
    const end = pattern.slice(1);
    return (text) => text.endsWith(end);
  }
  const segments = pattern.split("/");
  let source = "";
  segments.forEach((segment, index) => {
    const last = index === segments.length - 1;
    if (segment === "**" && segments.length > 1) {
      if (segments[index - 1] === "**") return;
      source += last ? ".+" : "(?:[^/]+/)*";
    } else source += nameToSource(segment) + (last ? "" : "/");
  });
  const expression = new RegExp(`^${source}$`, "s");
  return (text) => expression.test(text);
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
    const path = this.prefix + name;
    return this.#verdict(path, name, isDirectory) === "ignore";
  }

  #verdict(path: string, name: string, isDirectory: boolean): "ignore" | "keep" | undefined {
    const own = this.#file?.verdict(path.slice(this.prefix.length), name, isDirectory);
    if (own !== undefined || this.#parent === undefined) return own;
    return this.#parent.#verdict(path, name, isDirectory);
  }

  /** The scope of a directory in this one. */
  child(name: string, file: IgnoreFile | undefined): IgnoreScope {
    // One without rules is only in the way of those above it.
    const parent = this.#file ? this : this.#parent;
    return new IgnoreScope(`${this.prefix}${name}/`, parent, file);
  }

  /** The same scope with a file. */
  with(file: IgnoreFile): IgnoreScope {
    return new IgnoreScope(this.prefix, this.#parent, file);
  }
}
