import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { findProgram } from "../../src/tools/programs.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { test } from "../harness.ts";
import { plant, withTree } from "./support.ts";
import { ripgrepForTests } from "./ripgrep_for_tests.ts";

/** A tree with all that a search could stumble over. */
async function jungle(root: string): Promise<void> {
  const { files } = host();
  await plant(root, {
    ".gitignore": [
      "# comment",
      "*.log",
      "!keep.log",
      "/build",
      "node_modules/",
      "docs/*.tmp",
      "**/cache/**",
      "!**/cache/.keep",
      "\\#hash.txt",
      "\\!bang.txt",
      "trailing.txt   ",
      "escaped\\ ",
      "q?.txt",
      "set[abc].txt",
      "not[!abc].txt",
      "deep/**/gone.txt",
      "file-or-dir",
      "dir-only/",
      "",
    ].join("\n"),
    "a.ts": "needle one\nnothing\nneedle two\n",
    "b.js": "const needle = 1;\r\nlast needle",
    "crlf.txt": "needle\r\nx\r\n",
    "naïve 日本.txt": "needle in a name\n",
    ".hidden": "needle hidden\n",
    ".config/settings.json": '{"needle": true}\n',
    "x.log": "needle\n",
    "keep.log": "needle kept\n",
    "build/out.js": "needle\n",
    "src/build/out.js": "needle in src/build\n",
    "node_modules/pkg/index.js": "needle\n",
    "sub/node_modules/pkg/index.js": "needle\n",
    "docs/a.tmp": "needle\n",
    "docs/deeper/a.tmp": "needle deeper\n",
    "cache/x": "needle\n",
    "sub/cache/y/z": "needle\n",
    "sub/cache/.keep": "needle\n",
    "#hash.txt": "needle\n",
    "!bang.txt": "needle\n",
    "trailing.txt": "needle\n",
    "escaped ": "needle\n",
    "q1.txt": "needle\n",
    "q12.txt": "needle q12\n",
    "seta.txt": "needle\n",
    "setd.txt": "needle d\n",
    "nota.txt": "needle a\n",
    "notd.txt": "needle\n",
    "deep/gone.txt": "needle\n",
    "deep/a/b/gone.txt": "needle\n",
    "deep/a/b/here.txt": "needle here\n",
    "sub/file-or-dir": "needle\n",
    "other/file-or-dir/x": "needle\n",
    "dir-only": "needle as a file\n",
    "sub/dir-only/x": "needle\n",
    "nested/.gitignore": "*\n!*.md\n!.gitignore\n!inner/\n",
    "nested/a.md": "needle md\n",
    "nested/a.ts": "needle\n",
    "nested/inner/b.md": "needle inner\n",
    "nested/x.log": "needle\n",
    "selfish/.gitignore": "*\n",
    "selfish/a.ts": "needle\n",
    "anchored/.gitignore": "/only-here\nsome/where\n",
    "anchored/only-here": "needle\n",
    "anchored/deeper/only-here": "needle deeper only\n",
    "anchored/some/where": "needle\n",
    "anchored/x/some/where": "needle somewhere\n",
    "repo/.git/config": "needle\n",
    "repo/x.log": "needle\n",
    "repo/a.ts": "needle repo\n",
    ".git/HEAD": "needle\n",
    ".git/hooks/x.ts": "needle\n",
    ".ignore": "a.ts\n",
    ".rgignore": "b.js\n",
    "sub/.rgignore": "normal.ts\n.rgignore\n",
    "docs/.gitignore": ".rgignore\n",
    "docs/.rgignore": "deeper\n",
    "binary.bin": new Uint8Array([110, 101, 101, 100, 108, 101, 0, 10]),
    "late.bin": new Uint8Array([...new TextEncoder().encode("needle\n".repeat(30000)), 0]),
    "utf16.txt": new Uint8Array([
      0xff,
      0xfe,
      ...[..."needle"].flatMap((c) => [c.charCodeAt(0), 0]),
    ]),
    "latin1.txt": new Uint8Array([...new TextEncoder().encode("needle "), 0xe9, 10]),
    "bom.txt": "\ufeffneedle bom\n",
    "empty.txt": "",
    "minified.js": "x".repeat(200_000) + "needle" + "y".repeat(200_000) + "\n",
    "huge.txt": "some line of text\n".repeat(300_000) + "the needle at the end\n",
    "locked/a.ts": "needle locked\n",
    "unreadable.ts": "needle unreadable\n",
    "sub/normal.ts": "needle normal\n",
    "UPPER.txt": "NEEDLE upper\nNeedle title\n",
    "multi.txt": "need\nle\nfoo(bar)\n  indented\nTODO: x\nß ſ K\n",
  });
  await files.symlink("..", join(root, "sub/loop"));
  await files.symlink("loop-b", join(root, "loop-a"));
  await files.symlink("loop-a", join(root, "loop-b"));
  await files.symlink("a.ts", join(root, "link.ts"));
  await files.symlink("sub", join(root, "link-dir"));
  await files.symlink("nowhere", join(root, "dangling"));
  if (host().platform.os !== "windows") {
    await files.chmod(join(root, "locked"), 0o000);
    await files.chmod(join(root, "unreadable.ts"), 0o000);
  }
}

async function unlock(root: string): Promise<void> {
  if (host().platform.os === "windows") return;
  await host().files.chmod(join(root, "locked"), 0o700);
  await host().files.chmod(join(root, "unreadable.ts"), 0o600);
}

const GLOBS = [
  "**",
  "**/*",
  "*",
  "*.ts",
  "**/*.ts",
  "**/*.{ts,js}",
  "sub/**",
  "src/build/*",
  "build/*",
  "**/.*",
  "nested/**/*.md",
  "nested/*",
  "anchored/**",
  "**/node_modules/**",
  "node_modules/pkg/*",
  "set[a-d].txt",
  "q??.txt",
  "*日本*",
  "**/only-here",
  "deep/**/*.txt",
  ".config/*.json",
  "sub/",
  "link-dir/*",
  "nothing-at-all/*",
];

const GREPS: Record<string, unknown>[] = [
  { pattern: "needle" },
  { pattern: "needle", ignoreCase: true },
  { pattern: "(?i)NEEDLE" },
  { pattern: "NEEDLE", literal: true },
  { pattern: "needle", include: "*.ts" },
  { pattern: "needle", include: "*.{ts,js}" },
  { pattern: "needle", include: "sub/**" },
  { pattern: "needle", path: "sub" },
  { pattern: "needle", path: "nested" },
  { pattern: "needle", path: "repo" },
  { pattern: "needle", path: "src/build" },
  { pattern: "needle", path: "node_modules" },
  { pattern: "needle", path: "a.ts" },
  { pattern: "needle", path: "x.log" },
  { pattern: "^needle" },
  { pattern: "needle$" },
  { pattern: "needle\\s+(one|two)" },
  { pattern: "one|two|upper" },
  { pattern: "n.{2,3}dle" },
  { pattern: "[a-z]+\\(" },
  { pattern: "foo(bar)", literal: true },
  { pattern: "^\\s+indented" },
  { pattern: "need\\nle" },
  { pattern: "\\d+" },
  { pattern: "." },
  { pattern: "needle (?!one)" },
  { pattern: "(?<=const )needle" },
  { pattern: "\\bneedle\\b.*\\bin\\b" },
  { pattern: "needle é|needle \\ufffd" },
  { pattern: "k", ignoreCase: true },
  { pattern: "ss", ignoreCase: true },
  { pattern: "日本|in a name" },
  { pattern: "\\p{Lu}{3}" },
  { pattern: "-needle|needle" },
  { pattern: "needle", limit: 3 },
  { pattern: "nothing like this anywhere" },
  { pattern: "needle[^a-z]" },
  { pattern: "[^ -~]" },
  { pattern: "[\\w.]+\\s\\S+" },
  { pattern: "needle\\W" },
  { pattern: "\\D{3}$" },
  { pattern: "é.?$|naïve|one$" },
  { pattern: "needle .$" },
  { pattern: "^$" },
  { pattern: "(a|b)?(needle|foo)+ ?[a-z]*" },
  { pattern: "x{3}needley{3}" },
  { pattern: "(n)eedle.*\\1" },
  { pattern: "(?<a>n)eedle" },
  { pattern: "NEED.E", ignoreCase: true },
  { pattern: "[K-N]EEDLE", ignoreCase: true },
  { pattern: "[^K-N]EEDLE", ignoreCase: true },
  { pattern: "\\u006eeedle" },
  { pattern: "needle\\r?$" },
  { pattern: '{"needle": true}' },
  { pattern: "const\\s+\\w+\\s*=" },
];

test("glob and grep give the same with and without ripgrep", async () => {
  const rg = await ripgrepForTests();
  if (rg === undefined) {
    throw new Error("There is no ripgrep here, so nothing was compared: install it");
  }
  await withTree(async ({ inside }) => {
    await jungle(inside);
    const roots = [inside, join(inside, "sub"), join(inside, "repo"), inside];
    for (const [turn, root] of roots.entries()) {
      // Once with files that older ripgreps obey whatever they are told, once without.
      if (turn === 3) {
        for (const path of ["", "sub", "docs"]) {
          await host().files.remove(join(inside, path, ".rgignore"));
        }
      }
      const common = { workdir: root, permissions: "allow", maxOutput: 1e6 } as const;
      const fast = new ToolExecutor({ ...common, rg });
      const plain = new ToolExecutor({ ...common, rg: false });
      const calls: [string, Record<string, unknown>][] = [
        ...GLOBS.map((pattern): [string, Record<string, unknown>] => ["glob", { pattern }]),
        ...GREPS.map((input): [string, Record<string, unknown>] => ["grep", input]),
      ];
      for (const [name, input] of calls) {
        const [one, two] = [await fast.execute(name, input), await plain.execute(name, input)];
        assertEquals(one, two, `${root} ${name} ${JSON.stringify(input)}`);
      }
    }
    await unlock(inside);
  });
});

test("glob and grep find what they should", async () => {
  await withTree(async ({ inside }) => {
    await jungle(inside);
    await unlock(inside);
    const executor = new ToolExecutor({ workdir: inside, rg: false });
    const found = new Set(
      (await executor.execute("grep", { pattern: "needle" })).metadata.files as string[],
    );
    const there = [
      ".config/settings.json .hidden a.ts anchored/deeper/only-here anchored/x/some/where b.js bom.txt",
      "crlf.txt deep/a/b/here.txt dir-only docs/deeper/a.tmp huge.txt keep.log latin1.txt locked/a.ts",
      "minified.js nested/a.md nested/inner/b.md nota.txt q12.txt repo/a.ts setd.txt src/build/out.js",
      "sub/cache/.keep sub/normal.ts unreadable.ts",
    ].join(" ").split(" ");
    assertEquals(
      [...found].sort(),
      [...there, "naïve 日本.txt", "repo/x.log"].filter((name) =>
        found.has(name) || name !== "repo/x.log"
      ).sort(),
    );
    const lines = (await executor.execute("grep", { pattern: "needle" })).text.split("\n");
    assert(lines.includes("a.ts:1:needle one") && lines.includes("a.ts:3:needle two"));
    assert(lines.includes("b.js:1:const needle = 1;") && lines.includes("b.js:2:last needle"));
    assert(lines.includes("huge.txt:300001:the needle at the end"));
    assert(
      lines.some((line) =>
        line.startsWith("minified.js:1:…xxx") && line.includes("needle") && line.length < 500
      ),
    );
    assertEquals(
      (await executor.execute("glob", { pattern: "*.ts" })).text,
      "a.ts\nunreadable.ts",
    );
    assertEquals((await executor.execute("glob", { pattern: "nested/**" })).text.split("\n"), [
      "nested/.gitignore",
      "nested/a.md",
      "nested/inner/b.md",
    ]);
    const few = await executor.execute("glob", { pattern: "**", limit: 2 });
    assertMatch(few.text, /^\.config\/settings\.json\n\.gitignore\n\[\d+ more files; narrow/);
  });
});

test("rules above the working directory hold up to the repository's root, and not above", async () => {
  const rg = await ripgrepForTests();
  await withTree(async ({ top, inside }) => {
    await plant(top, {
      ".gitignore": "*.ts\n",
      "inside/.git/HEAD": "",
      "inside/.gitignore": "*.log\n/pkg/dist\n",
      "inside/pkg/a.ts": "needle\n",
      "inside/pkg/a.log": "needle\n",
      "inside/pkg/dist/b.ts": "needle\n",
      "inside/pkg/sub/dist/b.ts": "needle\n",
    });
    for (
      const option of [{ rg }, { rg: false as const }]
    ) {
      const executor = new ToolExecutor({ workdir: join(inside, "pkg"), ...option });
      assertEquals((await executor.execute("glob", { pattern: "**" })).text, "a.ts\nsub/dist/b.ts");
      const { metadata } = await executor.execute("grep", { pattern: "needle" });
      assertEquals(metadata.files, ["a.ts", "sub/dist/b.ts"]);
    }
    // Without a repository the directories above the working directory don't count.
    await host().files.remove(join(inside, ".git"), { recursive: true });
    for (
      const option of [{ rg }, { rg: false as const }]
    ) {
      const executor = new ToolExecutor({ workdir: join(inside, "pkg"), ...option });
      assertEquals(
        (await executor.execute("glob", { pattern: "**" })).text,
        "a.log\na.ts\ndist/b.ts\nsub/dist/b.ts",
      );
    }
  });
});

test("random trees with random rules give the same with and without ripgrep", async () => {
  const rg = await ripgrepForTests();
  if (rg === undefined) {
    throw new Error("There is no ripgrep here, so nothing was compared: install it");
  }
  let seed = 12345;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const names = ["a", "b", "c", "a.ts", "b.ts", "x.log", ".x", "d e"];
  const patterns = [
    "*",
    "a",
    "b/",
    "/a",
    "a/b",
    "**/b",
    "a/**",
    "*.ts",
    "!*.ts",
    "!a",
    "!/b/",
    "?",
    "[ab]",
    "a/**/b",
    "*/c",
    "/*/",
    ".*",
    "!.x",
    "d*",
  ];
  for (let round = 0; round < 25; round++) {
    await withTree(async ({ inside }) => {
      const tree: Record<string, string> = {};
      const directories = [""];
      for (let i = 0; i < 8; i++) {
        directories.push(
          `${pick(directories)}${pick(["a", "b", "c", "d e", ".x"])}_${i % 3 ? "" : "/"}`.replace(
            /_$/,
            "/",
          ).replace("_/", "/"),
        );
      }
      for (const directory of directories) {
        for (let i = 0; i < 4; i++) {
          const name = pick(names);
          if (!directories.includes(`${directory}${name}/`)) tree[directory + name] = "needle\n";
        }
        if (random(2) === 0) {
          tree[`${directory}.gitignore`] = Array.from(
            { length: 1 + random(4) },
            () => pick(patterns),
          ).join("\n");
        }
      }
      await plant(inside, tree);
      if (random(2) === 0) await plant(inside, { ".git/HEAD": "" });
      const base = pick(
        directories.filter((one) => host().platform.os !== "windows" || one !== ""),
      );
      const path = base === "" ? "." : base.slice(0, -1);
      const fast = new ToolExecutor({ workdir: inside, rg });
      const plain = new ToolExecutor({ workdir: inside, rg: false });
      for (
        const [name, input] of [["glob", { pattern: "**", path }], ["grep", {
          pattern: "needle",
          path,
        }]] as const
      ) {
        const [one, two] = [await fast.execute(name, input), await plain.execute(name, input)];
        assertEquals(one, two, `round ${round} ${name} ${path} ${JSON.stringify(tree, null, 1)}`);
      }
    });
  }
});

test("grep finds the lines that the expression fits, whichever way it goes", async () => {
  const rg = await ripgrepForTests();
  let seed = 4711;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const atoms =
    "a b ab foo . \\\\. \\\\s \\\\S \\\\w \\\\W \\\\d \\\\D [ab] [^ab] [a-c_] [^é] [^\\\\s] [\\\\w-] é 日 👋 - / # & \\\\/ \\\\- ^ $ \\\\b \\\\t (a|b) (?:foo|ba) (?=a) (?!b) (?<!o) K s"
      .replaceAll("\\\\", "\\").split(" ");
  const marks = ["", "", "", "", "*", "+", "?", "{2}", "{1,3}", "*?"];
  const bytes = (text: string) => [...new TextEncoder().encode(text)];
  const corpus: Record<string, Uint8Array> = {
    "a.txt": new Uint8Array(bytes("a\nb\nab foo\n\nfoo-bar/baz #1 & 2\n  indented\ta\n")),
    "b.txt": new Uint8Array([
      ...bytes("é a\r\nfoo\r\n日本 b\r\n"),
      0xff,
      0x61,
      0xfe,
      0x0a,
      0xe9,
      0x0a,
      0xf0,
      0x9f,
      0x0a,
    ]),
    "c.txt": new Uint8Array(bytes("👋a👋\n\u2028a\u2028foo\nKs ſ ß K\nno end")),
    "d.txt": new Uint8Array(bytes("\ufefffoo\n\u00a0a\u3000b\n_a_b_\n99 bottles\n")),
  };
  await withTree(async ({ inside }) => {
    await plant(inside, corpus);
    const fast = new ToolExecutor({ workdir: inside, rg });
    const plain = new ToolExecutor({ workdir: inside, rg: false });
    for (let round = 0; round < 150; round++) {
      let pattern = "";
      for (let i = 1 + random(4); i > 0; i--) {
        const atom = pick(atoms);
        pattern += atom + (/^(\^|\$|\\b|\(\?[=!<].*)$/.test(atom) ? "" : pick(marks));
      }
      const ignoreCase = random(3) === 0;
      const expression = (() => {
        try {
          return new RegExp(
            pattern,
            `m${ignoreCase ? "i" : ""}${/[\ud800-\udfff]/.test(pattern) ? "u" : ""}`,
          );
        } catch {
          return undefined;
        }
      })();
      if (!expression) continue;
      const expected: string[] = [];
      for (const [name, content] of Object.entries(corpus)) {
        const lines = new TextDecoder().decode(content).split("\n");
        if (lines.at(-1) === "") lines.pop();
        lines.forEach((line, index) => {
          if (expression.test(line.replace(/\r$/, ""))) expected.push(`${name}:${index + 1}`);
        });
      }
      for (const executor of [fast, plain]) {
        const { text, status } = await executor.execute("grep", { pattern, ignoreCase });
        const got = text === "No matches found"
          ? []
          : text.split("\n").map((line) => line.split(":").slice(0, 2).join(":"));
        if (status !== "invalid") {
          assertEquals(got, expected, `${round} ${pattern} ${ignoreCase} ${executor === fast}`);
        }
      }
    }
  });
});

test("a ripgrep that fails, or is not one, is not believed", async () => {
  await withTree(async ({ inside }) => {
    await plant(inside, { "a.ts": "needle\n" });
    for (const rg of ["/not/there/rg", "/bin/false", "/bin/sh"]) {
      const executor = new ToolExecutor({ workdir: inside, rg });
      assertEquals((await executor.execute("grep", { pattern: "needle" })).text, "a.ts:1:needle");
      assertEquals((await executor.execute("glob", { pattern: "*" })).text, "a.ts");
    }
  });
});

test("findProgram takes nothing from the working directory", async () => {
  if (host().platform.os === "windows") return;
  await withTree(async ({ inside, outside }) => {
    const { env, files } = host();
    const before = env.get("PATH")!;
    for (const directory of [inside, outside]) {
      await plant(directory, { "rg-of-a-test": "#!/bin/sh\n" });
      await files.chmod(join(directory, "rg-of-a-test"), 0o755);
    }
    try {
      env.set("PATH", `${inside}:.:relative`);
      assertEquals(await findProgram("rg-of-a-test", inside), undefined);
      env.set("PATH", `${inside}:${outside}`);
      assertEquals(await findProgram("rg-of-a-test", inside), join(outside, "rg-of-a-test"));
    } finally {
      env.set("PATH", before);
    }
  });
});

test("a search ends when its signal aborts", async () => {
  await withTree(async ({ inside }) => {
    await plant(
      inside,
      Object.fromEntries(
        Array.from({ length: 300 }, (_, i) => [`${i}/a.txt`, "x".repeat(200_000)]),
      ),
    );
    const executor = new ToolExecutor({ workdir: inside, rg: false });
    const controller = new AbortController();
    const running = executor.execute("grep", { pattern: "[a-w]" }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 30);
    const { status } = await running;
    assert(status === "aborted" || status === "ok");
  });
});
