/**
 * Checks of the machine: the runtime, and proxies.
 *
 * @module
 */
import { host } from "../runtime/host.ts";
import { proxyHint } from "../runtime/proxy.ts";
import type { Found } from "./report.ts";

/** Whether the runtime is new enough. */
export function checkRuntime(): Promise<Found> {
  const { runtime, version, os, arch } = host().platform;
  const message = `${runtime} ${version} on ${os} ${arch}`;
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const old = (runtime === "node" && (major < 20 || (major === 20 && minor < 19))) ||
    (runtime === "deno" && (major < 2 || (major === 2 && minor < 9)));
  const repair = runtime === "node" ? "Install Node 20.19 or newer" : "Install Deno 2.9 or newer";
  return Promise.resolve(
    old ? { status: "fail", message, repair } : { status: "ok", message },
  );
}

/** Whether a proxy of the environment stands in the way. */
export function checkProxy(): Promise<Found[]> {
  const { env } = host();
  const names = [
    "HTTP_PROXY",
    "http_proxy",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
  ];
  const set = names.filter((name) => env.get(name));
  if (set.length === 0) return Promise.resolve([{ status: "ok", message: "none is set" }]);
  const exempt = (env.get("NO_PROXY") ?? env.get("no_proxy") ?? "").split(",")
    .some((name) => name.trim() === "127.0.0.1" || name.trim() === "*");
  const found: Found[] = [
    exempt ? { status: "ok", message: `${set.join(", ")}, not for this machine` } : {
      status: "warn",
      message: `${
        set.join(", ")
      } would take calls to this machine too; this package sees to its own`,
      repair: "Add 127.0.0.1 and localhost to NO_PROXY",
    },
  ];
  const hint = proxyHint();
  if (hint) found.push({ status: "warn", ...hint });
  return Promise.resolve(found);
}
