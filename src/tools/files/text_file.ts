/**
 * Text files: bytes to text without loss, and back in one step.
 *
 * @module
 */
import { basename, dirname, join } from "../../runtime/path.ts";
import { host } from "../../runtime/host.ts";
import { type SafePath, same, type Sandbox } from "./sandbox.ts";
import { ToolFault } from "../types.ts";

/** The largest file that is edited or written whole, in bytes. */
export const MAX_FILE = 32 * 1024 * 1024;

/** A text file as it is on the disk. */
export interface TextFile {
  /** The text; a byte order mark stays in it, as U+FEFF. */
  readonly text: string;
  /** Permission bits. */
  readonly mode: number;
}

/** Reads a whole text file; refuses what is no UTF-8, as writing it back would damage it. */
export async function readTextFile(sandbox: Sandbox, path: SafePath): Promise<TextFile> {
  const { file, info } = await sandbox.openChecked(path);
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
      return { text, mode: info.mode };
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
 * @param mode The permission bits that it had; those of a new file are left to the system.
 */
export async function replaceFile(
  sandbox: Sandbox,
  path: SafePath,
  text: string,
  mode: number | undefined,
): Promise<number> {
  const { files } = host();
  if (/(^|\/)\.git(\/|$)/i.test(path.shown)) {
    throw new ToolFault(
      `${path.shown} is inside .git, whose hooks run as programs; change it with git itself`,
      { status: "refused", metadata: { reason: "inside_git" } },
    );
  }
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > MAX_FILE) {
    throw new ToolFault(`${bytes.length} bytes are too many to write at once; at most ${MAX_FILE}`);
  }
  await sandbox.makeParents(path.real);
  const directory = dirname(path.real);
  const random = crypto.randomUUID().slice(0, 8);
  const temporary = join(directory, `.${basename(path.real).slice(0, 200)}.${random}.tmp`);
  let created = false;
  try {
    const file = await files.open(temporary, { write: true, createNew: true });
    created = true;
    try {
      // Before a byte of it is written: is it where it should be?
      await sandbox.recheck(directory);
      if (!same(await file.stat(), await files.lstat(temporary))) {
        throw new ToolFault(`${path.shown} changed while it was being written; nothing was done`, {
          status: "refused",
        });
      }
      await file.write(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    if (mode !== undefined && host().platform.os !== "windows") await files.chmod(temporary, mode);
    await sandbox.recheck(directory);
    await files.rename(temporary, path.real);
    return bytes.length;
  } catch (error) {
    if (created) await files.remove(temporary).catch(() => {});
    throw error;
  }
}
