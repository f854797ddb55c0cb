/** A process that is killed while its hook is asked: what the hook was asked about does not run. */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import { stdArgs } from "../../scripts/deno.ts";
import { resolveBinary } from "../../src/binary/locate.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import { until } from "../agent.ts";

Deno.test("a tool call does not run where the process with its hook is killed in mid-hook", async () => {
  const directory = await Deno.makeTempDir({ prefix: "hook-kill-" });
  const ran = join(directory, "ran");
  await using model = await scriptedModel([
    { toolCalls: [{ name: "bash", input: { command: `echo x >>${ran}` } }] },
    { toolCalls: [{ name: "bash", input: { command: `echo y >>${ran}` } }] },
    { text: "over" },
  ]);
  const child = new Deno.Command(Deno.execPath(), {
    args: [
      ...["run", "-A", "--no-check", "--quiet", ...await stdArgs()],
      "tests/fixtures/programs/hooked.ts",
      ...[JSON.stringify(model.config), directory],
    ],
    env: { OPENCODE_BIN: (await resolveBinary()).path },
    stdout: "piped",
    stderr: "inherit",
  }).spawn();
  const output = child.stdout.pipeThrough(new TextDecoderStream()).getReader();
  try {
    const { tool, server } = JSON.parse((await output.read()).value ?? "{}");
    assertEquals(tool, "bash");
    child.kill("SIGKILL");
    // one that has ended and waits for its parent has no command line
    const line = () => Deno.readTextFile(`/proc/${server}/cmdline`).catch(() => "");
    await until(async () => await line() === "", "the server is gone");
    const files = await Array.fromAsync(Deno.readDir(directory), ({ name }) => name);
    assertEquals(files.includes("ran"), false, "nothing ran");
  } finally {
    await output.cancel();
    await child.status;
    await Deno.remove(directory, { recursive: true });
  }
});
