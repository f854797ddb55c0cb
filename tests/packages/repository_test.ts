/** The repository's own files agree with each other. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { PERMISSIONS } from "../../scripts/compile.ts";
import { filesOf } from "../../scripts/npm_package.ts";
import { RUNTIME_TESTS } from "../../scripts/runtime_tests.ts";
import { VERSION } from "../../src/version.ts";

const config = JSON.parse(await Deno.readTextFile("deno.json"));

Deno.test("the version stands in deno.json, and src/version.ts says the same", () => {
  assertEquals(VERSION, config.version);
});

Deno.test("the changelog has the version of deno.json", async () => {
  assertStringIncludes(await Deno.readTextFile("CHANGELOG.md"), `\n## ${VERSION}\n`);
});

Deno.test("the workflows run tasks that exist, by the Deno of .ci/run", async () => {
  const [, version] = /npx -y (deno@[\d.]+) task test/.exec(await Deno.readTextFile(".ci/run"))!;
  let tasks = 0;
  for (const path of await filesOf(".github/workflows", ".yml")) {
    for (const [, used, task] of (await Deno.readTextFile(path)).matchAll(/npx -y (\S+) (.*)$/gm)) {
      assertEquals([path, used], [path, version]);
      const name = /^task (\S+)/.exec(task!)?.[1];
      if (name === undefined) continue;
      tasks++;
      assertEquals([path, name, name in config.tasks], [path, name, true]);
    }
  }
  assertEquals(tasks > 2, true);
});

Deno.test("each entry of the list for Node and Bun names a test that is portable", async () => {
  const portable: string[] = [];
  for (const path of await filesOf("tests", "_test.ts")) {
    if (/from "[./]+harness\.ts"/.test(await Deno.readTextFile(path))) portable.push(path);
  }
  for (const part of RUNTIME_TESTS) {
    assertEquals([part, portable.some((path) => path.includes(part))], [part, true]);
  }
});

Deno.test("no permission of the compiled program is all of them", () => {
  assertEquals(PERMISSIONS.filter((flag) => /^(-A|--allow-all)/.test(flag)), []);
});
