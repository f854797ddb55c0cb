/** The command line as a process with standard input and output, on every runtime. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { world } from "./command.ts";

test("the command line, as a process, answers and leaves no server behind", async () => {
  await using here = await world(() => "done");
  const { code, out, err } = await here.run(["--verbose", "what", "is", "it"], { input: "this" });
  assertEquals([code, out], [0, "done\n"], err);
  assertEquals(here.model.requests.at(-1)!.prompt, "what is it\n\nthis");
  assertEquals(await here.servers(), []);
});

test("the command line, as a process, does not wait for an open pipe that stays silent", async () => {
  await using here = await world(() => "done");
  const { code, out, err } = await here.run(["--system", "Only rhymes.", "go"], { input: "open" });
  assertEquals([code, out], [0, "done\n"], err);
  assertStringIncludes(err, "Nothing arrived on standard input");
  const { system, prompt } = here.model.requests.at(-1)!;
  assertEquals([system.startsWith("Only rhymes."), prompt], [true, "go"]);
});
