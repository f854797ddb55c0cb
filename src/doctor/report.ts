/**
 * What a check reports, and how a failure of it is explained.
 *
 * @module
 */
import { PermissionMissingError } from "../errors.ts";
import { missingFlag } from "../runtime/permission_hint.ts";
import { TESTED_VERSION } from "../binary/versions.ts";

/** The result of one check. */
export interface DoctorLine {
  /** The check's name, such as `"program"`. */
  check: string;
  /** `"warn"` works, with a drawback; `"fail"` does not work. */
  status: "ok" | "warn" | "fail";
  /** What was found. */
  message: string;
  /** What to do about it. */
  repair?: string;
}

/** A result without the name of its check. */
export type Found = Omit<DoctorLine, "check">;

/** How to install the program. */
export const INSTALL = `npm install -g opencode-ai@${TESTED_VERSION}`;

/** What to do where a check fails in an unexpected way. */
export const REPAIRS: Readonly<Record<string, string>> = {
  cache: "Give the option cacheDirectory, or set XDG_CACHE_HOME",
  registry: "Look at npm's registry setting",
  program:
    `Give the path of an opencode program as \`binary\` or OPENCODE_BIN, or neither: ${INSTALL}`,
  server: "Fix what the message names, or try another version of the program: " + INSTALL,
};

/** A failed check, from an error. */
export function explain(error: unknown, otherwise = "Look at what the message names"): Found {
  const flag = flagOf(error);
  const message = error instanceof Error ? error.message : String(error);
  const repair = flag === undefined ? otherwise : `Run Deno with ${flag}`;
  return { status: "fail", message, repair };
}

/** The flag of Deno's that an error asks for. */
export function flagOf(error: unknown): string | undefined {
  return error instanceof PermissionMissingError ? error.flag : missingFlag(error);
}
