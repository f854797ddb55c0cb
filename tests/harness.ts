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
  const { Deno, process } = globalThis as unknown as {
    Deno?: { test?: (name: string, run: () => unknown) => void };
    process: { getBuiltinModule(name: "node:test"): { test: NodeTest } };
  };
  if (Deno?.test) Deno.test(name, run);
  else process.getBuiltinModule("node:test").test(name, { timeout: 120_000 }, run);
}

type NodeTest = (name: string, options: { timeout: number }, run: () => unknown) => unknown;
