/**
 * The `fetch` of a client that was given none: what goes to this machine never goes through a proxy,
 * whatever `HTTP_PROXY` says and whatever was fetched before.
 *
 * @module
 */
import { guarded, readable, readVariable, writeVariable } from "./process.ts";

const PROXIES = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/** `globalThis.fetch`, with no proxy in between for loopback addresses. */
export async function directFetch(input: string | Request, init?: RequestInit): Promise<Response> {
  const url = new URL(typeof input === "string" ? input : input.url);
  const client = isLoopback(url) ? withoutProxy(url) : undefined;
  if (client === undefined) return await globalThis.fetch(input, init);
  try {
    return await globalThis.fetch(input, { ...init, client } as RequestInit);
  } finally {
    client.close(); // what it carries goes on; a client left open would count as a leak
  }
}

/** Whether an address is this machine's own. */
export function isLoopback({ hostname }: URL): boolean {
  return /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);
}

/**
 * Keeps `fetch` from sending what goes to this loopback address to a proxy. Node's and Bun's look at
 * `NO_PROXY` each time. Deno's read it at its first fetch: there a client that connects to the
 * address itself is returned, where a proxy is set, or where that can't be known.
 */
function withoutProxy(url: URL): { close(): void } | undefined {
  const deno = guarded();
  if (!deno?.createHttpClient) return void spareLoopback(url);
  if (PROXIES.every((name) => allowed(deno, name) && !readVariable(name))) return undefined;
  const port = Number(url.port) || (url.protocol === "https:" ? 443 : 80);
  return deno.createHttpClient({ proxy: { transport: "tcp", hostname: url.hostname, port } });
}

function allowed(deno: NonNullable<ReturnType<typeof guarded>>, variable: string): boolean {
  try {
    return deno.permissions?.querySync?.({ name: "env", variable }).state === "granted";
  } catch {
    return false;
  }
}

/**
 * Adds a loopback address to `NO_PROXY`, where a proxy is set and the environment can be changed.
 * Does nothing for other addresses.
 */
export function spareLoopback(url: URL): void {
  if (!isLoopback(url)) return;
  if (!PROXIES.some((proxy) => readable(proxy) && readVariable(proxy))) return;
  const name = url.hostname.replace(/[[\]]/g, "");
  for (const variable of ["NO_PROXY", "no_proxy"]) {
    if (!readable(variable)) continue;
    const spared = (readVariable(variable) ?? "").split(",").map((one) => one.trim())
      .filter(Boolean);
    if (spared.includes("*") || spared.includes(name)) continue;
    try {
      writeVariable(variable, [...spared, name].join(","));
    } catch { /* refused: nothing else can be done */ }
  }
}
