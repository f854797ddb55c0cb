import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { toolRules } from "../../src/cli/permissions.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";
import { withPlace } from "./test_io.ts";

test("toolRules reads lists of tools, with patterns, also as Claude Code writes them", () => {
  const of = (...lists: string[]) =>
    toolRules(lists, "allowed-tools", "allow").map((
      { permission, pattern },
    ) => [permission, pattern]);
  assertEquals(of("read,grep bash(git *)", "Bash(git log:*),Edit"), [
    ["read", "*"],
    ["grep", "*"],
    ["bash", "git *"],
    ["bash", "git log *"],
    ["edit", "*"],
  ]);
  assertEquals(of("Write", "github_search", "mcp_*"), [
    ["edit", "*"],
    ["github_search", "*"],
    ["mcp_*", "*"],
  ]);
  for (const word of ["bsah", "constructor", "bash(", ")"]) {
    assertThrows(() => of(word), InvalidArgumentError, "Unknown tool");
  }
  assertThrows(() => of("bsah"), InvalidArgumentError, "did you mean bash?");
});

/** Two commands and a read, one after another: a refusal refuses what else waits (server 1.18.33). */
const CALLS = [
  { name: "bash", input: { command: "echo a > a", description: "x" } },
  { name: "bash", input: { command: "git init -q b", description: "x" } },
  { name: "read", input: { filePath: "opencode.json" } },
];
const script = ({ toolResults }: { toolResults: readonly unknown[] }) =>
  toolResults.length < 3 ? { toolCalls: [CALLS[toolResults.length]!] } : "done";

const cases: { flags: string; code: number; made: string[] }[] = [
  { flags: "", code: 0, made: ["a", "b"] },
  { flags: "--permission default", code: 0, made: ["a", "b"] },
  { flags: "--permission allow", code: 0, made: ["a", "b"] },
  { flags: "--permission readonly", code: 0, made: [] },
  { flags: "--permission deny", code: 0, made: [] },
  { flags: "--permission ask", code: 5, made: [] },
  { flags: "--dangerously-skip-permissions --disallowed-tools bash", code: 0, made: [] },
  { flags: "--disallowed-tools bash(git:*)", code: 0, made: ["a"] },
  { flags: "--permission deny --allowed-tools bash(git:*),read", code: 0, made: ["b"] },
  { flags: "--permission readonly --allowed-tools bash(echo:*)", code: 0, made: ["a"] },
];

test("--permission and the lists of tools decide what the server's tools do", async () => {
  for (const { flags, code, made } of cases) {
    await withPlace(script, async (place) => {
      const argv = flags === "" ? ["go"] : [...flags.split(" "), "go"];
      const ran = await place.run(argv);
      const { files } = host();
      const names = (await files.readDir(place.directory)).map(({ name }) => name);
      const found = names.filter((name) => name !== "opencode.json").sort();
      assertEquals([flags, ran.code, found], [flags, code, made], ran.err);
    });
  }
});

test("a permission that no line of standard input can answer any more is refused", async () => {
  await withPlace(script, async (place) => {
    const input = '{"type":"user","message":{"role":"user","content":"go"}}\n';
    const argv = ["--json", "--input-format", "stream-json", "--permission", "ask"];
    const { code, out } = await place.run(argv, { input });
    assertEquals(code, 5);
    assertStringIncludes(out, "standard input has ended");
    assertEquals(await host().files.exists(join(place.directory, "a")), false);
  });
});

test("what a rule or a flag refuses is listed, and an answer all the same is a success", async () => {
  const once = ({ toolResults }: { toolResults: readonly unknown[] }) =>
    toolResults.length === 0 ? { toolCalls: [CALLS[0]!] } : "done";
  const denied = async (flags: string[], rule?: object) => {
    let code = -1;
    let listed: unknown[] = [];
    await withPlace(once, async (place) => {
      if (rule) {
        const config = { ...place.model.config, permission: rule };
        await host().files.writeText(
          join(place.directory, "opencode.json"),
          JSON.stringify(config),
        );
      }
      const ran = await place.run(["--output-format", "json", ...flags, "go"]);
      const result = JSON.parse(ran.out);
      assertEquals(result.opencode.exit_code, ran.code);
      code = ran.code;
      listed = result.permission_denials;
    });
    return { code, names: listed.map((one) => (one as { tool_name: string }).tool_name) };
  };
  assertEquals(await denied([]), { code: 0, names: [] });
  assertEquals(await denied(["--permission", "ask"]), { code: 5, names: ["bash"] });
  const refused = { code: 0, names: ["bash"] };
  assertEquals(await denied(["--permission", "deny", "--allowed-tools", "read"]), refused);
  assertEquals(await denied([], { bash: { "*": "allow", "echo *": "deny" } }), refused);
});
