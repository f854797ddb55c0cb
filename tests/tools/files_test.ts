import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { test, UNIX } from "../harness.ts";
import { plant, withExecutor } from "./support.ts";

test("write makes parents, says what it did, and replaces whole", async () => {
  await withExecutor({}, async (executor, inside) => {
    const { files } = host();
    const made = await executor.execute("write", { path: "a/b/c.txt", content: "héllo\n" });
    assertEquals([made.status, made.text], ["ok", "Created a/b/c.txt (7 bytes)"]);
    assertEquals(made.metadata, { path: "a/b/c.txt", bytes: 7, created: true });
    const path = join(inside, "a/b/c.txt");
    if (host().platform.os !== "windows") await files.chmod(path, 0o600);
    const again = await executor.execute("write", { path: "./a/b/c.txt", content: "" });
    assertEquals([again.text, again.metadata.created], ["Replaced a/b/c.txt (0 bytes)", false]);
    assertEquals(await files.readText(path), "");
    if (host().platform.os !== "windows") {
      assertEquals((await files.stat(path)).mode & 0o777, 0o600);
    }
    assertEquals((await files.readDir(join(inside, "a/b"))).length, 1);
  });
});

test("write refuses what can't be a file", async () => {
  await withExecutor({}, async (executor, inside) => {
    await plant(inside, { "file": "x", "dir/x": "" });
    const cases: [string, string][] = [
      ["dir", "is a directory"],
      [".", "is a directory"],
      ["dir/", "directory"],
      ["new/", "directory"],
      ["file/below", "not a directory"],
    ];
    for (const [path, part] of cases) {
      const { status, text } = await executor.execute("write", { path, content: "y" });
      assertEquals(status, "error", `${path}: ${text}`);
      assertStringIncludes(text, part);
    }
    assertEquals(await host().files.readText(join(inside, "file")), "x");
  });
});

test("read gives a file as it is, and parts of it", async () => {
  await withExecutor({}, async (executor, inside) => {
    const lines = Array.from({ length: 5000 }, (_, i) => `line ${i + 1}`);
    await plant(inside, {
      "small.txt": "one\ntwo\r\nthree",
      "empty.txt": "",
      "long.txt": lines.join("\n") + "\n",
      "wide.txt": "x".repeat(100_000) + "\nend\n",
      "bom.txt": "\ufeffa\n",
      "latin1.txt": new Uint8Array([97, 0xe9, 10]),
    });
    const read = (path: string, more = {}) => executor.execute("read", { path, ...more });
    assertEquals((await read("small.txt")).text, "one\ntwo\r\nthree");
    assertEquals(
      (await read("small.txt", { offset: 2, limit: 1 })).text,
      "two\r\n[lines 2 to 2; go on with offset 3]",
    );
    assertEquals((await read("small.txt", { offset: 3 })).text, "three");
    assertEquals((await read("empty.txt")).text, "(an empty file)");
    assertEquals((await read("bom.txt")).text, "a\n");
    assertEquals((await read("latin1.txt")).text, "a\ufffd\n");
    const long = await read("long.txt");
    assert(long.text.startsWith("line 1\nline 2\n"));
    assertMatch(long.text, /line 2000\n\[lines 1 to 2000; go on with offset 2001\]$/);
    assertEquals(long.metadata.truncated, true);
    const rest = await read("long.txt", { offset: 4999 });
    assertEquals(rest.text, "line 4999\nline 5000\n");
    assertEquals(rest.metadata.totalLines, 5000);
    const past = await read("long.txt", { offset: 6000 });
    assertEquals([past.status, past.text], ["error", "long.txt has only 5000 lines"]);
    const wide = await read("wide.txt");
    assertMatch(wide.text, /^x{2000}…\nend\n\[1 line longer than 2000 characters cut\]$/);
  });
});

test("read lists directories, shows pictures, and refuses other binary files", async () => {
  await withExecutor({ permissions: { glob: { "*.key": "deny" } } }, async (executor, inside) => {
    const png = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 13]);
    await plant(inside, {
      "b.txt": "",
      "a/x": "",
      "my.key": "",
      "p.png": png,
      "x.bin": new Uint8Array([1, 0]),
    });
    assertEquals((await executor.execute("read", { path: "." })).text, "a/\nb.txt\np.png\nx.bin");
    const picture = await executor.execute("read", { path: "p.png" });
    assertEquals(picture.text, "p.png: image/png, 12 bytes");
    assertEquals(picture.content[1], {
      type: "image",
      data: "iVBORw0KGgoAAAAN",
      mimeType: "image/png",
    });
    const binary = await executor.execute("read", { path: "x.bin" });
    assertEquals([binary.status, binary.text], ["error", "x.bin is a binary file"]);
    const missing = await executor.execute("read", { path: "no.txt" });
    assertEquals([missing.status, missing.text], ["error", "no.txt does not exist"]);
  });
});

test("read does not wait on a pipe", async () => {
  await withExecutor({}, async (executor) => {
    await executor.execute("bash", { command: "mkfifo pipe" });
    const { status, text } = await executor.execute("read", { path: "pipe" });
    assertEquals([status, text], ["error", "pipe is not a regular file"]);
    const written = await executor.execute("write", { path: "pipe", content: "x" });
    assertEquals(written.status, "error");
  });
}, { os: UNIX });

test("write leaves the old or the new content when its process is killed", async () => {
  await withExecutor({}, async (executor, inside) => {
    // Whoever looks while it is written sees one whole version.
    const path = join(inside, "big.txt");
    const versions = ["a", "b"].map((letter) => letter.repeat(2_000_000));
    await host().files.writeText(path, versions[0]!);
    let over = false;
    let looks = 0;
    const looking = (async () => {
      while (!over) {
        const text = await host().files.readText(path);
        assert(versions.includes(text), `${text.length} characters`);
        looks++;
      }
    })();
    for (let i = 0; i < 20; i++) {
      await executor.execute("write", { path: "big.txt", content: versions[i % 2]! });
    }
    over = true;
    await looking;
    assert(looks > 3);
  });
}, { os: UNIX });
