/**
 * The files below a directory, .gitignore honoured, links not followed.
 *
 * @module
 */
import { dirname, join, relative } from "../../runtime/path.ts";
import { sleep } from "../../async/abort.ts";
import { host } from "../../runtime/host.ts";
import { IgnoreFile, IgnoreScope } from "./gitignore.ts";

/** Lets other work run now and then during long synchronous work, and ends it on a signal. */
export class Pacer {
  #since = Date.now();
  #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** Throws where the signal has aborted. */
  check(): void {
    this.#signal.throwIfAborted();
  }

  /** Call it often; it waits rarely. */
  turn(): Promise<void> | undefined {
    if (Date.now() - this.#since < 25) return undefined;
    return this.#pause();
  }

  async #pause(): Promise<void> {
    await sleep(0);
    this.#signal.throwIfAborted();
    this.#since = Date.now();
  }
}

/** The rules that hold in a directory, from its repository's root on, or else from `workdir` on. */
export function ignoreTop(directory: string, workdir: string): IgnoreScope {
  const repository = repositoryOf(directory);
  const top = repository ?? (relative(workdir, directory).startsWith("..") ? directory : workdir);
  let scope = new IgnoreScope("", undefined, readIgnoreFile(top));
  let at = top;
  for (const name of relative(top, directory).split(/[\\/]/).filter((part) => part !== "")) {
    at = join(at, name);
    scope = scope.child(name, readIgnoreFile(at));
  }
  return scope;
}

function repositoryOf(directory: string): string | undefined {
  const { files } = host();
  for (let at = directory;; at = dirname(at)) {
    try {
      files.lstatSync(join(at, ".git"));
      return at;
    } catch { /* not here */ }
    if (dirname(at) === at) return undefined;
  }
}

/** The largest .gitignore file that is read, in bytes. */
const MAX_RULES = 1 << 20;

/** A directory's .gitignore, where there is one; as for git, a link or a device is none. */
export function readIgnoreFile(directory: string): IgnoreFile | undefined {
  try {
    const path = join(directory, ".gitignore");
    const { files } = host();
    const { isFile, size } = files.lstatSync(path);
    if (!isFile || size === 0 || size > MAX_RULES) return undefined;
    return new IgnoreFile(new TextDecoder().decode(files.readBytesSync(path)));
  } catch {
    return undefined;
  }
}

interface Entries {
  /** Names, sorted as paths are; those of directories end in `/`, as no name does. */
  readonly list: readonly string[];
  next: number;
  readonly path: string;
  readonly prefix: string;
  readonly scope: IgnoreScope;
}

/**
 * Calls back for every regular file below a directory, with its path from there, in the order of
 * the paths; directories that can't be read are left out. Links are neither followed nor listed,
 * `.git` is left out.
 *
 * @param visit Returns `false` to end the walk.
 */
export async function walkFiles(
  directory: string,
  top: IgnoreScope,
  pacer: Pacer,
  visit: (path: string) => boolean | void | Promise<boolean | void>,
): Promise<void> {
  const open = [readEntries(directory, "", top)];
  for (let at = open.at(-1); at; at = open.at(-1)) {
    const pause = pacer.turn();
    if (pause) await pause;
    const entry = at.list[at.next++];
    if (entry === undefined) {
      open.pop();
      continue;
    }
    if (entry.endsWith("/")) {
      const name = entry.slice(0, -1);
      if (at.scope.ignores(name, true)) continue;
      const scope = at.scope.child(name, undefined);
      open.push(readEntries(join(at.path, name), at.prefix + entry, scope));
      continue;
    }
    if (at.scope.ignores(entry, false)) continue;
    const verdict = visit(at.prefix + entry);
    if (verdict === false || (verdict instanceof Promise && await verdict === false)) return;
  }
}

/** A directory's files and directories, sorted as their paths are. */
function readEntries(path: string, prefix: string, scope: IgnoreScope): Entries {
  const list: string[] = [];
  try {
    for (const entry of host().files.readDirSync(path)) {
      if (entry.name === ".gitignore" && prefix !== "") {
        const file = readIgnoreFile(path);
        if (file) scope = scope.with(file);
      }
      if (entry.name === ".git" || entry.isSymlink) continue;
      if (!entry.isFile && !entry.isDirectory) continue;
      list.push(entry.isDirectory ? `${entry.name}/` : entry.name);
    }
  } catch { /* not ours to read */ }
  list.sort();
  return { list, next: 0, path, prefix, scope };
}

/**
 * Whether paths below a directory are left out, for a list that comes from elsewhere; each directory's
 * rules are read once.
 */
export class IgnoreJudge {
  #directory: string;
  #known = new Map<string, IgnoreScope | "ignored">();

  constructor(directory: string, top: IgnoreScope) {
    this.#directory = directory;
    this.#known.set("", top);
  }

  /** Whether a file is left out, given its path from the directory with `/`. */
  ignores(path: string): boolean {
    const slash = path.lastIndexOf("/") + 1;
    const scope = this.#scopeOf(path.slice(0, slash));
    return scope === "ignored" || scope.ignores(path.slice(slash), false);
  }

  /** Whether a directory is left out. */
  ignoresDirectory(path: string): boolean {
    return this.#scopeOf(`${path}/`) === "ignored";
  }

  #scopeOf(prefix: string): IgnoreScope | "ignored" {
    const known = this.#known.get(prefix);
    if (known) return known;
    const slash = prefix.lastIndexOf("/", prefix.length - 2) + 1;
    const name = prefix.slice(slash, -1);
    const parent = this.#scopeOf(prefix.slice(0, slash));
    let scope: IgnoreScope | "ignored";
    if (parent === "ignored" || name === ".git" || parent.ignores(name, true)) scope = "ignored";
    else {
      scope = parent.child(name, readIgnoreFile(join(this.#directory, prefix)));
    }
    this.#known.set(prefix, scope);
    return scope;
  }
}
