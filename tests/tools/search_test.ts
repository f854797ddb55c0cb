import { assert, assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { host } from "../../src/runtime/host.ts";
import { findProgram } from "../../src/tools/shell/programs.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { test, UNIX } from "../harness.ts";
import { jungle, unlock } from "./jungle.ts";
import { ripgrepForTests } from "./ripgrep_for_tests.ts";
import { plant, withTree } from "./support.ts";

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
    assert(lines.includes("huge.txt:60001:the needle at the end"));
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
}, { os: UNIX });
