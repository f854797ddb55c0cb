/**
 * `grep`: lines by a regular expression.
 *
 * @module
 */
import { join } from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import { printable } from "../../process/output.ts";
import { compileInclude, type PathMatcher } from "./glob_pattern.ts";
import { compileLinePattern, type LinePattern } from "./line_pattern.ts";
import { ToolFault, type ToolOutput } from "../types.ts";
import { IgnoreJudge, ignoreTop, Pacer, walkFiles } from "./walk.ts";
import { mayShow, objectSchema, type Workspace } from "../workspace.ts";

/** How many lines are shown where the model names no limit. */
const DEFAULT_LIMIT = 200;

/** The largest file that is searched, in bytes. */
const MAX_SEARCHED = 64 * 1024 * 1024;

/** How much of a line is shown, in characters. */
const MAX_SHOWN = 400;

/** How much of a line is searched by a pattern with repetitions, in characters. */
const MAX_LINE = 10_000;

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

export const GREP_SCHEMA = objectSchema({
  pattern: {
    type: "string",
    minLength: 1,
    description: "A JavaScript regular expression, tried on each line by itself.",
  },
  path: {
    type: "string",
    description:
      "The file or directory to search, relative to the working directory. Default: the working directory.",
  },
  include: {
    type: "string",
    description: "Search only files that fit this glob, such as `*.ts` or `src/**/*.{c,h}`.",
  },
  ignoreCase: { type: "boolean", description: "Case does not count. Default false." },
  literal: { type: "boolean", description: "Take the pattern as plain text. Default false." },
  limit: {
    type: "integer",
    minimum: 1,
    description: `How many lines to show. Default ${DEFAULT_LIMIT}.`,
  },
}, ["pattern"]);

export const GREP_DESCRIPTION =
  "Searches the content of files and shows the lines that fit as `path:line:text`, sorted by path. What " +
  ".gitignore leaves out, .git, binary files and files above 64 MiB are not searched, links are not followed.";

interface Hits {
  readonly lines: string[];
  readonly files: Set<string>;
  more: boolean;
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
  const limit = input.limit ?? DEFAULT_LIMIT;
  const hits: Hits = { lines: [], files: new Set(), more: false };
  const info = await host().files.lstat(base.real);
  if (info.isFile) {
    // The call itself was decided for this file.
    searchFile(base.real, base.shown, pattern, limit, hits);
  } else if (!info.isDirectory) {
    throw new ToolFault(`${base.shown} is neither a file nor a directory`);
  } else {
    const top = base.shown === "." ? "" : `${base.shown}/`;
    const paths = (await candidates(workspace, base.real, root, pattern, signal))
      .filter((path) => include(path) && mayShow(workspace, "grep", top + path)).sort();
    const pacer = new Pacer(signal);
    for (const path of paths) {
      const pause = pacer.turn();
      if (pause) await pause;
      if (!searchFile(join(base.real, path), top + path, pattern, limit, hits)) break;
    }
  }
  const note = hits.more
    ? `\n[more lines fit; only the first ${limit} are shown: narrow the search or raise the limit]`
    : "";
  return {
    content: hits.lines.length === 0 ? "No matches found" : hits.lines.join("\n") + note,
    metadata: { matches: hits.lines.length, files: [...hits.files], truncated: hits.more },
  };
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

/** The files to look into: those that ripgrep says may match, or all. */
async function candidates(
  workspace: Workspace,
  directory: string,
  root: string,
  pattern: LinePattern,
  signal: AbortSignal,
): Promise<string[]> {
  const found: string[] = [];
  if (pattern.search !== undefined) {
    const { search, ignoreCase } = pattern;
    const holding = await workspace.ripgrep
      .holding(search, ignoreCase, directory, root, MAX_SEARCHED, signal);
    if (holding !== undefined) {
      const judge = new IgnoreJudge(directory, ignoreTop(directory, root));
      return holding.filter((path) => !judge.ignores(path));
    }
  }
  await walkFiles(
    directory,
    ignoreTop(directory, root),
    new Pacer(signal),
    (path) => void found.push(path),
  );
  return found;
}

const decoder = new TextDecoder();

/** Adds a file's lines; `false` when there are enough. */
function searchFile(
  path: string,
  shown: string,
  pattern: LinePattern,
  limit: number,
  hits: Hits,
): boolean {
  let bytes: Uint8Array;
  try {
    const { files } = host();
    const info = files.lstatSync(path);
    if (!info.isFile || info.size > MAX_SEARCHED || info.size === 0) return true;
    bytes = files.readBytesSync(path);
  } catch {
    return true; // gone, or not ours to read
  }
  const text = decoder.decode(bytes);
  // Binary. In the text, as engines look for a character much faster there than for a byte in bytes.
  if (text.includes("\0")) return true;
  const { finder, line: fits, repeats } = pattern;
  const single = !pattern.ignoreCase && pattern.texts?.length === 1 ? pattern.texts[0]! : undefined;
  if (single !== undefined && !text.includes(single)) return true;
  let number = 1;
  let counted = 0;
  for (let at = 0; at < text.length;) {
    if (finder) {
      finder.lastIndex = at;
      const next = finder.exec(text);
      if (!next) return true;
      at = next.index;
    }
    const start = text.lastIndexOf("\n", at - 1) + 1;
    let end = text.indexOf("\n", at);
    if (end < 0) end = text.length;
    const whole = text.slice(start, text[end - 1] === "\r" ? end - 1 : end);
    const tried = repeats && whole.length > MAX_LINE ? whole.slice(0, MAX_LINE) : whole;
    if (start < text.length && fits.test(tried)) {
      // Read through a link that appeared after the walk? Then it is not for here.
      if (!hits.files.has(shown) && host().files.realPathSync(path) !== path) return true;
      if (hits.lines.length >= limit) {
        hits.more = true;
        return false;
      }
      for (
        let i = text.indexOf("\n", counted);
        i >= 0 && i < start;
        i = text.indexOf("\n", i + 1)
      ) {
        number++;
        counted = i + 1;
      }
      hits.lines.push(`${shown}:${number}:${excerpt(whole, fits)}`);
      hits.files.add(shown);
    }
    at = end + 1;
  }
  return true;
}

/** A line as it is shown: whole, or what is around the match. */
function excerpt(line: string, fits: RegExp): string {
  if (line.length <= MAX_SHOWN) return printable(line);
  const at = Math.max(0, (fits.exec(line.slice(0, MAX_LINE))?.index ?? line.search(fits)) - 100);
  const part = line.slice(at, at + MAX_SHOWN);
  return printable((at > 0 ? "…" : "") + part + (at + MAX_SHOWN < line.length ? "…" : ""));
}
