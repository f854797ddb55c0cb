/** A parent that is killed at any moment of an isolated start: no home and no process stays. */
import { assertEquals } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { fakeProgram, processesWith, until, withTempDir } from "./fixtures.ts";

Deno.test("nothing is left of an isolated start when its parent is killed at any moment", () =>
  withTempDir(async (dir) => {
    const tag = crypto.randomUUID();
    const moments = Array.from({ length: 10 }, () => Math.random() * 1000);
    const left = () => processesWith("FAKE_TAG", tag);
    const homes = async () =>
      (await Array.fromAsync(Deno.readDir(dir), ({ name }) => name))
        .filter((name) => name.startsWith("opencode-home-"));
    for (const ms of moments) {
      const parent = new Deno.Command(Deno.execPath(), {
        args: [
          ...["run", "-A", "--no-check", ...await stdArgs()],
          "tests/fixtures/programs/parent.ts",
        ],
        env: {
          PARENT_ENDS: "wait",
          PARENT_BINARY: fakeProgram(),
          PARENT_CACHE: dir,
          PARENT_ISOLATED: "1",
          FAKE_TAG: tag,
          TMPDIR: dir,
        },
        stdin: "null",
        stdout: "null",
        stderr: "null",
      }).spawn();
      await new Promise((resolve) => setTimeout(resolve, ms));
      parent.kill("SIGKILL");
      await parent.status;
      const gone = async () => (await homes()).length === 0 && (await left()).length === 0;
      await until(gone, `nothing is left after ${ms} ms (of ${moments})`, 15_000);
    }
    assertEquals(await homes(), []);
  }));
