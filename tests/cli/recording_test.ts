/** `--record`, `--replay` and `recording`, as somebody types them. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import { world } from "./command.ts";

const { files } = host();

test("--record writes a run, and --replay answers from it without the model", async () => {
  const file = "run.jsonl";
  let content = "";
  {
    await using here = await world((request) => `You said: ${request.prompt}`);
    const { code, out, err } = await here.run(["--record", file, "Hello"]);
    assertEquals([code, out], [0, "You said: Hello\n"], err);
    assertStringIncludes(err, "Recorded");
    content = await files.readText(join(here.directory, file));
    assert(!content.includes(here.directory), "no path of this machine");
    const lost = await here.run(["--record", join("nowhere", file), "Hello"]);
    assertEquals(lost.code, 2);
    assertStringIncludes(lost.err, "create it first");
    const again = await here.run(["--record", file, "Hello"]);
    assertEquals(again.code, 2);
    assertStringIncludes(again.err, "exists already");
    assertEquals(await here.servers(), []);
  }
  await using there = await world([]);
  // a machine without that provider
  await files.remove(join(there.directory, "opencode.json"));
  await files.writeText(join(there.directory, file), content);
  const { code, out, err } = await there.run(["--replay", file, "Hello"]);
  assertEquals([code, out], [0, "You said: Hello\n"], err);
  const other = await there.run(["--replay", file, "Goodbye"]);
  assertEquals(other.code, 4, other.out);
  assertStringIncludes(other.err, "holds no answer to this request");

  const brief = ["--replay", file, "--append-system-prompt", "Be brief.", "Hello"];
  assertEquals((await there.run(brief)).code, 4, "another system prompt is another request");
  const alike = await there.run(["--match", "shape", ...brief]);
  assertEquals([alike.code, alike.out], [0, "You said: Hello\n"], alike.err);

  const shown = await there.run(["recording", "show", file]);
  assertStringIncludes(shown.out, "#1 scripted/chat/completions model");
  assertEquals((await there.run(["recording", "prune", file, "9"])).code, 2);
  assertEquals((await there.run(["recording", "prune", file, "1"])).code, 0);
  assertStringIncludes((await there.run(["recording", "show", file])).out, "1 exchanges");
  const missing = await there.run(["--replay", "nothing.jsonl", "Hello"]);
  assertEquals(missing.code, 2);
  assertStringIncludes(missing.err, "There is no recording");
});
