/**
 * Every line of a wide set of runs against the published schema (ajv), and read by a program that is
 * written for Claude Code's stream, with its published types. Both come from npm, for this test alone.
 */
import { assertEquals } from "@std/assert";
import { join } from "@std/path";
import type { ScriptStep } from "../../src/testing/script.ts";
import { installPackages } from "./npm_types.ts";
import { linesOf } from "./records.ts";
import { withPlace } from "./test_io.ts";

const BASH = { name: "bash", input: { command: "echo hi", description: "x" } };
const TODO = {
  name: "todowrite",
  input: { todos: [{ content: "one", status: "pending", priority: "high" }] },
};
const QUESTION = {
  name: "question",
  input: {
    questions: [{
      question: "Which?",
      header: "Which",
      options: [{ label: "a", description: "" }, { label: "b", description: "" }],
    }],
  },
};
const TASK = {
  name: "task",
  input: { description: "look", prompt: "look around", subagent_type: "explore" },
};
const SCHEMA = '{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"]}';
const structured = (n: unknown) => ({
  toolCalls: [{ name: "StructuredOutput", input: { n } }],
});

/** Runs that between them give every record. */
const RUNS: { argv: string[]; script: (string | ScriptStep)[]; input?: string }[] = [
  { argv: ["--json", "go"], script: ["plain"] },
  { argv: ["--output-format", "json", "go"], script: ["plain"] },
  { argv: ["--json", "go"], script: [{ reasoning: "Hm.", text: "so" }] },
  { argv: ["--json", "go"], script: [{ text: "a", toolCalls: [BASH, TODO] }, "done"] },
  {
    argv: ["--json", "go"],
    script: [{ toolCalls: [{ name: "read", input: { filePath: "no" } }] }, "x"],
  },
  { argv: ["--json", "go"], script: [{ toolCalls: [QUESTION] }, "x"] },
  { argv: ["--json", "go"], script: [{ toolCalls: [TASK] }, "from below", "above"] },
  { argv: ["--json", "--permission", "ask", "go"], script: [{ toolCalls: [BASH] }, "x"] },
  { argv: ["--json", "--max-turns", "1", "go"], script: [{ toolCalls: [BASH] }, "x"] },
  { argv: ["--json", "go"], script: [{ status: 401, body: { error: { message: "bad key" } } }] },
  { argv: ["--json", "go"], script: [{ status: 503, body: { error: { message: "busy" } } }, "x"] },
  { argv: ["--json", "--json-schema", SCHEMA, "go"], script: [structured(1)] },
  {
    argv: ["--json", "--json-schema", SCHEMA, "go"],
    script: [structured("a"), structured("b"), structured("c")],
  },
  { argv: ["--json", "--timeout", "2", "go"], script: [{ text: "half", ending: "hang" }] },
  { argv: ["--json", "--nope"], script: [] },
  { argv: ["--json", "--session", "ses_none", "go"], script: [] },
  {
    argv: ["--json", "--input-format", "stream-json", "--permission", "ask"],
    script: [{ toolCalls: [BASH] }, "x", "y"],
    input: '{"type":"user","message":{"role":"user","content":"one"}}\n' +
      '{"type":"control_request","request_id":"1","request":{"subtype":"initialize"}}\n' +
      '{"type":"control_request","request_id":"2","request":{"subtype":"dance"}}\n',
  },
];

/** What all runs wrote, and the directory of one of them. */
async function allLines(): Promise<string[]> {
  const written: string[] = [];
  for (const { argv, script, input } of RUNS) {
    await withPlace(script, async (place) => {
      const { out, err } = await place.run(argv, input === undefined ? {} : { input });
      const lines = out.trim().split("\n");
      const last = linesOf(out).at(-1)?.type;
      assertEquals(last, "result", `${argv.join(" ")}\n${err}`);
      written.push(...lines);
    });
  }
  return written;
}

Deno.test("every line of stream-json is what the schema says, and what a program for Claude's stream reads", async () => {
  const lines = await allLines();
  const schema = JSON.parse(await Deno.readTextFile("docs/stream-json.schema.json"));
  const { Ajv2020 } = await import(["npm", "ajv@8.20.0/dist/2020.js"].join(":"));
  const validate = new Ajv2020({
    strict: true,
    strictRequired: false,
    allErrors: true,
    formats: { uuid: UUID },
  })
    .compile(schema);
  for (const line of lines) {
    const errors = validate(JSON.parse(line)) ? [] : validate.errors;
    assertEquals(errors, [], line);
  }
  const kinds = new Set(lines.map((line) => {
    const { type, subtype } = JSON.parse(line);
    return ["opencode", "system"].includes(type) ? `${type} ${subtype}` : type;
  }));
  assertEquals([...kinds].sort(), [
    "assistant",
    "control_response",
    "opencode error",
    "opencode permission",
    "opencode question",
    "opencode retry",
    "opencode subagent",
    "opencode todo",
    "result",
    "stream_event",
    "system init",
    "user",
  ]);
  await readByWrapper(lines);
});

const UUID = /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/;

/** Type-checks a wrapper against Claude's types with our lines as literals, and runs it on them. */
async function readByWrapper(lines: readonly string[]): Promise<void> {
  const dir = await installPackages();
  const file = join(dir, "wrapper.ts");
  const wrapper = await Deno.readTextFile("tests/fixtures/programs/claude_wrapper.ts");
  // what stands below `opencode` is ours, and the types of literals are checked to the last field
  const known = lines.map((line) => JSON.parse(line))
    .filter(({ type }) => ["system", "assistant", "user", "stream_event", "result"].includes(type))
    .map(({ opencode: _, ...rest }) => rest);
  const literals = known.map((line) => `  ${JSON.stringify(line)},`).join("\n");
  await Deno.writeTextFile(
    file,
    `${wrapper}\nconst lines: Line[] = [\n${literals}\n];\nconsole.log(JSON.stringify(lines.map(read)));\n`,
  );
  const check = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--check", "--no-lock", "--node-modules-dir=manual", "--quiet", "wrapper.ts"],
    cwd: dir,
    env: { NO_COLOR: "1" },
  }).output();
  const text = new TextDecoder();
  assertEquals(check.success, true, text.decode(check.stderr).slice(0, 4000));
  const read = JSON.parse(text.decode(check.stdout)) as string[];
  assertEquals(read.length, known.length);
  assertEquals(
    new Set(read.map((one) => one.split(":")[0])),
    new Set(["init", "text", "thinking", "tool", "result", "delta", "event", "end"]),
  );
}
