/**
 * The working directory as a boundary: what a path given by a model really is, and whether it stays
 * inside.
 *
 * The check is made on real paths (links resolved). What happens between a check and a use is the
 * business of `pinned.ts`. Hard links can't be told from files, and a shell is not held by this.
 *
 * @module
 */
import {
  basename,
  dirname,
  isAbsolute,
  join,
  normalize,
  relative,
  resolve,
} from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import { ToolFault } from "../types.ts";

/** A path that was checked. */
export interface SafePath {
  /** Absolute, links resolved: use this and nothing else. */
  readonly real: string;
  /** From the working directory, with `/`; `"."` is the directory itself. */
  readonly shown: string;
  /** The same before links were resolved, where that differs. */
  readonly asked: string;
  /** Whether something is there. */
  readonly exists: boolean;
}

/** Resolves paths against one directory and refuses those that leave it. */
export class Sandbox {
  #given: string;
  #root: Promise<string> | undefined;

  /** @param workdir The directory; made absolute against the current one. */
  constructor(workdir: string) {
    this.#given = workdir;
  }

  /** The directory's real path. */
  root(): Promise<string> {
    return this.#root ??= this.#resolveRoot();
  }

  async #resolveRoot(): Promise<string> {
    let path = this.#given;
    let problem = "The working directory is not there:";
    try {
      path = resolve(path);
      const real = plain(await host().files.realPath(path));
      if ((await host().files.stat(real)).isDirectory) return real;
    } catch (error) {
      if (host().failureKind(error) === "flag_missing") {
        problem = "This program may not read files: run it with --allow-read for";
      }
    }
    this.#root = undefined;
    throw new ToolFault(`${problem} ${path}`);
  }

  /**
   * Checks a path.
   *
   * @throws {ToolFault} With status `refused` where it leads outside.
   */
  async resolve(path: string): Promise<SafePath> {
    const reason = badForm(path, host().platform.os === "windows");
    if (reason) throw new ToolFault(`${reason}: ${show(path)}`, REFUSED);
    const root = await this.root();
    const given = resolve(this.#given);
    // An absolute path may name the directory as it was given, before links were resolved.
    const lexical =
      isAbsolute(path) && !within(root, normalize(path)) && within(given, normalize(path))
        ? join(root, relative(given, normalize(path)))
        : resolve(root, path);
    if (!within(root, lexical)) throw outside(path);
    const { real, exists } = await realOf(lexical, path);
    if (!within(root, real)) throw outside(path);
    return { real, exists, shown: display(root, real), asked: display(root, lexical) };
  }

  /** Checks again that a path is what {@linkcode resolve} found, just before it is used. */
  async recheck(real: string): Promise<void> {
    const now = plain(await host().files.realPath(real));
    if (now !== real || !within(await this.root(), now)) throw swapped(real);
  }
}

const REFUSED = { status: "refused", metadata: { reason: "outside_workdir" } } as const;

function outside(path: string): ToolFault {
  return new ToolFault(
    `${show(path)} is outside the working directory; only paths inside it can be used`,
    REFUSED,
  );
}

/** The fault of a path that leads elsewhere than it did a moment ago. */
export function swapped(path: string): ToolFault {
  return new ToolFault(`${path} changed while it was being opened; nothing was done`, {
    status: "refused",
    metadata: { reason: "swapped" },
  });
}

/** Whether `path` is `root` or below it; both absolute and normal. */
export function within(root: string, path: string): boolean {
  const rest = relative(root, path);
  return rest === "" || (rest !== ".." && !/^\.\.[\\/]/.test(rest) && !isAbsolute(rest));
}

/** A path as the model is shown it. */
export function display(root: string, path: string): string {
  const shown = relative(root, path) || ".";
  return host().platform.os === "windows" ? shown.replaceAll("\\", "/") : shown;
}

/** The real path of the longest part that exists, and the rest as it is. */
async function realOf(lexical: string, asked: string): Promise<{ real: string; exists: boolean }> {
  const { files } = host();
  const rest: string[] = [];
  let at = lexical;
  while (true) {
    try {
      return { real: join(plain(await files.realPath(at)), ...rest), exists: rest.length === 0 };
    } catch (error) {
      const kind = host().failureKind(error);
      if (kind === "too_many_links") {
        throw new ToolFault(`${show(asked)} is a loop of links`, REFUSED);
      }
      if (kind === "not_a_directory") {
        throw new ToolFault(`A parent of ${show(asked)} is a file, not a directory`);
      }
      if (kind !== "not_found") throw error;
    }
    // A link that leads nowhere would be followed as soon as its target appears.
    if (await linkAt(at)) {
      throw new ToolFault(`${show(asked)} is a link that leads nowhere`, REFUSED);
    }
    rest.unshift(basename(at));
    const parent = dirname(at);
    if (parent === at) throw outside(asked);
    at = parent;
  }
}

async function linkAt(path: string): Promise<boolean> {
  try {
    return (await host().files.lstat(path)).isSymlink;
  } catch {
    return false;
  }
}

/**
 * What is wrong with the form of a path, on any system; Windows forms are refused everywhere, so
 * that the same call has the same outcome wherever it runs.
 *
 * @param windows Also refuse what only Windows reads in a special way.
 */
export function badForm(path: string, windows: boolean): string | undefined {
  if (path === "") return "The path is empty";
  if (path.includes("\0")) return "The path holds a NUL character";
  if (/[\ud800-\udfff]/u.test(path)) return "The path holds half a character";
  if (path.length > 4000 || path.split(/[\\/]/).some(tooLong)) return "The path is too long";
  if (/^~([\\/]|$)/.test(path)) return "`~` is not expanded, and the home directory is outside";
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) return "A URL is not a path";
  if (/^\\\\|^\/\/[?.]\//.test(path)) {
    return "Network and device paths are outside the working directory";
  }
  if (!windows && /^[a-z]:([\\/]|$)/i.test(path)) {
    return "Drive paths are outside the working directory";
  }
  if (path.includes("\\") && climbs(path)) return "The path leaves the working directory";
  if (!windows) return undefined;
  if (/^[\\/]{2}/.test(path)) return "Network paths are outside the working directory";
  if (/^[a-z]:(?![\\/])/i.test(path)) {
    return "A drive's own current directory is not a path to rely on";
  }
  const parts = path.replace(/^[a-z]:/i, "").split(/[\\/]/);
  if (parts.some((part) => part.includes(":"))) return "The path names an alternate data stream";
  if (
    parts.some((part) =>
      /^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$) *(\..*)?$/i.test(part)
    )
  ) {
    return "The path names a device";
  }
  if (parts.some((part) => /[. ]$/.test(part) && part !== "." && part !== "..")) {
    return "Windows drops dots and spaces at the end of a name";
  }
  return undefined;
}

/** Whether a name has more bytes than file systems take. */
function tooLong(name: string): boolean {
  return name.length > 85 && new TextEncoder().encode(name).length > 255;
}

/** Whether a path leads into a directory called `.git`, also as macOS and Windows read names. */
export function insideGit(path: string): boolean {
  return path.split("/").some((name) =>
    /^(?:\.git|git~\d+)$/i.test(
      name.replace(/[\u200c-\u200f\u202a-\u202e\u206a-\u206f\ufeff]/g, "").replace(
        /(?:[. ]|:.*)+$/,
        "",
      ),
    )
  );
}

/** Whether a path with backslashes as separators goes above where it starts, or to a root. */
function climbs(path: string): boolean {
  if (path.startsWith("\\")) return true;
  let depth = 0;
  for (const part of path.split(/[\\/]/)) {
    if (part === "..") depth--;
    else if (part !== "" && part !== ".") depth++;
    if (depth < 0) return true;
  }
  return false;
}

/** A Windows real path without its `\\?\` prefix. */
function plain(path: string): string {
  return path.startsWith("\\\\?\\") && !path.startsWith("\\\\?\\UNC") ? path.slice(4) : path;
}

/** A path in a message: quoted, control characters visible, not too long. */
export function show(path: string): string {
  return JSON.stringify(path.length > 200 ? `${path.slice(0, 200)}…` : path);
}
