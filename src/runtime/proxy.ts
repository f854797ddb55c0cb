/**
 * Proxies that the environment names and the runtime's own `fetch` ignores.
 *
 * @module
 */
import { host } from "./host.ts";
import type { Platform } from "./port.ts";

const NAMES = ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"];

/**
 * The variables that name a proxy which `fetch` does not use: Node's does not look at them without
 * `NODE_USE_ENV_PROXY=1`, known since 22.21 and 24; Deno's and Bun's do.
 */
export function passedOver(
  { runtime, version }: Pick<Platform, "runtime" | "version">,
  get: (name: string) => string | undefined,
): string[] {
  if (runtime !== "node") return [];
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const able = major >= 24 || (major === 22 && minor >= 21);
  if (able && get("NODE_USE_ENV_PROXY") === "1") return [];
  return NAMES.filter((name) => get(name));
}

/** A proxy that is passed over, and what to do; `undefined` where there is none. */
export function proxyHint(): { message: string; repair: string } | undefined {
  const { env, platform } = host();
  const names = passedOver(platform, env.get);
  if (names.length === 0) return undefined;
  return {
    message: `${names.join(", ")} is set, and Node's fetch ignores it`,
    repair: "Set NODE_USE_ENV_PROXY=1 (Node 22.21, 24 or newer), or use Deno or Bun",
  };
}
