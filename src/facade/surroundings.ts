/**
 * What the facade takes from its surroundings: the working directory and the environment.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { isAbsolute, resolve } from "../runtime/path.ts";

/**
 * Looks whether the agent can work in a directory.
 *
 * @throws {InvalidArgumentError} where it can't.
 */
export async function checkDirectory(directory: string): Promise<void> {
  const { files, failureKind } = host();
  const info = await files.stat(directory).catch((error) => {
    if (failureKind(error) !== "not_found") throw error;
    return undefined;
  });
  if (info?.isDirectory) return;
  throw new InvalidArgumentError(
    `Cannot work in ${directory}: ${info ? "it is not a directory" : "there is no such directory"}`,
  );
}

/** The whole path of a directory. */
export function absolute(path: string): string {
  return isAbsolute(path) ? resolve(path) : resolve(host().platform.cwd(), path);
}

/** A variable of the environment, where it may be read. */
export function variable(name: string): string | undefined {
  try {
    return host().env.get(name);
  } catch {
    return undefined;
  }
}

/** How long turns may take to end before their server is stopped, in milliseconds. */
export const GRACE = 1_000;
