/**
 * The server's generations: which one is spoken here, and which versions were tried.
 *
 * @module
 */
import { UnsupportedServerError } from "../errors.ts";

/** The version that this package was tested with, and downloads where none is found. */
export const TESTED_VERSION = "1.18.33";

/** The generation of the API that is spoken here: the first number of the version. */
const GENERATION = 1;

/** The versions of the tests, as `major.minor`; others of the generation are used with a warning. */
const TESTED_RANGE = "1.18";

/** What a version means to this package. */
export type Support = "tested" | "untested";

/**
 * Whether a version was tested.
 *
 * @throws {UnsupportedServerError} It belongs to another generation of the API.
 */
export function supportOf(version: string, where: string): Support {
  const [major, minor] = version.split(".");
  if (Number(major) !== GENERATION) {
    throw new UnsupportedServerError(
      `${where} is opencode ${version}, which uses another generation of the API: this package ` +
        `works with ${GENERATION}.x, tested with ${TESTED_VERSION}. Install opencode ${TESTED_VERSION}, ` +
        `or give its path as \`binary\``,
      { version },
    );
  }
  return `${major}.${minor}` === TESTED_RANGE ? "tested" : "untested";
}

/** The version that a program's `--version` names, or `undefined` where that is no version. */
export function parseVersion(output: string): string | undefined {
  const last = output.trim().split("\n").at(-1)?.trim() ?? "";
  return /^(?:opencode\s+)?v?(\d+\.\d+\.\d+(?:[-+][0-9A-Za-z.+-]+)?)$/.exec(last)?.[1];
}
