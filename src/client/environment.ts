/**
 * What the process's environment says to a client, where there is one.
 *
 * @module
 */
import type { Logger } from "../http/log.ts";

/** The variables that a client reads. */
const NAMES = ["OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD", "OPENCODE_LOG"] as const;

interface Process {
  env?: Readonly<Record<string, string | undefined>>;
  versions?: { deno?: string };
}

interface Guarded {
  permissions?: { querySync?(of: { name: "env"; variable: string }): { state: string } };
}

/** The client's variables; a runtime that would have to ask the user for one leaves it out. */
export function environment(): Record<string, string | undefined> {
  const { process } = globalThis as { process?: Process };
  const found: Record<string, string | undefined> = {};
  if (!process?.env) return found;
  // The runtime that guards its environment is found by its name in small letters: this module is
  // also for browsers, and its bundle names no other runtime.
  const name = process.versions?.deno &&
    Object.getOwnPropertyNames(globalThis).find((name) => name.toLowerCase() === "deno");
  const guard = name ? Reflect.get(globalThis, name) as Guarded : undefined;
  for (const variable of NAMES) {
    try {
      if (guard?.permissions?.querySync?.({ name: "env", variable }).state === "prompt") continue;
      found[variable] = process.env[variable];
    } catch { /* refused: as if it were not set */ }
  }
  return found;
}

/** Where `OPENCODE_LOG` alone asks for a log: the runtime's own, on its error channel. */
export function defaultLogger(): Logger | undefined {
  const sink = Reflect.get(globalThis, "console") as
    | { error(...data: unknown[]): void }
    | undefined;
  if (!sink) return undefined;
  const at = (level: string) => (message: string, fields: object) =>
    sink.error(`[opencode] ${level} ${message} ${JSON.stringify(fields)}`);
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
