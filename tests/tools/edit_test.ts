import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { applyEdit } from "../../src/tools/files/edit_text.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { Sandbox } from "../../src/tools/files/sandbox.ts";
import { readTextFile, replaceFile } from "../../src/tools/files/text_file.ts";
import { ToolFault } from "../../src/tools/types.ts";
import { test } from "../harness.ts";
import { plant, withExecutor } from "./support.ts";

const after = (text: string, old: string, replacement: string, all = false) => {
  const outcome = applyEdit(text, old, replacement, all);
  return outcome.ok ? outcome.text : `!${outcome.reason}`;
};

test("applyEdit replaces the one match and takes the replacement as it is", () => {
  assertEquals(after("a b c", "b", "$& $1 $$"), "a $& $1 $$ c");
  assertEquals(after("a\nb\nc\n", "b\n", ""), "a\nc\n");
  assertEquals(after("über", "ü", "ue"), "ueber");
  assertEquals(after("👍🏽 ok", "ok", "👎"), "👍🏽 👎");
  assertEquals(after("\ufeffa", "a", "b"), "\ufeffb");
});

test("applyEdit refuses no match, several matches, and nothing to do", () => {
  assertStringIncludes(after("abc", "x", "y"), "!`old` is not in the file");
  assertStringIncludes(after("  a\n    b\n", "a\nb", "y"), "line 1 differs only in white space");
  assertStringIncludes(after("a\nb\na\n", "a", "y"), "in it 2 times (lines 1, 3)");
  assertStringIncludes(after("aaa", "aa", "y"), "in it 2 times");
  assertStringIncludes(after("abc", "b", "b"), "nothing to change");
  assertStringIncludes(after("abc", "", "b"), "empty");
  assertEquals(after("a\nb\na\n", "a", "y", true), "y\nb\ny\n");
  assertEquals(after("aaa", "aa", "y", true), "ya");
});

test("applyEdit keeps line endings", () => {
  assertEquals(after("a\r\nb\r\nc\r\n", "a\nb", "x\ny\nz"), "x\r\ny\r\nz\r\nc\r\n");
  assertEquals(after("a\r\nb\r\nc\r\n", "b", "x\ny"), "a\r\nx\r\ny\r\nc\r\n");
  assertEquals(after("a\r\nb\r\nc\r\n", "a\r\nb", "x\r\ny"), "x\r\ny\r\nc\r\n");
  assertEquals(after("a\nb\nc\n", "a\r\nb", "x\r\ny"), "x\ny\nc\n");
  assertEquals(after("a\r\nb\nc\n", "b\nc", "x\ny"), "a\r\nx\ny\n");
  assertEquals(after("a\r\nb\nc\r\n", "a\nb", "x\ny"), "x\r\ny\nc\r\n");
  assertEquals(
    after("q\r\na\r\nb\r\nq\r\na\r\nb\r\n", "a\nb\n", "z\n", true),
    "q\r\nz\r\nq\r\nz\r\n",
  );
  assertStringIncludes(after("a\r\nb\r\na\r\nb\r\n", "a\nb", "x"), "in it 2 times (lines 1, 3)");
  assertEquals(after("a", "a", "x\ny"), "x\ny");
  assertEquals(after("old mac\rline", "mac", "x"), "old x\rline");
});

test("edit changes a file in place and keeps its mode and its byte order mark", async () => {
  await withExecutor({}, async (executor, inside) => {
    const { files, platform } = host();
    const path = join(inside, "run.sh");
    await files.writeBytes(path, new TextEncoder().encode("\ufeff#!/bin/sh\r\necho old\r\n"));
    await files.chmod(path, 0o751);
    const result = await executor.execute("edit", {
      path: "run.sh",
      old: "echo old\n",
      new: "echo new\n",
    });
    assertEquals([result.status, result.text], ["ok", "Replaced 1 occurrence in run.sh (line 2)"]);
    const text = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await files.readBytes(path));
    assertEquals(text, "\ufeff#!/bin/sh\r\necho new\r\n");
    if (platform.os !== "windows") assertEquals((await files.stat(path)).mode & 0o777, 0o751);
    assertEquals((await files.readDir(inside)).map((entry) => entry.name), ["run.sh"]);
  });
});

test("edit leaves the file alone when it can't do what was asked", async () => {
  await withExecutor({}, async (executor, inside) => {
    await plant(inside, {
      "twice.txt": "a\na\n",
      "binary.bin": new Uint8Array([97, 0, 98]),
      "latin1.txt": new Uint8Array([97, 0xe9, 98]),
      "dir/x": "",
    });
    const cases: [Record<string, unknown>, string, string][] = [
      [{ path: "twice.txt", old: "a", new: "b" }, "error", "2 times"],
      [{ path: "twice.txt", old: "z", new: "b" }, "error", "not in the file"],
      [{ path: "missing.txt", old: "a", new: "b" }, "error", "does not exist"],
      [{ path: "dir", old: "a", new: "b" }, "error", "is a directory"],
      [{ path: "binary.bin", old: "a", new: "b" }, "error", "binary"],
      [{ path: "latin1.txt", old: "a", new: "b" }, "error", "UTF-8"],
      [{ path: "twice.txt", old: "", new: "b" }, "invalid", "old"],
      [{ path: "twice.txt", old: "a" }, "invalid", "new"],
      [{ path: "twice.txt", old: "a", new: "b", extra: 1 }, "invalid", "extra"],
    ];
    for (const [input, status, part] of cases) {
      const result = await executor.execute("edit", input);
      assertEquals(result.status, status, JSON.stringify(input));
      assertStringIncludes(result.text, part);
    }
    const { files } = host();
    assertEquals(await files.readText(join(inside, "twice.txt")), "a\na\n");
    assertEquals([...await files.readBytes(join(inside, "latin1.txt"))], [97, 0xe9, 98]);
    const all = await executor.execute("edit", {
      path: "twice.txt",
      old: "a",
      new: "b",
      replaceAll: true,
    });
    assertEquals(all.text, "Replaced 2 occurrences in twice.txt (line 1, 2)");
  });
});

test("edits of one file that come at once all count", async () => {
  await withExecutor({}, async (executor, inside) => {
    const names = Array.from({ length: 12 }, (_, i) => `<${i}>`);
    await plant(inside, { "a.txt": names.join("\n") });
    const results = await Promise.all(
      names.map((name) =>
        executor.execute("edit", { path: "a.txt", old: name, new: name.toUpperCase() + "!" })
      ),
    );
    assertEquals(results.map((result) => result.status), names.map(() => "ok"));
    assertEquals(
      await host().files.readText(join(inside, "a.txt")),
      names.map((name) => name + "!").join("\n"),
    );
  });
});

test("edits of one file by two executors at once all count", async () => {
  await withExecutor({}, async (one, inside) => {
    const other = new ToolExecutor({ workdir: join(inside, "."), permissions: "allow" });
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i} .`);
    await plant(inside, { "a.txt": lines.join("\n") });
    const results = await Promise.all(lines.map((line, i) => {
      const edit = { path: "a.txt", old: line, new: `done ${i} .` };
      return (i % 2 ? one : other).execute("edit", edit);
    }));
    assertEquals(results.map(({ text }) => text).filter((text) => !/^Replaced/.test(text)), []);
    const text = await host().files.readText(join(inside, "a.txt"));
    assertEquals(text, lines.map((_, i) => `done ${i} .`).join("\n"));
    await other.close();
  });
});

test("a file that something else changed since it was read is not overwritten", async () => {
  await withExecutor({}, async (_, inside) => {
    const { files } = host();
    const sandbox = new Sandbox(inside);
    await plant(inside, { "a.txt": "one" });
    const path = await sandbox.resolve("a.txt");
    const { info } = await readTextFile(sandbox, path);
    await plant(inside, { "a.txt": "another" });
    const conflict = await assertRejects(() => replaceFile(sandbox, path, "two", info), ToolFault);
    assertMatch(conflict.message, /changed by something else meanwhile.*read it again/);
    const made = await assertRejects(() => replaceFile(sandbox, path, "new", undefined), ToolFault);
    assertEquals(made.metadata["reason"], "conflict");
    assertEquals(await files.readText(path.real), "another");
    assertEquals((await files.readDir(inside)).map(({ name }) => name), ["a.txt"]);
  });
});

test("names of 255 bytes can be written and edited", async () => {
  await withExecutor({}, async (executor) => {
    const path = "é".repeat(125) + ".text";
    assertEquals((await executor.execute("write", { path, content: "one" })).status, "ok");
    assertEquals((await executor.execute("edit", { path, old: "one", new: "two" })).status, "ok");
    assertEquals((await executor.execute("read", { path })).text, "two");
  });
});

test("applyEdit takes little time for large files, and refuses millions of matches", () => {
  const started = Date.now();
  const blank = "x\n" + "\n".repeat(60_000);
  assertEquals(after(blank, "x\n y", "z"), "!`old` is not in the file; read it again");
  const same = "  a\n".repeat(60_000);
  assertEquals(
    after(`${same}  b\n`, "a\n".repeat(30_000) + "c", "z"),
    "!`old` is not in the file; read it again",
  );
  assertStringIncludes(after(`${same}  b\n`, "a\n b", "z"), "but line 60000 differs only in white");
  assertStringIncludes(after("a".repeat(8_000_000), "a", "b", true), "more than 100000 times");
  assertStringIncludes(after("a\r\n".repeat(1_000_000), "a\n", "b\n", true), "more than 100000");
  assertEquals(after("a,".repeat(100_000), "a", "b", true), "b,".repeat(100_000));
  assert(Date.now() - started < 20_000, `${Date.now() - started} ms`);
});
