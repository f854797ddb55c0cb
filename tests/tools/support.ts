import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import type { ToolExecutorOptions } from "../../src/tools/options.ts";

/** Runs with a directory that has nothing but `inside/` and `outside/secret.txt`, and removes it. */
export async function withTree(
  run: (tree: { top: string; inside: string; outside: string }) => Promise<void>,
): Promise<void> {
  const { files } = host();
  const top = await files.realPath(await files.makeTempDir({ prefix: "tools-" }));
  try {
    const inside = join(top, "inside");
    const outside = join(top, "outside");
    await files.makeDir(inside);
    await files.makeDir(outside);
    await files.writeText(join(outside, "secret.txt"), "SECRET\n");
    await run({ top, inside, outside });
  } finally {
    await files.remove(top, { recursive: true });
  }
}

/** Runs with an executor in a fresh directory. */
export async function withExecutor(
  options: ToolExecutorOptions,
  run: (executor: ToolExecutor, inside: string) => Promise<void>,
): Promise<void> {
  await withTree(async ({ inside }) => {
    const executor = new ToolExecutor({ workdir: inside, permissions: "allow", ...options });
    try {
      await run(executor, inside);
    } finally {
      await executor.close();
    }
  });
}

/** Writes files, making their parents. */
export async function plant(
  root: string,
  tree: Record<string, string | Uint8Array>,
): Promise<void> {
  const { files } = host();
  for (const [path, content] of Object.entries(tree)) {
    const full = join(root, path);
    await files.makeDir(join(full, ".."));
    if (typeof content === "string") await files.writeText(full, content);
    else await files.writeBytes(full, content);
  }
}

/** Waits until something holds, at most so long. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`It did not come true in ${ms} ms`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
