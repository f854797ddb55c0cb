import { assertEquals, assertStringIncludes } from "@std/assert";
import { withReference } from "../../scripts/cli_docs.ts";

Deno.test("docs/cli.md has the reference that the table gives", async () => {
  const document = await Deno.readTextFile("docs/cli.md");
  assertEquals(document, withReference(document), "run scripts/cli_docs.ts");
  assertStringIncludes(document, "`-m` `--model <provider/model>`");
});
