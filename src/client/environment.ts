/**
 * What the process's environment says to a client, where there is one.
 *
 * @module
 */
import type { Logger } from "../http/log.ts";
import { readable, readVariable } from "../http/process.ts";

/** The variables that a client reads. */
const NAMES = ["OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD", "OPENCODE_LOG"] as const;

/** The client's variables; a runtime that would have to ask the user for one leaves it out. */
export function environment(): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  for (const name of NAMES) found[name] = readable(name) ? readVariable(name) : undefined;
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
