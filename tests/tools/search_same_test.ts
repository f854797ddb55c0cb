import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { test } from "../harness.ts";
import { jungle, unlock } from "./jungle.ts";
import { ripgrepForTests } from "./ripgrep_for_tests.ts";
import { plant, withTree } from "./support.ts";

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
    "a b ab foo . \\\\. \\\\s \\\\S \\\\w \\\\W \\\\d \\\\D [ab] [^ab] [a-c_] [^é] [^\\\\s] [\\\\w-] é 日 👋 - / # & \\\\/ \\\\- ^ $ \\\\b \\\\t (a|b) (?:foo|ba) \\p{Lu} [^\\p{L}] K s"
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
          return new RegExp(pattern, ignoreCase ? "iu" : "u");
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
        assertEquals(status, "ok", pattern);
        assertEquals(got, expected, `${round} ${pattern} ${ignoreCase} ${executor === fast}`);
      }
    }
  });
});

test("glob lists what git does not ignore", async () => {
  let seed = 1;
  const random = (n: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % n;
  const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;
  const names = "a b c a.ts b.ts x.log .x ab #h !b d\u00e9".split(" ").concat("d e", "a b ");
  const patterns =
    "* a b/ /a a/b **/b a/** *.ts !*.ts !a !/b/ ? [ab] [!ab] a/**/b */c /*/ .* !.x d* \\#h \\!b ** /** **/a/ a*b !**/c /a/* !/a/b [a-c].ts x.lo[g] *.[tl]*"
      .split(" ").concat("a b\\ ", "c  ");
  for (let round = 0; round < 25; round++) {
    await withTree(async ({ inside }) => {
      const { files } = host();
      const directories = [""];
      for (let i = 0; i < 6; i++) {
        directories.push(`${pick(directories)}${pick(["a", "b", "c", "d e", ".x"])}/`);
      }
      for (const directory of directories) await files.makeDir(join(inside, directory));
      for (const directory of directories) {
        for (let i = 0; i < 5; i++) {
          const path = directory + pick(names);
          if (!directories.includes(`${path}/`)) await plant(inside, { [path]: "" });
        }
        const rules = Array.from({ length: 1 + random(4) }, () => pick(patterns)).join("\n");
        if (random(2) === 0) await plant(inside, { [`${directory}.gitignore`]: rules });
      }
      const git = async (...args: string[]) => {
        const child = await host().spawn("git", { args, cwd: inside, stderr: "null" });
        const text = await new Response(child.stdout).text();
        await child.status;
        return text.split("\0").filter((path) => path !== "").sort();
      };
      await git("init", "-q");
      const expected = await git(
        "ls-files",
        "-z",
        "--others",
        "--exclude-per-directory=.gitignore",
      );
      const executor = new ToolExecutor({ workdir: inside });
      const { metadata } = await executor.execute("glob", { pattern: "**" });
      assertEquals([...metadata.files as string[]].sort(), expected, `round ${round}`);
    });
  }
});
