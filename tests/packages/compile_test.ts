/** What `deno task compile` relies on; compiling itself needs Deno's release server. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { PERMISSIONS } from "../../scripts/compile.ts";
import { stdArgs } from "../../scripts/deno.ts";
import { filesOf } from "../../scripts/npm_package.ts";
import { run } from "../../scripts/run.ts";

Deno.test("compile: no module looks for files beside itself, or imports by a computed name", async () => {
  for (const path of ["mod.ts", "cli.ts", ...await filesOf("src", ".ts")]) {
    const code = (await Deno.readTextFile(path)).replaceAll(/^\s*(\/\/|\/?\*).*$/gm, "");
    assertEquals([path, code.match(/\bimport\.meta\b/g)], [path, null]);
    const computed = [...code.matchAll(/\bimport\(([^)]*)\)/g)].map(([, name]) => name!)
      .filter((name) => !/^"[^"]+"$/.test(name.trim()));
    assertEquals([path, computed], [path, []]);
  }
});

Deno.test("compile: the program's permissions are enough for a turn on a server of its own", async () => {
  const options = ["--no-prompt", "--quiet", ...PERMISSIONS, ...await stdArgs()];
  const { code, out, err } = await run(Deno.execPath(), [
    "run",
    ...options,
    "cli.ts",
    "--demo",
    "hi",
  ]);
  assertEquals(code, 0, err);
  assertStringIncludes(out, "> hi");
});
