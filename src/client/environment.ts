/**
 * What the process's environment says to a client, where there is one.
 *
 * @module
 */
import type { Logger } from "../http/log.ts";

/** The variables that a client reads. */
const NAMES = ["OPENCODE_SERVER_USERNAME", "OPENCODE_SERVER_PASSWORD", "OPENCODE_LOG"] as const;

interface Process {
  env?: Record<string, string | undefined>;
}

interface Guarded {
  env?: { get(variable: string): string | undefined; set(variable: string, value: string): void };
  permissions?: { querySync?(of: { name: "env"; variable: string }): { state: string } };
}

/** The client's variables; a runtime that would have to ask the user for one leaves it out. */
export function environment(): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = {};
  for (const name of NAMES) found[name] = readable(name) ? read(name) : undefined;
  return found;
}

/**
 * Keeps `fetch` from sending what goes to this machine to the proxy of `HTTP_PROXY`: Deno's and Bun's
 * do, unless `NO_PROXY` names the address. Does nothing for other addresses, or without a proxy.
 */
export function spareLoopback(baseUrl: string): void {
  const { hostname } = new URL(baseUrl);
  if (!/^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname)) return;
  const name = hostname.replace(/[[\]]/g, "");
  const proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
  if (!proxies.some((proxy) => readable(proxy) && read(proxy))) return;
  for (const variable of ["NO_PROXY", "no_proxy"]) {
    if (!readable(variable)) continue;
    const spared = (read(variable) ?? "").split(",").map((one) => one.trim()).filter(Boolean);
    if (spared.includes("*") || spared.includes(name)) continue;
    try {
      write(variable, [...spared, name].join(","));
    } catch { /* refused: nothing else can be done */ }
  }
}

function read(variable: string): string | undefined {
  try {
    const own = guarded()?.env;
    if (own) return own.get(variable);
    return (globalThis as { process?: Process }).process?.env?.[variable];
  } catch {
    return undefined; // refused: as if it were not set
  }
}

function write(variable: string, value: string): void {
  const own = guarded()?.env;
  if (own) own.set(variable, value);
  else (globalThis as { process?: Process }).process!.env![variable] = value;
}

/** Whether a variable can be read without asking the user. */
function readable(variable: string): boolean {
  const guard = guarded();
  if (!guard) return true;
  try {
    return guard.permissions?.querySync?.({ name: "env", variable }).state !== "prompt";
  } catch {
    return false;
  }
}

/**
 * The runtime that guards its environment; asking it for `process` would load its whole Node side.
 * It is found by its name in small letters: this module is also for browsers, and its bundle names
 * no other runtime.
 */
function guarded(): Guarded | undefined {
  const runtime = Object.getOwnPropertyNames(globalThis)
    .find((name) => name.toLowerCase() === "deno");
  return runtime ? Reflect.get(globalThis, runtime) as Guarded : undefined;
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
