// Deno alone: the swap in one step needs a system call, and the proof needs all permissions.
import { assert, assertEquals } from "@std/assert";
import { join } from "@std/path";
import { stdArgs } from "../../scripts/deno.ts";
import { plant, withTree } from "./support.ts";

const fixture = (name: string) => new URL(`./fixtures/${name}.ts`, import.meta.url).pathname;

Deno.test({
  name: "no read and no write gets out while a directory and a link are swapped in one step",
  ignore: Deno.build.os !== "linux",
  async fn() {
    const rounds = Deno.env.get("RACE_ROUNDS") ?? "400";
    await withTree(async ({ top, inside }) => {
      await plant(top, { "outside/deep/a.txt": "SECRET\n", "outside/deep/secret_name": "" });
      await plant(inside, { "deep/a.txt": "inside\n", "deep/b.txt": "n\n" });
      await Deno.symlink(join(top, "outside/deep"), join(inside, "link"));
      const command = async (name: string, ...args: string[]) =>
        new Deno.Command(Deno.execPath(), {
          args: ["run", "-A", "--quiet", ...await stdArgs(), fixture(name), ...args],
          stdin: "null",
          stdout: "piped",
          stderr: "inherit",
        }).spawn();
      await using swapper = await command("swaps", join(inside, "deep"), join(inside, "link"));
      const reader = swapper.stdout.getReader();
      await reader.read();
      await reader.cancel();
      const { stdout } = await (await command("is_raced", inside, rounds)).output();
      const seen = JSON.parse(new TextDecoder().decode(stdout));
      assertEquals(seen.escapes, []);
      // Both happened: the directory was there, and the link was.
      assert(seen.ok > 0 && seen.refused > 0, JSON.stringify(seen));
      swapper.kill("SIGKILL");
      await swapper.status;
      assertEquals(await Deno.readTextFile(join(top, "outside/deep/a.txt")), "SECRET\n");
      const names = [...Deno.readDirSync(join(top, "outside/deep"))].map(({ name }) => name);
      assertEquals(names.sort(), ["a.txt", "secret_name"]);
    });
  },
});
