/**
 * The runtime that this process runs on, picked once, on first use.
 *
 * @module
 */
import type { Runtime } from "./port.ts";
import { createRuntime as createDenoRuntime } from "./deno.ts";
import { createRuntime as createNodeRuntime } from "./node.ts";

let chosen: Runtime | undefined;

/** The adapter for this runtime: Deno where there is a `Deno` on globalThis, else Node's. */
export function host(): Runtime {
  return chosen ??= "Deno" in globalThis ? createDenoRuntime() : createNodeRuntime();
}
