/**
 * Deno's refusals as an error of ours that names the flag.
 *
 * @module
 */
import { PermissionMissingError } from "../errors.ts";
import { host } from "./host.ts";

/** The flag that a refusal of Deno's asks for, or `undefined` where the error is none. */
export function missingFlag(error: unknown): string | undefined {
  if (error instanceof PermissionMissingError || host().failureKind(error) !== "flag_missing") {
    return undefined;
  }
  const { message } = error as Error;
  // `Requires run access to "/usr/bin/opencode", run again with the --allow-run flag`
  const kind = /--allow-([a-z]+)/.exec(message)?.[1] ?? /Requires (\w+) access/.exec(message)?.[1];
  const what = /access to "([^"]*)"/.exec(message)?.[1];
  if (kind === undefined) return "--allow-all";
  // One variable after another would be asked for; and ports change.
  if (what === undefined || kind === "env") return `--allow-${kind}`;
  if (kind === "net") return `--allow-net=${what.replace(/:\d+$/, "")}`;
  // the name of a temporary home is another one each time
  return `--allow-${kind}=${what.replace(/[\\/]opencode-home-[\s\S]*$/, "")}`;
}

/** Runs it; where the runtime refuses because a permission is missing, the error names the flag. */
export async function withPermissionHint<T>(what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    throw named(what, error);
  }
}

/** The same for what does not wait. */
export function withPermissionHintSync<T>(what: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw named(what, error);
  }
}

function named(what: string, error: unknown): unknown {
  const flag = missingFlag(error);
  if (flag === undefined) return error;
  return new PermissionMissingError(`Cannot ${what} without a permission: run Deno with ${flag}`, {
    flag,
    cause: error,
  });
}
