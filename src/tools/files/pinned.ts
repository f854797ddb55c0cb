/**
 * Files and directories by what was opened, not by a path that can change its meaning.
 *
 * On Linux an open directory has the name `/proc/self/fd/N`, which stays with it whatever is renamed
 * or linked in its place; and the same link says where an open file really is. So nothing is read or
 * written before the system itself has said that the opened thing is inside. On Deno this needs
 * `--allow-all`; Node and Bun have no such bound.
 *
 * Elsewhere (macOS, Windows, Deno with fewer permissions) paths are checked before and after they are
 * opened. A process that swaps a directory for a link and back at the right moments can get between
 * those looks.
 *
 * @module
 */
import { dirname, join } from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import type { FileInfo, OpenFile } from "../../runtime/port.ts";
import { type Sandbox, swapped } from "./sandbox.ts";
import { ToolFault } from "../types.ts";

/** An open directory. */
export class PinnedDirectory {
  /** Its real path when it was opened. */
  readonly real: string;
  /** A path that leads to it as long as it is open. */
  readonly path: string;
  #sandbox: Sandbox;
  #file: OpenFile | undefined;

  private constructor(
    sandbox: Sandbox,
    real: string,
    path: string,
    file: OpenFile | undefined,
  ) {
    this.#sandbox = sandbox;
    this.real = real;
    this.path = path;
    this.#file = file;
  }

  /**
   * Opens a directory.
   *
   * @param real Its real path, from `Sandbox.resolve`.
   * @param path Where to open it. @default the real path
   * @throws {ToolFault} Where what was opened is something else.
   */
  static async open(sandbox: Sandbox, real: string, path = real): Promise<PinnedDirectory> {
    const { files, platform } = host();
    if (platform.os === "linux") {
      const file = await files.open(path, { read: true });
      try {
        const handle = await file.handle();
        if (handle !== undefined) {
          if (!(await file.stat()).isDirectory) throw new ToolFault(`${real} is not a directory`);
          if (!await isAt(handle, real)) throw swapped(real);
          return new PinnedDirectory(sandbox, real, handle, file);
        }
        await file.close();
      } catch (error) {
        await file.close();
        throw error;
      }
    }
    await sandbox.recheck(real);
    return new PinnedDirectory(sandbox, real, real, undefined);
  }

  /** Opens a directory for a file, making those that are missing on the way. */
  static async openParent(sandbox: Sandbox, real: string): Promise<PinnedDirectory> {
    const { files } = host();
    const root = await sandbox.root();
    const missing: string[] = [];
    let at = dirname(real);
    while (at !== root && !await files.exists(at)) {
      missing.unshift(at);
      at = dirname(at);
    }
    let directory = await PinnedDirectory.open(sandbox, at);
    for (const next of missing) {
      const parent = directory;
      try {
        const path = parent.at(next);
        await files.makeDir(path);
        directory = await PinnedDirectory.open(sandbox, next, path);
      } finally {
        await parent.close();
      }
    }
    return directory;
  }

  /** The path to use for an entry that is known by its real path. */
  at(real: string): string {
    return this.path + real.slice(this.real.length);
  }

  /**
   * Opens a file in it and proves that what was opened is in its place.
   *
   * @param options `write` makes a new file; `mode` are its permission bits.
   */
  async openFile(
    real: string,
    shown: string,
    options: { write?: boolean; mode?: number | undefined } = {},
  ): Promise<{ file: OpenFile; info: FileInfo }> {
    const { files } = host();
    const path = this.at(real);
    if (!options.write) {
      const { isDirectory, isFile } = await files.lstat(path);
      if (isDirectory) throw new ToolFault(`${shown} is a directory`);
      // Opening a pipe or a device could wait for ever.
      if (!isFile) throw new ToolFault(`${shown} is not a regular file`);
    }
    const { write, mode } = options;
    const file = await files.open(
      path,
      write ? { write, createNew: true, ...mode === undefined ? {} : { mode } } : { read: true },
    );
    try {
      const info = await file.stat();
      const handle = await file.handle();
      const inPlace = handle !== undefined
        ? info.isFile && await isAt(handle, real)
        : await this.#looksInPlace(real, info);
      if (!inPlace) throw swapped(shown);
      return { file, info };
    } catch (error) {
      await file.close();
      if (options.write) await files.remove(path).catch(() => {});
      throw error;
    }
  }

  async #looksInPlace(real: string, info: FileInfo): Promise<boolean> {
    const { files } = host();
    if (!same(info, await files.lstat(real))) return false;
    await this.#sandbox.recheck(real);
    return same(info, await files.lstat(real));
  }

  /** Checks once more, where only the path is known, that it is still the directory that it was. */
  async recheck(): Promise<void> {
    if (!this.#file) await this.#sandbox.recheck(this.real);
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#file?.close();
  }
}

/** Opens a file for reading; tried again where it was replaced at that moment. */
export async function openChecked(
  sandbox: Sandbox,
  path: { readonly real: string; readonly shown: string },
): Promise<{ file: OpenFile; info: FileInfo }> {
  for (let tries = 1;; tries++) {
    try {
      const directory = await PinnedDirectory.open(sandbox, dirname(path.real));
      try {
        return await directory.openFile(path.real, path.shown);
      } finally {
        await directory.close();
      }
    } catch (error) {
      const replaced = error instanceof ToolFault && error.metadata["reason"] === "swapped";
      if (!replaced || tries === 3) throw error;
    }
  }
}

/** Whether an open file is what a path names; a file system may know names in another case. */
async function isAt(handle: string, real: string): Promise<boolean> {
  const { files } = host();
  const found = await files.readLink(handle);
  return found === real || (found.toLowerCase() === real.toLowerCase() &&
    same(await files.stat(handle), await files.stat(real)));
}

/** Whether two looks at a file saw the same one. */
export function same(a: FileInfo, b: FileInfo): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

/** The path beside a file for what is to take its place; at most 255 bytes long, the longest name. */
export function besideOf(real: string): string {
  return join(dirname(real), `.${crypto.randomUUID()}.tmp`);
}
