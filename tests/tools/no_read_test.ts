// Deno alone: a program of its own runs without a permission.
import { assertEquals, assertStringIncludes } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";

Deno.test("tools name the flag that is missing where the program may not read", async () => {
  const fixture = new URL("./fixtures/reads_without_leave.ts", import.meta.url).pathname;
  const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", "--allow-env", ...await stdArgs(), fixture],
    stdin: "null",
  }).output();
  const said = new TextDecoder().decode(stdout);
  assertEquals(said.endsWith("]\n"), true, said + new TextDecoder().decode(stderr));
  const results: [string, string][] = JSON.parse(said);
  assertEquals(results.length, 6);
  for (const [status, text] of results) {
    assertEquals(status, "error");
    assertStringIncludes(text, "--allow-read");
  }
});
