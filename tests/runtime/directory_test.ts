/** A working directory that was deleted; a test of its own process, since it changes directories. */
import { assertEquals } from "@std/assert";
import { toFileUrl } from "@std/path";
import { stdArgs } from "../../scripts/deno.ts";

Deno.test("a deleted working directory is a clear error", async () => {
  const dir = await Deno.makeTempDir();
  const mod = toFileUrl(`${Deno.cwd()}/src/runtime/host.ts`).href;
  const script = `${dir}/script.ts`;
  await Deno.writeTextFile(
    script,
    `import { host } from ${JSON.stringify(mod)};
const dir = Deno.makeTempDirSync();
Deno.chdir(dir);
Deno.removeSync(dir);
try {
  host().platform.cwd();
} catch (error) {
  console.log(error.name, error.message);
}
`,
  );
  try {
    const { stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", ...await stdArgs(), script],
    }).output();
    assertEquals(
      new TextDecoder().decode(stdout),
      "InvalidArgumentError The working directory no longer exists: change to one that does, or " +
        "give `directory`\n",
    );
  } finally {
    await Deno.remove(dir, { recursive: true });
  }
});
