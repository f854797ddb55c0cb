/** Every example runs as a user runs it, on the scripted model, and prints what it is meant to. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { fromFileUrl, join } from "@std/path";
import { inWorld, typeCheck } from "../snippets.ts";
import { CASES } from "./cases.ts";

const folder = fromFileUrl(new URL("../../examples/", import.meta.url));
const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
  .filter((name) => name.endsWith(".ts")).sort();

for (const [name, { script, run }] of CASES) {
  Deno.test(`example ${name}`, async () => {
    await inWorld(script, (world) => run(world, join(folder, name)));
  });
}

Deno.test("examples: all of them pass the type check", async () => {
  const { code, err } = await typeCheck(names.map((name) => join(folder, name)));
  assertEquals(code, 0, err);
});

Deno.test("examples: each is run by a test and short enough to be read, and the list names it", async () => {
  assertEquals([...CASES.keys()].sort(), names);
  const list = await Deno.readTextFile(join(folder, "README.md"));
  for (const name of names) {
    assertStringIncludes(list, `(./${name})`);
    const lines = (await Deno.readTextFile(join(folder, name))).trim().split("\n").length;
    assert(lines >= 20 && lines <= 60, `${name} has ${lines} lines`);
  }
});
