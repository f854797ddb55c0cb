import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { IgnoreFile } from "../../src/tools/search/gitignore.ts";
import { test } from "../harness.ts";
import { randomFrom } from "../random.ts";
import { ripgrepForTests } from "./ripgrep_for_tests.ts";
import { plant, withTree } from "./support.ts";

/** `GITIGNORE_SEED` repeats a run, `GITIGNORE_ROUNDS` makes it longer. */
const SEED = Number(host().env.get("GITIGNORE_SEED") ?? Date.now() % 1e9);
const ROUNDS = Number(host().env.get("GITIGNORE_ROUNDS") ?? 12);

const random = randomFrom(SEED);
const pick = <T>(list: readonly T[]): T => list[random(list.length)]!;

async function git(cwd: string, args: readonly string[]): Promise<string[]> {
  const child = await host().spawn("git", { args, cwd, stderr: "null" });
  const text = await new Response(child.stdout).text();
  await child.status;
  return text.split("\0").filter((path) => path !== "").sort();
}

const OTHERS = ["ls-files", "-z", "--others", "--exclude-per-directory=.gitignore"];

/** What both tools find, and what git does not ignore. */
async function agree(inside: string, rg: string, note: string): Promise<void> {
  await git(inside, ["init", "-q"]);
  const expected = await git(inside, OTHERS);
  for (const option of [rg, false as const]) {
    const executor = new ToolExecutor({ workdir: inside, rg: option });
    const glob = await executor.execute("glob", { pattern: "**", limit: 100_000 });
    assertEquals([...glob.metadata.files as string[]].sort(), expected, `glob ${note}`);
    const grep = await executor.execute("grep", { pattern: "needle", limit: 100_000 });
    const holding = expected.filter((path) => !path.endsWith(".gitignore"));
    assertEquals([...grep.metadata.files as string[]].sort(), holding, `grep ${note}`);
  }
}

test("grep and glob leave out what git ignores and nothing else: the hard cases", async () => {
  const rg = await ripgrepForTests();
  await withTree(async ({ inside }) => {
    const rules = [
      ["*.{js,ts}", "a[!x]b", "tab\t"],
      ["a**/b", "x/**/y", "**/z/", "***/w", "a/***"],
      ["trail\\", "esc\\ ", "esc\\\\ ", "sp  ", "\\#h", "\\!b", "[", "[a", "a\\/", "\\"],
      [
        "?",
        "é?",
        "[é]",
        "[[:digit:]]x",
        "[[:nope:]]",
        "[]a]k",
        "[!]a]q",
        "[a-]m",
        "[\\]]n",
        "[b-a]v",
      ],
      ["*.ts\r", "!/keep.ts", "//x", "/", "!", "/*", "!/sub/", "!*.md"],
      // what stands before the first wildcard is compared apart: `**/` begins what is left
      ["a**/**", "!a**/k", "x/p**/y", "fo**/1bar2", "é**/**"],
      ["sub/*", "!sub/a", "*/c", "/d/**", "**/e/**/f", "foo*bar*", "{a,b}", "a{1,2}", "/"],
    ];
    const names = [
      ..."a.js b.ts x.{js,ts} a1b axb tab trail esc sp #h !b [ [a a \\ é éa z w y k m n q v q] {a,b} a{1,2}"
        .split(" "),
      "tab\t",
      "esc ",
      "esc\\ ",
      "sp  ",
      "1x",
      "ak",
      "]k",
      "]n",
      "bq",
      "-m",
      "keep.ts",
      "foo1bar2",
      "fo1bar2",
      "éa/b",
      "r.md",
      "a b",
    ];
    for (const [turn, lines] of rules.entries()) {
      const root = join(inside, `t${turn}`);
      const tree: Record<string, string> = { ".gitignore": lines.join("\n") };
      for (const dir of ["", "sub/", "x/", "x/p/", "x/p/y/", "e/g/f/", "d/", "sub/c/", "ab/b/"]) {
        for (const name of names) tree[dir + name] = "needle\n";
      }
      await host().files.makeDir(root);
      for (const [path, text] of Object.entries(tree)) {
        // Some names are directories already.
        await plant(root, { [path]: text }).catch(() => {});
      }
      await agree(root, rg, JSON.stringify(lines));
    }
  });
});

test(`grep and glob leave out what git ignores and nothing else (seed ${SEED})`, async () => {
  const rg = await ripgrepForTests();
  const bits = [
    ..."aabbc.*?/é 1#!-",
    "**",
    "[ab]",
    "[!a]",
    "[a-c]",
    "[",
    "]",
    "\\",
    "{a,b}",
    "/**",
    "**/",
  ];
  const names = [
    "a",
    "b",
    "c",
    "ab",
    "a.b",
    "abc",
    "é",
    "aé",
    "a b",
    "#a",
    "!a",
    "1",
    "-",
    "[",
    "b ",
    "a1",
  ];
  for (let round = 0; round < ROUNDS; round++) {
    await withTree(async ({ inside }) => {
      const directories = [""];
      for (let i = 0; i < 6; i++) directories.push(`${pick(directories)}${pick(names)}/`);
      for (const directory of directories) await host().files.makeDir(join(inside, directory));
      const all: string[] = [];
      for (const directory of directories) {
        for (let i = 0; i < 6; i++) {
          const path = directory + pick(names);
          if (!directories.includes(`${path}/`)) await plant(inside, { [path]: "needle\n" });
        }
        if (random(3) === 0 && directory !== "") continue;
        const rules = Array.from({ length: 1 + random(8) }, () => {
          const line = Array.from({ length: 1 + random(5) }, () => pick(bits)).join("");
          return (random(4) === 0 ? "!" : "") + line + (random(9) === 0 ? "\t" : "");
        });
        all.push(`${directory}: ${JSON.stringify(rules)}`);
        await plant(inside, { [`${directory}.gitignore`]: rules.join(random(5) ? "\n" : "\r\n") });
      }
      await agree(inside, rg, `seed ${SEED} round ${round} ${all.join(" ")}`);
    });
  }
});

test("a .gitignore that is a link, a FIFO, a directory or too large is none", async () => {
  if (host().platform.os === "windows") return;
  const rg = await ripgrepForTests();
  await withTree(async ({ inside, outside }) => {
    const { files } = host();
    await plant(outside, { "rules": "*\n" });
    const tree: Record<string, string> = {};
    for (const name of ["link", "proc", "fifo", "dir", "large"]) tree[`${name}/a.ts`] = "needle\n";
    await plant(inside, tree);
    await files.symlink(join(outside, "rules"), join(inside, "link/.gitignore"));
    await files.symlink("/proc/kmsg", join(inside, "proc/.gitignore"));
    const fifo = join(inside, "fifo/.gitignore");
    const child = await host().spawn("mkfifo", { args: [fifo], stdout: "null", stderr: "null" });
    assertEquals((await child.status).code, 0);
    await files.makeDir(join(inside, "dir/.gitignore"));
    await plant(inside, { "large/.gitignore": "#\n".repeat(600_000) + "*\n" });
    for (const option of [rg, false as const]) {
      for (const path of [".", "fifo", "proc"]) {
        const executor = new ToolExecutor({ workdir: inside, rg: option, timeout: 20_000 });
        const { metadata, status } = await executor.execute("grep", { pattern: "needle", path });
        assertEquals(status, "ok");
        assertEquals((metadata.files as string[]).length, path === "." ? 5 : 1);
      }
    }
  });
});

test("patterns of .gitignore files and globs take no time that multiplies", () => {
  const path = "a".repeat(250);
  const evil = [
    "*a*a*a*a*a*a*b",
    "**/*a*a*a*a*b",
    "a*".repeat(100) + "b",
    "**/a/".repeat(100) + "b",
  ];
  const started = performance.now();
  for (const pattern of evil) {
    const file = new IgnoreFile(pattern);
    for (let i = 0; i < 100; i++) {
      assertEquals(file.verdict(path, path, false), undefined);
      assertEquals(file.verdict(`${path}/`.repeat(10) + "c", "c", false), undefined);
    }
  }
  // By itself this takes 0.1 s; with backtracking no lifetime would do.
  assert(performance.now() - started < 20_000);
});
