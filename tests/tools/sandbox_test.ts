import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { badForm } from "../../src/tools/files/sandbox.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { test } from "../harness.ts";
import { plant, withTree } from "./support.ts";

/** Each is given to a tool in the place of a path; `TOP` is the directory above the working directory. */
const ESCAPES = [
  "..",
  "../",
  "../outside/secret.txt",
  "../../etc/passwd",
  "../../../../../../../../etc/passwd",
  "./../outside/secret.txt",
  "sub/../../outside/secret.txt",
  "sub/./../../outside/secret.txt",
  "sub//..//..//outside//secret.txt",
  "sub/missing/../../../outside/secret.txt",
  "../inside/../outside/secret.txt",
  "../inside2/secret.txt",
  "../insidesecret.txt",
  "/etc/passwd",
  "//etc/passwd",
  "///etc/passwd",
  "/./etc/passwd",
  "/",
  "/proc/self/environ",
  "/proc/self/cwd/../outside/secret.txt",
  "/dev/null",
  "/dev/stdin",
  "/dev/fd/0",
  "TOP/outside/secret.txt",
  "TOP/inside/../outside/secret.txt",
  "TOP/inside2",
  "TOP",
  "~",
  "~/.ssh/id_rsa",
  "~\\secret",
  "file:///etc/passwd",
  "http://127.0.0.1/x",
  "C:\\Windows\\win.ini",
  "C:/Windows/win.ini",
  "c:\\",
  "D:/secret.txt",
  "\\\\server\\share\\secret.txt",
  "\\\\?\\C:\\secret.txt",
  "\\\\.\\PhysicalDrive0",
  "//?/C:/secret.txt",
  "//./pipe/x",
  "..\\outside\\secret.txt",
  "sub\\..\\..\\outside\\secret.txt",
  "sub/..\\../outside/secret.txt",
  "\\etc\\passwd",
  "\0",
  "sub/a.txt\0.png",
  "../outside/secret.txt\0.txt",
  "",
  // Links: made by the test beforehand.
  "link-file",
  "link-dir/secret.txt",
  "link-dir",
  "link-dir/new.txt",
  "link-dir/deep/new.txt",
  "link-dir/../../outside/secret.txt",
  "link-up/outside/secret.txt",
  "link-relative/secret.txt",
  "link-to-link/secret.txt",
  "sub/link-inner/secret.txt",
  "link-dangling",
  "link-dangling-dir/new.txt",
  "link-loop",
  "link-loop/x",
  "link-root/etc/passwd",
  "link-etc",
  "link-self-up/../../outside/secret.txt",
];

/** Names that look like escapes and are plain names inside. */
const NAMES = [
  "..a",
  "...",
  "a..b",
  "%2e%2e",
  "%2e%2e%2foutside%2fsecret.txt",
  "..%2foutside",
  "．．",
  "‥",
  "..\u200b",
  "sub/..a/b",
  "-rf",
  "$(touch x)",
  "a b",
  "naïve",
  "日本",
];

async function prepare(top: string, inside: string): Promise<void> {
  const { files } = host();
  await plant(inside, { "sub/a.txt": "inside\n" });
  await plant(top, { "inside2/secret.txt": "SECRET\n", "insidesecret.txt": "SECRET\n" });
  const links: Record<string, string> = {
    "link-file": join(top, "outside/secret.txt"),
    "link-dir": join(top, "outside"),
    "link-up": "..",
    "link-relative": "../outside",
    "link-to-link": "link-dir",
    "sub/link-inner": "../../outside",
    "link-dangling": join(top, "outside/not-there.txt"),
    "link-dangling-dir": join(top, "outside/not-there"),
    "link-loop": "link-loop",
    "link-root": "/",
    "link-etc": "/etc",
    "link-self-up": "..",
  };
  for (const [path, target] of Object.entries(links)) {
    await files.symlink(target, join(inside, path));
  }
}

/** Everything outside the working directory, as one text. */
async function outsideOf(top: string): Promise<string> {
  const { files } = host();
  const found: string[] = [];
  const visit = async (path: string): Promise<void> => {
    for (const entry of await files.readDir(path)) {
      const full = join(path, entry.name);
      if (full === join(top, "inside")) continue;
      if (entry.isDirectory) await visit(full);
      else found.push(`${full}=${await files.readText(full)}`);
      found.push(full);
    }
  };
  await visit(top);
  return found.sort().join("\n");
}

test("file tools stay in the working directory whatever path they are given", async () => {
  await withTree(async ({ top, inside }) => {
    await prepare(top, inside);
    const before = await outsideOf(top);
    const executor = new ToolExecutor({ workdir: inside, permissions: "allow", timeout: 5000 });
    assert(ESCAPES.length >= 60, "at least 60 escapes");
    for (const escape of ESCAPES) {
      const path = escape.replace("TOP", top);
      const calls: [string, unknown][] = [
        ["read", { path }],
        ["write", { path, content: "ESCAPED" }],
        ["edit", { path, old: "SECRET", new: "ESCAPED" }],
        ["glob", { pattern: "**", path }],
        ["grep", { pattern: "SECRET", path }],
        ["bash", { command: "pwd; ls", cwd: path }],
      ];
      for (const [name, input] of calls) {
        const result = await executor.execute(name, input);
        const label = `${name} ${JSON.stringify(escape)}: ${result.status} ${result.text}`;
        // The empty path of a search means the working directory to some; here it is refused as well.
        assert(["refused", "invalid", "error"].includes(result.status), label);
        assert(!result.text.includes("SECRET") || name === "edit", label);
      }
      assertEquals(await outsideOf(top), before, `outside changed by ${JSON.stringify(escape)}`);
    }
    await executor.close();
  });
});

test("glob and grep patterns stay in the working directory", async () => {
  await withTree(async ({ top, inside }) => {
    await prepare(top, inside);
    for (const rg of [undefined, false] as const) {
      const executor = new ToolExecutor({
        workdir: inside,
        permissions: "allow",
        ...(rg === false ? { rg } : {}),
      });
      const patterns = [
        "../*",
        "../**",
        "../outside/*",
        "**/../*",
        "**/../../**",
        "sub/../../outside/*",
        "{..,sub}/*",
        "{../outside,sub}/*",
        "{a,{b,..}}/secret.txt",
        "/etc/*",
        "/**",
        `${top}/outside/*`,
        `${top}/**`,
        "~/*",
        "link-dir/*",
        "link-*/**",
        "*/secret.txt",
        "link-dir/secret.txt",
        "[.][.]/outside/*",
        "..\\/outside/*",
        "\\.\\./outside/*",
        "C:/*",
        "**/*secret*",
      ];
      for (const pattern of patterns) {
        const listed = await executor.execute("glob", { pattern });
        assert(!listed.text.includes("secret.txt"), `${pattern}: ${listed.text}`);
        assert(!listed.text.includes("passwd"), `${pattern}: ${listed.text}`);
        const found = await executor.execute("grep", { pattern: "SECRET", include: pattern });
        assert(!found.text.includes("secret.txt"), `${pattern}: ${found.text}`);
      }
      await executor.close();
    }
  });
});

test("names that only look like escapes are plain names inside", async () => {
  await withTree(async ({ top, inside }) => {
    const before = await outsideOf(top);
    const executor = new ToolExecutor({ workdir: inside });
    for (const path of NAMES) {
      const written = await executor.execute("write", { path, content: path });
      assertEquals(written.status, "ok", `${path}: ${written.text}`);
      const read = await executor.execute("read", { path });
      assertEquals([read.status, read.text], ["ok", path]);
      assertEquals(await host().files.readText(join(inside, path)), path);
    }
    assertEquals(await outsideOf(top), before);
  });
});

test("links and absolute paths that stay inside work", async () => {
  await withTree(async ({ top, inside }) => {
    const { files } = host();
    await plant(inside, { "sub/a.txt": "hello" });
    await files.symlink("sub", join(inside, "alias"));
    await files.symlink(inside, join(top, "door"));
    // The working directory is given through a link, and paths may name it that way too.
    const executor = new ToolExecutor({ workdir: join(top, "door") });
    const paths = [
      "sub/a.txt",
      "alias/a.txt",
      join(inside, "sub/a.txt"),
      join(top, "door/sub/a.txt"),
      "sub/../sub/a.txt",
      "./sub//a.txt",
    ];
    for (const path of paths) {
      const { status, text } = await executor.execute("read", { path });
      assertEquals([status, text], ["ok", "hello"], path);
    }
    await executor.execute("write", { path: "alias/a.txt", content: "changed" });
    assertEquals(await files.readText(join(inside, "sub/a.txt")), "changed");
    assert((await files.lstat(join(inside, "alias"))).isSymlink);
  });
});

test("paths that no system takes are named as such, without the machine's own paths", async () => {
  await withTree(async ({ top, inside }) => {
    const executor = new ToolExecutor({ workdir: inside, permissions: "allow" });
    const text = async (path: string) =>
      (await executor.execute("write", { path, content: "x" })).text;
    for (const path of ["a".repeat(256), "é".repeat(128), "d/".repeat(3000) + "x"]) {
      assertMatch(await text(path), /^The path is too long: /);
      assertEquals((await text(path)).includes(top), false);
    }
    assertMatch(await text("\ud800x"), /^The path holds half a character: /);
    for (
      const path of [".git./x", ".GIT /x", ".g\u200cit/x", "GIT~1/x", ".git::$INDEX_ALLOCATION/x"]
    ) {
      assertMatch(await text(path), /is inside \.git/, path);
    }
    assertMatch(await text("a.git/x"), /^Created/);
    assertMatch(await text("new\nline"), /^Created/);
    const listed = await executor.execute("read", { path: "." });
    assertEquals(listed.text, `"new\\nline"\na.git/`);
    await executor.close();
  });
});

test("write refuses .git, whose hooks run as programs", async () => {
  await withTree(async ({ inside }) => {
    const executor = new ToolExecutor({ workdir: inside });
    for (const path of [".git/hooks/pre-commit", "sub/.git/config", ".GIT/config", ".git"]) {
      const { status, text } = await executor.execute("write", { path, content: "x" });
      assertEquals(status, "refused", path);
      assertStringIncludes(text, ".git");
    }
    assertEquals(await host().files.readDir(inside), []);
    assertEquals(
      (await executor.execute("write", { path: ".gitignore", content: "x" })).status,
      "ok",
    );
  });
});

test("tools never reach outside while a directory is swapped for a link again and again", async () => {
  await withTree(async ({ top, inside }) => {
    const { files } = host();
    await plant(top, { "outside/deep/a.txt": "SECRET\n" });
    await plant(inside, { "deep/a.txt": "inside\n", "real/a.txt": "inside\n" });
    const executor = new ToolExecutor({ workdir: inside, permissions: "allow", rg: false });
    let over = false;
    const swapping = (async () => {
      const path = join(inside, "deep");
      while (!over) {
        await files.rename(path, join(inside, "away")).catch(() => {});
        await files.symlink(join(top, "outside/deep"), path).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 0));
        await files.remove(path).catch(() => {});
        await files.rename(join(inside, "away"), path).catch(() => {});
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
    })();
    for (let i = 0; i < 150; i++) {
      const results = await Promise.all([
        executor.execute("read", { path: "deep/a.txt" }),
        executor.execute("grep", { pattern: "SECRET", path: "deep" }),
        executor.execute("write", { path: `deep/new-${i}.txt`, content: "ESCAPED" }),
        executor.execute("edit", { path: "deep/a.txt", old: "SECRET", new: "ESCAPED" }),
      ]);
      for (const { text } of results) {
        assert(!/SECRET$/m.test(text.replace(/.*`old`.*/g, "")), text);
      }
    }
    over = true;
    await swapping;
    assertEquals(await files.readText(join(top, "outside/deep/a.txt")), "SECRET\n");
    for (const entry of await files.readDir(join(top, "outside/deep"))) {
      if (entry.name === "a.txt") continue;
      // At most an empty file that was taken back again may have been there.
      assertEquals(await files.readText(join(top, "outside/deep", entry.name)), "");
    }
    await executor.close();
  });
});

test("badForm refuses what only Windows reads in a special way", () => {
  const windows = [
    "C:secret.txt",
    "a.txt:stream",
    "a.txt::$DATA",
    "con",
    "NUL.txt",
    "sub/COM1",
    "lpt1.log",
    "aux .txt",
    "CONIN$",
    "secret.txt.",
    "secret.txt ",
    "sub./a.txt",
    "//server/share/x",
    "\\\\server\\share",
    "..\\x",
    "sub\\..\\..\\x",
    "\\rooted",
  ];
  for (const path of windows) assert(badForm(path, true) !== undefined, path);
  for (const path of ["sub\\a.txt", "C:\\work\\a.txt", "a/b.txt", "..\\..a".slice(3), "."]) {
    assertEquals(badForm(path, true), undefined, path);
  }
});
