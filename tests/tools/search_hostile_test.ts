import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { Regex } from "../../src/regex/regex.ts";
import { host } from "../../src/runtime/host.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { test } from "../harness.ts";
import { ripgrepForTests } from "./ripgrep_for_tests.ts";
import { plant, withTree } from "./support.ts";

/** The longest time for which other work had to wait while something ran, in milliseconds. */
async function longestWait(run: () => Promise<void>): Promise<number> {
  let longest = 0;
  let before = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    longest = Math.max(longest, now - before);
    before = now;
  }, 5);
  try {
    await run();
    return Math.max(longest, performance.now() - before);
  } finally {
    clearInterval(timer);
  }
}

/** It is below 100 ms where the machine has nothing else to do; backtracking takes minutes. */
const MAX_WAIT = 2000;

const SLOW: [pattern: string, lines: number][] = [
  ["(.*,)+$", 0],
  ["^(\\w+\\w)+$", 1],
  ["(a|a)*$", 5],
  ["(a{1,50}){1,50}$", 2],
  ["\\s+\\s+$", 0],
  ["(TODO|FIXME).*\\w+.*\\d+$", 0],
  ["(a+)+$", 2],
  ["^(a|aa)+$", 1],
  ["(.*a){12}!", 1],
  ["(x+x+)+y", 0],
  [".*.*.*.*=", 0],
];

test("grep never keeps other work waiting, whatever the pattern", async () => {
  const rg = await ripgrepForTests();
  await withTree(async ({ inside }) => {
    await plant(inside, {
      "a.txt": "a".repeat(60_000) + "\n" + "a".repeat(60_000) + "!\n" + "a,".repeat(30_000) +
        "x\n" +
        " ".repeat(60_000) + "x\nTODO" + " a1".repeat(20_000) + "a\n",
    });
    for (const option of [rg, false as const]) {
      const executor = new ToolExecutor({ workdir: inside, rg: option });
      for (const [pattern, lines] of SLOW) {
        const wait = await longestWait(async () => {
          const result = await executor.execute("grep", { pattern });
          assertEquals(result.status, "ok", pattern);
          assertEquals(result.metadata.matches, lines, pattern);
        });
        assert(wait < MAX_WAIT, `${pattern} kept other work waiting for ${wait} ms`);
      }
    }
  });
});

test("grep searches a file of 100 MB in one line without keeping other work waiting", async () => {
  await withTree(async ({ inside }) => {
    const file = await host().files.open(join(inside, "one.txt"), { createNew: true });
    const piece = new TextEncoder().encode("lorem ipsum, dolor ".repeat(50_000));
    for (let size = 0; size < 100e6; size += piece.length) await file.write(piece);
    await file.write(new TextEncoder().encode("the needle 42\n"));
    await file.close();
    const executor = new ToolExecutor({ workdir: inside, rg: false, timeout: 280_000 });
    const wait = await longestWait(async () => {
      const { text } = await executor.execute("grep", { pattern: "(ipsum,? ?)+.*needle \\d+$" });
      assertMatch(text, /^one\.txt:1:….* the needle 42$/);
      assert(text.length < 500);
    });
    assert(wait < MAX_WAIT, `Other work waited for ${wait} ms`);
  });
});

test("a grep ends when its time is up or its signal aborts, and leaves nothing running", async () => {
  await withTree(async ({ inside }) => {
    // Each character makes a new state here, as what came before it never comes again.
    let seed = 1;
    const letter = () => (seed = (seed * 48271) % 2147483647) & 4096 ? "a" : "b";
    const text = Array.from({ length: 1_000_000 }, letter).join("");
    await plant(inside, { "a.txt": text.repeat(20) });
    const pattern = "(a|b)*a(a|b|c){900}d";
    const executor = new ToolExecutor({ workdir: inside, rg: false, timeout: 300 });
    assertEquals((await executor.execute("grep", { pattern: `^${pattern}` })).status, "timeout");
    const patient = new ToolExecutor({ workdir: inside, rg: false });
    const controller = new AbortController();
    const running = patient.execute("grep", { pattern }, { signal: controller.signal });
    setTimeout(() => controller.abort(), 100);
    assertEquals((await running).status, "aborted");
  });
});

test("grep refuses what it can't do and says what to write", async () => {
  await withTree(async ({ inside }) => {
    await plant(inside, { "a.txt": "aa\n" });
    const executor = new ToolExecutor({ workdir: inside });
    for (
      const [pattern, message] of [
        ["(a)\\1", /back-references are not supported.*search for one of the two/],
        ["a(?=b)", /lookarounds.*are not supported.*search for the part/],
        ["(a{1,1000}){1,1000}", /counted repetitions multiply.*write \* or \+/],
        ["(a", /never closed.*write \\\(/],
      ] as const
    ) {
      const { status, text } = await executor.execute("grep", { pattern });
      assertEquals(status, "invalid");
      assertMatch(text, message);
    }
    const long = await executor.execute("grep", { pattern: "a", include: "a".repeat(1001) });
    assertEquals(long.status, "invalid");
    const many = await executor.execute("glob", { pattern: "{a,a}".repeat(20) });
    assertMatch(many.text, /too many alternatives/);
    for (const brace of ["{".repeat(1000), "{".repeat(500) + "}".repeat(500)]) {
      assertEquals((await executor.execute("glob", { pattern: brace })).text, "No files found");
    }
    assertEquals(
      (await executor.execute("glob", { pattern: "**/*a*a*a*a*a*a*a*b" })).text,
      "No files found",
    );
  });
});

test("grep finds the same in long lines and large files as in short ones", async () => {
  const rg = await ripgrepForTests();
  const x = (n: number) => "x".repeat(n);
  const piece = 512 * 1024;
  const texts: Record<string, string> = {
    "edge.txt": `${x(piece - 1)}\r\nneedle\r\n${x(piece)}needle\r\n${x(2 * piece)}\r\nend`,
    "cut.txt": `${x(piece - 3)}needle${x(3 * piece)}\n\nneedle`,
    "pair.txt": `${x(piece - 2)}😀é${x(2 * piece)}😀needle\n😀`,
    "many.txt": `short line\n`.repeat(60_000) + "needle\n",
    "bare.txt": `${x(piece + 10)}\r`,
    "start.txt": `\n\n${x(3 * piece)}y\n`,
  };
  const patterns = [
    "needle",
    "^x+$",
    "x\\r?$",
    "^needle$",
    "^$",
    "😀",
    "^x+.é",
    "end$",
    "y$",
    "^short",
  ];
  await withTree(async ({ inside }) => {
    await plant(inside, texts);
    for (const pattern of patterns) {
      const regex = new Regex(pattern);
      const expected: string[] = [];
      for (const name of Object.keys(texts).sort()) {
        const lines = texts[name]!.split("\n");
        if (lines.at(-1) === "") lines.pop();
        lines.forEach((line, i) => {
          if (regex.test(line.replace(/\r$/, ""))) expected.push(`${name}:${i + 1}`);
        });
      }
      for (const option of [rg, false as const]) {
        const executor = new ToolExecutor({ workdir: inside, rg: option, maxOutput: 1e8 });
        const { text } = await executor.execute("grep", { pattern, limit: 10_000 });
        const got = text.split("\n").filter((line) => /^\w+\.txt:/.test(line))
          .map((line) => line.split(":").slice(0, 2).join(":"));
        assertEquals(got, expected.slice(0, 10_000), pattern);
        assert(!text.split("\n").some((line) => line.length > 500), "a line is shown whole");
      }
    }
  });
});

test("grep and glob stand what a hostile tree holds", async () => {
  const rg = await ripgrepForTests();
  const windows = host().platform.os === "windows";
  await withTree(async ({ inside }) => {
    const { files } = host();
    const bytes = (text: string) => new TextEncoder().encode(text);
    await plant(inside, {
      "late.txt": new Uint8Array([...bytes("needle\n".repeat(200_000)), 0]),
      "invalid.txt": new Uint8Array([...bytes("needle "), 0xff, 0xfe, 0x80, 10, 0xe2, 0x82, 10]),
      "utf16.txt": new Uint8Array([
        0xff,
        0xfe,
        ...[..."needle"].flatMap((c) => [c.charCodeAt(0), 0]),
      ]),
      "many.txt": "needle\n".repeat(50_000),
      "-e": "needle\n",
      "--files": "needle\n",
    });
    // Five hundred directories, one in the other.
    let deep = "";
    while (inside.length + deep.length < (windows ? 150 : 1000)) deep += "d/";
    await plant(inside, { [`${deep}bottom.txt`]: "needle\n" });
    if (!windows) {
      await plant(inside, { "new\nline.txt:1:forged": "needle\n" });
      await files.symlink(".", join(inside, "loop"));
      await files.symlink("/dev/zero", join(inside, "zero"));
      const fifo = join(inside, "fifo");
      const child = await host().spawn("mkfifo", { args: [fifo], stdout: "null", stderr: "null" });
      await child.status;
    }
    const results = [];
    for (const option of [rg, false as const]) {
      const executor = new ToolExecutor({ workdir: inside, rg: option, maxOutput: 1e8 });
      const result = await executor.execute("grep", { pattern: "needle", limit: 1e9 });
      assertEquals(result.status, "ok");
      results.push(result);
      const found = result.metadata.files as string[];
      assertEquals(found.includes("late.txt") || found.includes("utf16.txt"), false);
      assertEquals(found.slice(0, 3), ["--files", "-e", `${deep}bottom.txt`]);
      assertEquals(found.includes("invalid.txt"), true);
      assertMatch(result.text, /only the first 10000 are shown/);
      const names = await executor.execute("glob", { pattern: "**" });
      if (!windows) {
        // A name can't make a line of its own.
        assertEquals(names.text.includes('"new\\nline.txt:1:forged"'), true);
        const forged = await executor.execute("grep", { pattern: "needle", include: "new*" });
        assertEquals(forged.text, '"new\\nline.txt:1:forged":1:needle');
        const direct = await executor.execute("grep", { pattern: "needle", path: "fifo" });
        assertEquals(direct.status, "error");
      }
    }
    assertEquals(results[0], results[1]);
  });
});
