/**
 * Addresses: path parameters that stay in their place, and queries.
 *
 * @module
 */
import { describe } from "../text/describe.ts";
import { InvalidArgumentError } from "../errors.ts";
import type { QueryValue } from "./options.ts";

/**
 * One segment of a path. URLs give `.` and `..` a meaning in every spelling, and an empty segment
 * moves what follows: none of them can name anything here.
 *
 * @throws {InvalidArgumentError} The value can't be a segment.
 */
export function segment(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "" || value === "." || value === "..") {
    throw new InvalidArgumentError(
      `Cannot use ${describe(value)} as ${name}: give text other than "", "." and ".."`,
    );
  }
  return encode(name, value);
}

/**
 * A path of several segments, such as the file of `v2.fs.read`.
 *
 * @throws {InvalidArgumentError} A segment can't be one.
 */
export function segments(name: string, value: unknown): string {
  if (typeof value !== "string" || value === "") {
    throw new InvalidArgumentError(`Cannot use ${describe(value)} as ${name}: give a path`);
  }
  return value.split("/").map((part) => part === "" ? "" : segment(name, part)).join("/");
}

function encode(name: string, value: string): string {
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    throw new InvalidArgumentError(
      `Cannot use a text with half a character (a lone surrogate) as ${name}`,
      { cause },
    );
  }
}

/** The query of an address, with its question mark; empty where there is nothing. */
export function queryString(query: Readonly<Record<string, QueryValue>>): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    if (value === undefined || value === null) continue;
    for (const item of Array.isArray(value) ? value : [value]) search.append(name, String(item));
  }
  const text = search.toString();
  return text && `?${text}`;
}
