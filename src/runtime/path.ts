/**
 * The functions of `@std/path` that are used, by system. The whole is a hundred modules;
 * and its own choice of the system asks `process`, which makes Deno load its whole Node side:
 * together two thirds of the time that a program takes to import this package, and 10 MiB.
 *
 * @module
 */
import { basename as posixBasename } from "@std/path/posix/basename";
import { dirname as posixDirname } from "@std/path/posix/dirname";
import { isAbsolute as posixIsAbsolute } from "@std/path/posix/is-absolute";
import { join as posixJoin } from "@std/path/posix/join";
import { normalize as posixNormalize } from "@std/path/posix/normalize";
import { relative as posixRelative } from "@std/path/posix/relative";
import { resolve as posixResolve } from "@std/path/posix/resolve";
import { toFileUrl as posixToFileUrl } from "@std/path/posix/to-file-url";
import { basename as windowsBasename } from "@std/path/windows/basename";
import { dirname as windowsDirname } from "@std/path/windows/dirname";
import { isAbsolute as windowsIsAbsolute } from "@std/path/windows/is-absolute";
import { join as windowsJoin } from "@std/path/windows/join";
import { normalize as windowsNormalize } from "@std/path/windows/normalize";
import { relative as windowsRelative } from "@std/path/windows/relative";
import { resolve as windowsResolve } from "@std/path/windows/resolve";
import { toFileUrl as windowsToFileUrl } from "@std/path/windows/to-file-url";
import { host } from "./host.ts";

function windows(): boolean {
  return host().platform.os === "windows";
}

/** The last part of a path, without `suffix`. */
export function basename(path: string, suffix?: string): string {
  return windows() ? windowsBasename(path, suffix) : posixBasename(path, suffix);
}

/** A path without its last part. */
export function dirname(path: string): string {
  return windows() ? windowsDirname(path) : posixDirname(path);
}

/** Whether a path needs no working directory. */
export function isAbsolute(path: string): boolean {
  return windows() ? windowsIsAbsolute(path) : posixIsAbsolute(path);
}

/** Parts as one normalized path. */
export function join(path: string, ...paths: string[]): string {
  return windows() ? windowsJoin(path, ...paths) : posixJoin(path, ...paths);
}

/** A path without `.`, `..` and doubled separators. */
export function normalize(path: string): string {
  return windows() ? windowsNormalize(path) : posixNormalize(path);
}

/** The way from one path to another. */
export function relative(from: string, to: string): string {
  return windows() ? windowsRelative(from, to) : posixRelative(resolve(from), resolve(to));
}

/** The absolute path that the last parts give, from the working directory where they are relative. */
export function resolve(...paths: string[]): string {
  if (windows()) return windowsResolve(...paths);
  const absolute = paths.some((path) => posixIsAbsolute(path));
  return posixResolve(...absolute ? [] : [host().platform.cwd()], ...paths);
}

/** An absolute path as a `file:` URL. */
export function toFileUrl(path: string): URL {
  return windows() ? windowsToFileUrl(path) : posixToFileUrl(path);
}
