/**
 * The environment of the process that the client runs in, where there is one. This folder is also
 * for browsers: it reaches no runtime module, and finds on `globalThis` what the runtime offers.
 *
 * @module
 */

/** What Deno offers, as far as it is used here. */
export interface Guarded {
  env?: { get(variable: string): string | undefined; set(variable: string, value: string): void };
  permissions?: { querySync?(of: { name: "env"; variable: string }): { state: string } };
  createHttpClient?(options: object): { close(): void };
}

interface Process {
  env?: Record<string, string | undefined>;
}

/**
 * Deno, or `undefined` elsewhere. It is found by its name in small letters, so that a bundle for
 * browsers names no other runtime; asking Deno for `process` would load its whole Node side.
 */
export function guarded(): Guarded | undefined {
  const runtime = Object.getOwnPropertyNames(globalThis)
    .find((name) => name.toLowerCase() === "deno");
  return runtime ? Reflect.get(globalThis, runtime) as Guarded : undefined;
}

/** Whether a variable can be read without asking the user. */
export function readable(variable: string): boolean {
  const deno = guarded();
  if (!deno) return true;
  try {
    return deno.permissions?.querySync?.({ name: "env", variable }).state !== "prompt";
  } catch {
    return false;
  }
}

/** The value of a variable; `undefined` where it is not set, or may not be read. */
export function readVariable(variable: string): string | undefined {
  try {
    const own = guarded()?.env;
    if (own) return own.get(variable);
    return (globalThis as { process?: Process }).process?.env?.[variable];
  } catch {
    return undefined; // refused: as if it were not set
  }
}

/** Sets a variable; throws where that is refused. */
export function writeVariable(variable: string, value: string): void {
  const own = guarded()?.env;
  if (own) own.set(variable, value);
  else (globalThis as { process?: Process }).process!.env![variable] = value;
}
