import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import * as path from "../../src/runtime/path.ts";

const windows = host().platform.os === "windows";

test("path functions take the separators of the system that they run on", () => {
  const at = (...parts: string[]) => parts.join(windows ? "\\" : "/");
  const root = windows ? "C:\\" : "/";
  assertEquals(path.join("a", "..", "b", "c.txt"), at("b", "c.txt"));
  assertEquals(path.normalize("a//b/./c"), at("a", "b", "c"));
  assertEquals(path.dirname(at("a", "b.txt")), "a");
  assertEquals(path.basename(at("a", "b.txt"), ".txt"), "b");
  assertEquals([path.isAbsolute(`${root}a`), path.isAbsolute("a")], [true, false]);
  assertEquals(path.relative(`${root}a${at("", "b")}`, `${root}a`), "..");
  assertEquals(path.toFileUrl(`${root}a b`).href, windows ? "file:///C:/a%20b" : "file:///a%20b");
});

test("resolve and relative begin at the working directory when nothing is absolute", () => {
  const cwd = host().platform.cwd();
  assertEquals(path.resolve(), path.normalize(cwd));
  assertEquals(path.resolve("x", "..", "y"), path.join(cwd, "y"));
  assertEquals(path.resolve("x", path.join(cwd, "z"), "w"), path.join(cwd, "z", "w"));
  assertEquals(path.relative("x", path.join(cwd, "x", "y")), "y");
  assertEquals(path.relative("x", "x"), "");
});
