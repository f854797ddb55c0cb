/**
 * One way to write a test that runs on Deno, Node and Bun.
 *
 * A test file that imports `test` from here is portable: it reaches files, processes and the
 * network through `src/runtime/host.ts` only. `scripts/ok.ts` finds such files by this import,
 * bundles them with the Node adapter in place of the Deno one, and runs them on Node and Bun too.
 * A file that calls `Deno.test` runs on Deno alone.
 */

/** Registers a test with the runner of the runtime that loads the file. */
export function test(name: string, run: () => void | Promise<void>): void {
  const deno = (globalThis as { Deno?: { test(name: string, fn: () => unknown): void } }).Deno;
  if (deno?.test) return deno.test(name, run);
  register(name, run);
}

type NodeTest = (name: string, options: { timeout: number }, fn: () => unknown) => unknown;

function register(name: string, run: () => void | Promise<void>): void {
  const { process, Bun } = globalThis as unknown as {
    process: { getBuiltinModule(name: string): { test: NodeTest } };
    Bun?: { jest(path: string): { test(name: string, fn: () => unknown, ms: number): void } };
  };
  if (Bun) Bun.jest(import.meta.path ?? "").test(name, run, 120_000);
  else process.getBuiltinModule("node:test").test(name, { timeout: 120_000 }, run);
}

declare global {
  interface ImportMeta {
    /** Bun's own: the file's path. */
    path?: string;
  }
}
