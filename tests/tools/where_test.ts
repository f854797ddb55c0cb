import { assertEquals } from "@std/assert";
import { host } from "../../src/runtime/host.ts";
import { ToolExecutor } from "../../src/tools/mod.ts";
import { test } from "../harness.ts";

async function withDirectory(use: (directory: string) => Promise<void>): Promise<void> {
  const { files } = host();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "where-" }));
  try {
    await use(directory);
  } finally {
    await files.remove(directory, { recursive: true });
  }
}

/** The path where this program may look at its own open files (Deno: with all permissions alone). */
async function told(path: string, beside: string): Promise<string | undefined> {
  const file = await host().files.open(beside, { read: true });
  const handle = await file.handle();
  await file.close();
  return handle === undefined ? undefined : path;
}

test("an open file says where it is now, whatever its first path has become", async () => {
  await withDirectory(async (directory) => {
    const { files } = host();
    await files.writeText(`${directory}/a`, "inside");
    await files.writeText(`${directory}/b`, "other");
    const file = files.openSync(`${directory}/a`);
    const second = files.openSync(`${directory}/b`);
    try {
      assertEquals(file.where(), await told(`${directory}/a`, `${directory}/b`));
      assertEquals(second.where(), await told(`${directory}/b`, `${directory}/b`));
      await files.rename(`${directory}/a`, `${directory}/c`);
      await files.symlink(`${directory}/b`, `${directory}/a`);
      assertEquals(file.where(), await told(`${directory}/c`, `${directory}/b`));
      const swapped = files.openSync(`${directory}/a`);
      assertEquals(swapped.where(), await told(`${directory}/b`, `${directory}/b`));
      swapped.close();
      const buffer = new Uint8Array(20);
      assertEquals(new TextDecoder().decode(buffer.subarray(0, file.read(buffer))), "inside");
      assertEquals(file.read(buffer), 0);
    } finally {
      file.close();
      second.close();
    }
  });
});

test("grep finds all lines around the size up to which a file is read at once", async () => {
  await withDirectory(async (directory) => {
    const { files } = host();
    const piece = 512 * 1024;
    for (const size of [piece - 1, piece, piece + 1, piece + 2, 3 * piece]) {
      const end = "needle 1 end";
      await files.writeText(
        `${directory}/${size}`,
        `needle 0\n${"x\n".repeat(size)}`.slice(0, size - end.length - 1) + `\n${end}`,
      );
    }
    const executor = new ToolExecutor({ workdir: directory, permissions: "allow", rg: false });
    const { content, metadata } = await executor.execute("grep", { pattern: "needle \\d" });
    assertEquals(metadata?.["matches"], 10, String(content).slice(0, 500));
    assertEquals((metadata?.["files"] as string[]).length, 5);
  });
});
