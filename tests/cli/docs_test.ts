import { assertEquals, assertStringIncludes } from "@std/assert";
import { withReference } from "../../scripts/cli_docs.ts";
import { completions } from "../../src/cli/table/completions.ts";

Deno.test("docs/cli.md has the reference that the table gives", async () => {
  const document = await Deno.readTextFile("docs/cli.md");
  assertEquals(document, withReference(document), "run scripts/cli_docs.ts");
  assertStringIncludes(document, "`-m` `--model <provider/model>`");
});

Deno.test("the completion script completes commands, flags and choices in a real bash", async () => {
  const complete = async (words: string[]) => {
    const script = `${completions("bash")}
COMP_WORDS=(opencode-ts "$@"); COMP_CWORD=$#; _opencode_ts; printf '%s\\n' "\${COMPREPLY[@]}"`;
    const { stdout, stderr, success } = await new Deno.Command("bash", {
      args: ["-c", script, "bash", ...words],
    }).output();
    assertEquals(success, true, new TextDecoder().decode(stderr));
    return new TextDecoder().decode(stdout).trim().split("\n");
  };
  assertEquals(await complete(["mod"]), ["models"]);
  assertEquals(await complete(["sessions", "sh"]), ["show"]);
  assertEquals(await complete(["x", "--max-b"]), ["--max-budget-usd"]);
  assertEquals(await complete(["x", "--output-format", "s"]), ["stream-json"]);
  assertEquals(await complete(["completions", "z"]), ["zsh"]);
});
