import { assertEquals } from "@std/assert";

Deno.test("exports lists exactly the folders of src that have a mod.ts", async () => {
  const { exports } = JSON.parse(await Deno.readTextFile("deno.json"));
  const expected: Record<string, string> = { ".": "./mod.ts", "./cli": "./cli.ts" };
  for await (const entry of Deno.readDir("src")) {
    const path = `./src/${entry.name}/mod.ts`;
    if (entry.isDirectory && await Deno.stat(path).then(() => true, () => false)) {
      expected[`./${entry.name}`] = path;
    }
  }
  const sorted = (record: Record<string, string>) => Object.entries(record).sort();
  assertEquals(sorted(exports), sorted(expected));
});
