/**
 * One way to write a test that runs on Deno, Node and Bun.
 *
 * A test file that imports `test` from here is portable: it reaches files, processes and the
 * network through `src/runtime/host.ts` only. `scripts/ok.ts` finds such files by this import,
 * bundles them with the Node adapter in place of the Deno one, and runs them on Node and Bun too.
 * A file that calls `Deno.test` runs on Deno alone.
 */

import "./node20.ts";
import { host } from "../src/runtime/host.ts";
import type { Platform } from "../src/runtime/port.ts";

/** Where a test can run. */
export interface TestOptions {
  /** The systems that it is for; elsewhere the runner counts it as ignored. @default {all} */
  os?: readonly Platform["os"][];
}

/** The systems with pipes in the file system, signals and `sh`. */
export const UNIX = ["linux", "darwin"] as const;

/** Registers a test with the runner of the runtime that loads the file. */
export function test(
  name: string,
  run: () => void | Promise<void>,
  { os }: TestOptions = {},
): void {
  const { Deno, process } = globalThis as unknown as {
    Deno?: { test?: (options: { name: string; ignore: boolean; fn: () => unknown }) => void };
    process: { getBuiltinModule(name: "node:test"): { test: NodeTest } };
  };
  const skip = os !== undefined && !os.includes(host().platform.os);
  if (Deno?.test) Deno.test({ name, ignore: skip, fn: run });
  else process.getBuiltinModule("node:test").test(name, { timeout: 120_000, skip }, run);
}

type NodeTest = (
  name: string,
  options: { timeout: number; skip: boolean },
  run: () => unknown,
) => unknown;
