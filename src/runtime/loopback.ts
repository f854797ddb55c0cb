/**
 * Proxies kept off this machine's own addresses.
 *
 * @module
 */
import { host } from "./host.ts";

const LOOPBACK = ["127.0.0.1", "localhost", "::1"];

/** A `NO_PROXY` value that names this machine's own addresses too. */
export function withLoopback(value: string | undefined): string {
  const names = (value ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
  if (names.includes("*")) return "*";
  return [...names, ...LOOPBACK.filter((name) => !names.includes(name))].join(",");
}

/** Variables that keep a child from sending loopback traffic to a proxy. */
export function noProxyVariables(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const value = withLoopback(env.NO_PROXY ?? env.no_proxy);
  return { NO_PROXY: value, no_proxy: value };
}

/**
 * Keeps this process's `fetch` from sending loopback traffic to the proxy of `HTTP_PROXY`: Deno's
 * does, unless `NO_PROXY` says otherwise before the first fetch. Does nothing where no proxy is set,
 * or the environment may not be changed.
 */
export function bypassProxyForLoopback(): void {
  const { env } = host();
  try {
    const proxies = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];
    if (!proxies.some((name) => env.get(name))) return;
    const variables = noProxyVariables({
      NO_PROXY: env.get("NO_PROXY"),
      no_proxy: env.get("no_proxy"),
    });
    for (const [name, value] of Object.entries(variables)) env.set(name, value);
  } catch { /* without the permission there is nothing that could be done */ }
}
