/**
 * `grep`: lines by a regular expression.
 *
 * @module
 */
import { join } from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import { compileInclude } from "./glob_pattern.ts";
import { compileLinePattern, type LinePattern } from "./line_pattern.ts";
import { openChecked } from "../files/pinned.ts";
import type { Sandbox } from "../files/sandbox.ts";
import { GREP_LIMIT } from "../catalog.ts";
import { ToolFault, type ToolOutput } from "../types.ts";
import type { PathMatcher } from "./path_pattern.ts";
import { type Sieve, Sieved } from "./sieved.ts";
import { type Line, LineSearch, type Searched } from "./line_search.ts";
import { ignoreTop, Pacer, walkFiles } from "./walk.ts";
import { mayShow, shownPath, type Workspace } from "../workspace.ts";

/** The most lines that are shown, whatever the model wants. */
const MAX_LIMIT = 10_000;

/** The input of `grep`. */
export interface GrepInput {
  /** The regular expression. */
  pattern: string;
  /** The file or directory to search. */
  path?: string;
  /** A glob for the files to search. */
  include?: string;
  /** Case does not count. */
  ignoreCase?: boolean;
  /** The pattern is a text, not a regular expression. */
  literal?: boolean;
  /** How many lines to show. */
  limit?: number;
}

/** Searches files. */
export async function runGrep(
  workspace: Workspace,
  input: GrepInput,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const { sandbox } = workspace;
  const root = await sandbox.root();
  const base = await sandbox.resolve(input.path ?? ".");
  if (!base.exists) throw new ToolFault(`${base.shown} does not exist`);
  const pattern = compileLinePattern(input.pattern, {
    ignoreCase: input.ignoreCase ?? false,
    literal: input.literal ?? false,
  });
  const include = includeOf(input.include);
  const hits = new Hits(
    sandbox,
    pattern,
    Math.min(input.limit ?? GREP_LIMIT, MAX_LIMIT),
    signal,
  );
  const info = await host().files.lstat(base.real);
  if (info.isFile) {
    await hits.search(base.real, base.shown); // the call itself was decided for this file
  } else if (!info.isDirectory) {
    throw new ToolFault(`${base.shown} is neither a file nor a directory`);
  } else {
    const top = base.shown === "." ? "" : `${base.shown}/`;
    const search = (path: string) => hits.search(join(base.real, path), top + path);
    const pacer = new Pacer(signal);
    const rules = ignoreTop(base.real, root);
    const shows = mayShow(workspace, "grep");
    const wanted = (path: string) => include(path) && shows(top + path);
    const list = pattern.ripgrep === undefined ? 0 : await workspace.ripgrep.maxList(root);
    if (list === 0) {
      await walkFiles(base.real, rules, pacer, (path) => !wanted(path) || search(path));
    } else {
      const sieve: Sieve = (paths, directories, stop) =>
        workspace.ripgrep.holding(pattern.ripgrep!, base.real, paths, directories, stop);
      const sieved = new Sieved(list, sieve, search, signal);
      try {
        await walkFiles(base.real, rules, pacer, (path) => !wanted(path) || sieved.add(path));
        await sieved.flush();
      } finally {
        await sieved.close();
      }
    }
  }
  return hits.output();
}

/** The lines found so far. */
class Hits {
  more = false;
  #lines: string[] = [];
  #files: string[] = [];
  #limit: number;
  #search: LineSearch;
  #sandbox: Sandbox;

  constructor(sandbox: Sandbox, pattern: LinePattern, limit: number, signal: AbortSignal) {
    this.#sandbox = sandbox;
    this.#limit = limit;
    this.#search = new LineSearch(pattern, new Pacer(signal));
  }

  /** Adds a file's lines; `false` when there are enough. */
  search(path: string, shown: string): true | Promise<boolean> {
    const found = this.#search.file(path, this.#limit - this.#lines.length + 1);
    return found === undefined ? true : this.#add(found, path, shown);
  }

  async #add(
    searched: Promise<Searched | undefined>,
    path: string,
    shown: string,
  ): Promise<boolean> {
    const found = await searched;
    if (!found || found.lines.length === 0) return true;
    const lines = found.where === path
      ? found.lines
      : await this.#proved(path, shown, this.#limit - this.#lines.length + 1);
    if (lines.length === 0) return true;
    this.#files.push(shown);
    const name = shownPath(shown);
    for (const { number, shown: text } of lines) {
      if (this.#lines.length < this.#limit) this.#lines.push(`${name}:${number}:${text}`);
      else this.more = true;
    }
    return !this.more;
  }

  /** What is shown comes from a file that was proved to be in its place when it was opened. */
  async #proved(real: string, shown: string, limit: number): Promise<Line[]> {
    try {
      const { file } = await openChecked(this.#sandbox, { real, shown });
      return await this.#search.opened(file, limit);
    } catch (error) {
      if (error instanceof ToolFault || host().failureKind(error) !== "other") return [];
      throw error;
    }
  }

  output(): ToolOutput {
    const note = this.more
      ? `\n[more lines fit; only the first ${this.#limit} are shown: narrow the search or raise the limit]`
      : "";
    return {
      content: this.#lines.length === 0 ? "No matches found" : this.#lines.join("\n") + note,
      metadata: { matches: this.#lines.length, files: this.#files, truncated: this.more },
    };
  }
}

function includeOf(pattern: string | undefined): PathMatcher {
  if (pattern === undefined || pattern === "") return () => true;
  if (/(^|\/)\.\.(\/|$)/.test(pattern)) {
    throw new ToolFault("`include` can't hold `..`", {
      status: "refused",
      metadata: { reason: "outside_workdir" },
    });
  }
  try {
    return compileInclude(pattern.replace(/^(\.\/)+/, ""));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ToolFault(`\`include\` can't be used: ${message}`, { status: "invalid" });
  }
}
