/**
 * Text files: bytes to text without loss, and back in one step.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import type { FileInfo } from "../../runtime/port.ts";
import { besideOf, openChecked, PinnedDirectory, same } from "./pinned.ts";
import { insideGit, type SafePath, type Sandbox } from "./sandbox.ts";
import { ToolFault } from "../types.ts";

/** The largest file that is edited or written whole, in bytes. */
export const MAX_FILE = 32 * 1024 * 1024;

/** A text file as it is on the disk. */
export interface TextFile {
  /** The text; a byte order mark stays in it, as U+FEFF. */
  readonly text: string;
  /** The file as it was before it was read. */
  readonly info: FileInfo;
}

/** Reads a whole text file; refuses what is no UTF-8, as writing it back would damage it. */
export async function readTextFile(sandbox: Sandbox, path: SafePath): Promise<TextFile> {
  const { file, info } = await openChecked(sandbox, path);
  try {
    if (info.size > MAX_FILE) {
      throw new ToolFault(
        `${path.shown} has ${info.size} bytes; at most ${MAX_FILE} can be edited`,
      );
    }
    const bytes = await readAll(file, info.size);
    if (bytes.includes(0)) throw new ToolFault(`${path.shown} is a binary file`);
    try {
      const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
      return { text, info };
    } catch {
      throw new ToolFault(
        `${path.shown} is not valid UTF-8 text; it can't be edited without damage`,
      );
    }
  } finally {
    await file.close();
  }
}

/** Reads to the end of a file. */
export async function readAll(
  file: { read(buffer: Uint8Array): Promise<number | null> },
  expected: number,
): Promise<Uint8Array> {
  let buffer = new Uint8Array(expected + 1);
  let length = 0;
  while (true) {
    if (length === buffer.length) {
      const larger = new Uint8Array(buffer.length * 2);
      larger.set(buffer);
      buffer = larger;
    }
    const n = await file.read(buffer.subarray(length));
    if (n === null || n === 0) return buffer.subarray(0, length);
    length += n;
  }
}

/**
 * Writes a file whole or not at all: beside it, to the disk, then into its place.
 *
 * @param before The file that it replaces, as it was when its content was looked at; `undefined` for a
 * new one. Nothing is written where it has changed since.
 */
export async function replaceFile(
  sandbox: Sandbox,
  path: SafePath,
  text: string,
  before: FileInfo | undefined,
): Promise<number> {
  const { files, platform } = host();
  if (insideGit(path.shown)) {
    throw new ToolFault(
      `${path.shown} is inside .git, whose hooks run as programs; change it with git itself`,
      { status: "refused", metadata: { reason: "inside_git" } },
    );
  }
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_FILE) {
    throw new ToolFault(`${bytes.length} bytes are too many to write at once; at most ${MAX_FILE}`);
  }
  const directory = await PinnedDirectory.openParent(sandbox, path.real);
  const beside = besideOf(path.real);
  let created = false;
  try {
    const { file } = await directory.openFile(beside, path.shown, {
      write: true,
      mode: before && 0o600, // until it has the mode of what it replaces
    });
    created = true;
    try {
      await file.write(bytes);
      await file.sync();
      if (before && platform.os !== "windows") {
        await files.chmod(await file.handle() ?? directory.at(beside), before.mode);
      }
    } finally {
      await file.close();
    }
    await directory.recheck();
    if (!unchanged(before, await lookAt(directory.at(path.real)))) {
      throw new ToolFault(
        `${path.shown} was changed by something else meanwhile; nothing was done: read it again`,
        { metadata: { reason: "conflict" } },
      );
    }
    await files.rename(directory.at(beside), directory.at(path.real));
    return bytes.length;
  } catch (error) {
    if (created) await files.remove(directory.at(beside)).catch(() => {});
    throw error;
  } finally {
    await directory.close();
  }
}

function unchanged(before: FileInfo | undefined, now: FileInfo | undefined): boolean {
  if (!before || !now) return before === now;
  return same(before, now) && before.mtimeMs === now.mtimeMs && before.size === now.size;
}

async function lookAt(path: string): Promise<FileInfo | undefined> {
  try {
    return await host().files.lstat(path);
  } catch (error) {
    if (host().failureKind(error) === "not_found") return undefined;
    throw error;
  }
}
