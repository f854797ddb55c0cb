/**
 * `glob`: files by their names.
 *
 * @module
 */
import { isAbsolute, join, normalize, relative } from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import { compileGlob, literalPrefix } from "./glob_pattern.ts";
import type { PathMatcher } from "./path_pattern.ts";
import { within } from "../files/sandbox.ts";
import { GLOB_LIMIT } from "../catalog.ts";
import { ToolFault, type ToolOutput } from "../types.ts";
import { IgnoreJudge, ignoreTop, Pacer, walkFiles } from "./walk.ts";
import { count, mayShow, shownPath, type Workspace } from "../workspace.ts";

/** The input of `glob`. */
export interface GlobInput {
  /** The pattern. */
  pattern: string;
  /** The directory that it starts from. */
  path?: string;
  /** How many files to list. */
  limit?: number;
}

/** Lists files. */
export async function runGlob(
  workspace: Workspace,
  input: GlobInput,
  signal: AbortSignal,
): Promise<ToolOutput> {
  const { sandbox } = workspace;
  const root = await sandbox.root();
  const base = await sandbox.resolve(input.path ?? ".");
  if (!base.exists) throw new ToolFault(`${base.shown} does not exist`);
  if (!(await host().files.lstat(base.real)).isDirectory) {
    throw new ToolFault(`${base.shown} is not a directory`);
  }
  const pattern = await patternInside(workspace, input.pattern, base.real);
  const matches = compile(pattern);
  // `src/a/*.ts` need not look outside src/a.
  const prefix = literalPrefix(pattern);
  const start = await startOf(workspace, base.real, prefix);
  const found: string[] = [];
  if (start !== undefined) {
    const lead = start === base.real ? "" : `${prefix}/`;
    const top = base.shown === "." ? "" : `${base.shown}/`;
    const shows = mayShow(workspace, "glob");
    await walkFiles(start, ignoreTop(start, root), new Pacer(signal), (path) => {
      if (matches(lead + path) && shows(top + lead + path)) found.push(top + lead + path);
    });
  }
  const shown = found.slice(0, input.limit ?? GLOB_LIMIT);
  const rest = found.length - shown.length;
  const note = rest > 0
    ? `\n[${count(rest, "more file")}; narrow the pattern or raise the limit]`
    : "";
  return {
    content: found.length === 0 ? "No files found" : shown.map(shownPath).join("\n") + note,
    metadata: { files: shown, total: found.length, truncated: rest > 0 },
  };
}

/** Refuses patterns that lead outside; makes absolute ones relative. */
async function patternInside(workspace: Workspace, given: string, base: string): Promise<string> {
  let pattern = given.endsWith("/") ? `${given}**` : given;
  if (pattern.includes("\0")) {
    throw new ToolFault("The pattern holds a NUL character", { status: "refused" });
  }
  if (isAbsolute(pattern)) {
    const literal = literalPrefix(pattern);
    const { real } = await workspace.sandbox.resolve(literal === "" ? "/" : literal);
    if (!within(base, real)) {
      throw new ToolFault("The pattern is outside `path`", { status: "refused" });
    }
    pattern = join(relative(base, real) || ".", ".").replace(/^\.\/?/, "").replaceAll("\\", "/");
    pattern = (pattern === "" ? "" : `${pattern.replace(/\/$/, "")}/`) +
      given.slice(literal.length).replace(/^\/+/, "");
  }
  if (
    /(^|[/{,\\])(\.|\[\.\])(\.|\[\.\])([/},\\]|$)/.test(pattern) ||
    /^[a-z]:[\\/]|^\\\\|^~\//i.test(pattern)
  ) {
    throw new ToolFault(
      "The pattern leads outside the directory; patterns stay below `path`, `..` can't be used",
      { status: "refused", metadata: { reason: "outside_workdir" } },
    );
  }
  return pattern.replace(/^(\.\/)+/, "");
}

function compile(pattern: string): PathMatcher {
  try {
    return compileGlob(pattern);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new ToolFault(`The pattern can't be used: ${message}`, { status: "invalid" });
  }
}

/** Where to start; `undefined` where the pattern's own beginning is not there, or is a link. */
async function startOf(
  workspace: Workspace,
  base: string,
  prefix: string,
): Promise<string | undefined> {
  if (prefix === "") return base;
  const path = normalize(join(base, prefix));
  try {
    const real = await host().files.realPath(path);
    const directory = (await host().files.lstat(real)).isDirectory;
    const inside = within(await workspace.sandbox.root(), real);
    if (real !== path || !directory || !inside) return undefined;
  } catch {
    return undefined;
  }
  // A beginning that is ignored is not listed: the walk from the base would not come here either.
  const root = await workspace.sandbox.root();
  const judge = new IgnoreJudge(base, ignoreTop(base, root));
  return judge.ignoresDirectory(prefix) ? undefined : path;
}
