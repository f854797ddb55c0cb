/** README's command lines run, and its promises about names hold; docs_test.ts runs its snippets. */
import { assertEquals, assertMatch } from "@std/assert";
import { join } from "@std/path";
import { docsModel } from "./docs_model.ts";
import { inWorld } from "./snippets.ts";

const readme = await Deno.readTextFile("README.md");

Deno.test("README: the command lines run", async (test) => {
  const blocks = [...readme.matchAll(/```sh\n([\s\S]*?)```/g)].map(([, code]) => code);
  const lines = blocks.join("\n").split("\n")
    .filter((line) => line.includes("jsr:@x/opencode/cli"));
  assertEquals(lines.length > 5, true);
  await inWorld(docsModel, async ({ spawn, serving, directory }) => {
    const person = { type: "object", properties: { name: { type: "string" } } };
    await Deno.writeTextFile(join(directory, "person.json"), JSON.stringify(person));
    for (const line of lines) {
      await test.step(line, async () => {
        const [, words] = /jsr:@x\/opencode\/cli (.*?)(?: +#.*)?$/.exec(line)!;
        if (words!.startsWith("web ")) {
          const args = words!.replace("--open", "").split(/ +/).filter((word) => word !== "");
          const cli = new URL("../cli.ts", import.meta.url).href;
          return await serving(cli, async (said) => {
            const [url] = /http:\S+/.exec(said) ?? [said];
            const page = await fetch(url, { redirect: "manual" });
            await page.body?.cancel();
            assertEquals(page.headers.has("set-cookie"), true, said);
          }, args);
        }
        const command = line.replace("deno run -A jsr:@x/opencode/cli", "opencode-ts")
          .replace("git diff", "echo some change");
        const { code, out, err } = await spawn("sh", ["-c", command]);
        assertEquals(code, 0, err);
        assertMatch(out, /\S/);
      });
    }
  });
});

Deno.test("README: the tasks that it names exist", async () => {
  const { tasks } = JSON.parse(await Deno.readTextFile("deno.json"));
  for (const [, name] of readme.matchAll(/deno(?:@[\d.]+)? task ([\w:]+)/g)) {
    assertEquals(name! in tasks, true, name);
  }
});

Deno.test("README: it has the numbers that bench/README.md has", async () => {
  const measured = await Deno.readTextFile("bench/README.md");
  const rows = [...readme.matchAll(/^\| (`opencode.*?) +\| (\d+) +\| (\d+) +\|$/gm)];
  assertEquals(rows.length, 3);
  for (const [, what, ms, mib] of rows) {
    const row = measured.split("\n").find((line) => line.startsWith(`| ${what} `)) ?? "";
    assertEquals(row.split("|").map((cell) => cell.trim()).slice(2, 4), [ms, mib], what);
  }
  const sse = [...readme.matchAll(/^\| ((?:events|one event) of \S+ \w+) +\|(.*)\|$/gm)];
  assertEquals(sse.length, 3);
  for (const [, what, cells] of sse) {
    const row = measured.split("\n").find((line) => line.startsWith(`| ${what}`)) ?? "";
    const measuredCells = row.split("|").map((cell) => cell.trim()).slice(2, 5);
    assertEquals(cells!.split("|").map((cell) => cell.trim()), measuredCells, what);
  }
});
