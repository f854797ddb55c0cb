import {
  assertEquals,
  assertMatch,
  assertStrictEquals,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { InvalidArgumentError } from "../../src/errors.ts";
import {
  type StandardSchema,
  toExecutor,
  type Tool,
  tool,
  type ToolContext,
  ToolExecutor,
} from "../../src/tools/mod.ts";
import { test } from "../harness.ts";

/** What a library that implements Standard Schema gives: a check that also changes the value. */
const schema: StandardSchema<{ city: string }, { city: string; days: number }> = {
  "~standard": {
    version: 1,
    vendor: "test",
    validate(value) {
      const { city, days } = value as { city?: unknown; days?: unknown };
      if (typeof city !== "string") return { issues: [{ message: "not a city", path: ["city"] }] };
      return { value: { city: city.trim(), days: Number(days ?? 3) } };
    },
    jsonSchema: {
      input: () => ({
        $schema: "https://json-schema.org/draft/2020-12/schema",
        type: "object",
        properties: { city: { type: "string" } },
        required: ["city"],
      }),
    },
  },
};

test("tool types its input by a Standard Schema and checks it", async () => {
  const weather = tool({
    name: "weather",
    description: "The weather",
    inputSchema: schema,
    execute({ city, days }, { sessionId, callId, progress }) {
      const typed: [string, number] = [city, days];
      progress("looking");
      return `${typed.join(" ")} ${sessionId} ${callId}`;
    },
  });
  const executor = new ToolExecutor({ builtins: false, tools: [weather] });
  const said: string[] = [];
  const result = await executor.execute("weather", { city: " Oslo " }, {
    sessionId: "ses",
    callId: "call",
    progress: (message) => said.push(message),
  });
  assertEquals([result.status, result.text], ["ok", "Oslo 3 ses call"]);
  assertEquals(said, ["looking"]);
  const wrong = await executor.execute("weather", { city: 1 });
  assertEquals(wrong.status, "invalid");
  assertStringIncludes(wrong.text, "/city: not a city");
  assertEquals(executor.definitions()[0], {
    name: "weather",
    description: "The weather",
    inputSchema: { type: "object", properties: { city: { type: "string" } }, required: ["city"] },
  });
});

test("tool types its input by a JSON Schema literal", async () => {
  const add = tool({
    name: "add",
    description: "Adds",
    inputSchema: {
      type: "object",
      properties: { a: { type: "number" }, b: { type: "number" } },
      required: ["a", "b"],
      additionalProperties: false,
    },
    execute: ({ a, b }) => {
      const sum: number = a + b;
      return sum;
    },
  });
  const executor = new ToolExecutor({ builtins: false, tools: [add] });
  assertEquals((await executor.execute("add", { a: 1, b: 2 })).text, "3");
  assertEquals((await executor.execute("add", { a: 1, b: 2, c: 3 })).status, "invalid");
});

test("tool hands on texts, blocks, outputs and JSON", async () => {
  const cases: [unknown, string, string][] = [
    ["text", "ok", "text"],
    ["", "ok", ""],
    [undefined, "ok", "(no output)"],
    [null, "ok", "(no output)"],
    [0, "ok", "0"],
    [{ a: [1] }, "ok", '{\n  "a": [\n    1\n  ]\n}'],
    [[], "ok", "[]"],
    [10n, "ok", '"10"'],
    [new Map([["k", new Set([1])]]), "ok", '{\n  "k": [\n    1\n  ]\n}'],
    [
      [{ type: "text", text: "a" }, { type: "image", data: "AA==", mimeType: "image/png" }],
      "ok",
      "a",
    ],
    [{ content: "said", isError: true }, "error", "said"],
    [{ content: "said", other: 1 }, "ok", '{\n  "content": "said",\n  "other": 1\n}'],
    [{ content: [{ type: "text", text: "x" }], metadata: { n: 1 } }, "ok", "x"],
  ];
  for (const [value, status, text] of cases) {
    const mine = tool({
      name: "mine",
      description: "",
      inputSchema: { type: "object" },
      execute: () => value,
    });
    const result = await new ToolExecutor({ tools: [mine] }).execute("mine", {});
    assertEquals([result.status, result.text], [status, text]);
  }
  const circle: { self?: unknown } = {};
  circle.self = circle;
  const round = tool({
    name: "round",
    description: "",
    inputSchema: { type: "object" },
    execute: () => circle,
  });
  assertEquals((await new ToolExecutor({ tools: [round] }).execute("round", {})).status, "error");
});

test("tool refuses names and schemas that can't be used", () => {
  const run = () => "";
  const make = (name: string, schema: Parameters<typeof tool>[0]["schema"]) => () =>
    tool({ name, description: "", inputSchema: schema, execute: run });
  for (const name of ["", "a b", "ä", "a/b", "x".repeat(49)]) {
    assertThrows(make(name, { type: "object" }), InvalidArgumentError, "Cannot call a tool");
  }
  assertThrows(make("a", { type: "string" }), InvalidArgumentError, 'must be of type "object"');
  assertThrows(make("a", 1 as unknown as boolean), InvalidArgumentError);
});

test("permission patterns see what a tool's subjects say", async () => {
  const remove = tool({
    name: "remove",
    description: "",
    inputSchema: { type: "object", properties: { table: { type: "string" } }, required: ["table"] },
    subjects: ({ table }) => table,
    execute: () => "gone",
  });
  const executor = new ToolExecutor({
    tools: [remove],
    permissions: { remove: { "*": "deny", "tmp_*": "allow" } },
  });
  assertEquals((await executor.execute("remove", { table: "tmp_1" })).status, "ok");
  assertEquals((await executor.execute("remove", { table: "users" })).status, "refused");
});

test("tool takes the names of version 0.1.0 too", async () => {
  const old = tool({
    name: "old",
    description: "",
    schema: { type: "object", properties: { a: { type: "number" } }, required: ["a"] },
    run: ({ a }) => a + 1,
  });
  const made: Tool = { ...old, name: "made", execute: undefined as never };
  const executor = new ToolExecutor({ builtins: false, tools: [old, made] });
  assertEquals((await executor.execute("old", { a: 1 })).text, "2");
  assertEquals((await executor.execute("made", { a: 2 })).text, "3");
  assertEquals(await old.run?.({ a: 3 }, {} as ToolContext), 4);
});

test("an executor takes what tool takes, and a list stands for an executor", async () => {
  const spec = {
    name: "greet",
    greeting: "Hi",
    description: "",
    inputSchema: { type: "object", properties: { name: { type: "string" } } },
    execute(input: unknown) {
      return `${this.greeting} ${(input as { name: string }).name}`;
    },
  } as const;
  const executor = toExecutor([spec, tool({ ...spec, name: "again" })]);
  assertEquals(executor.definitions().map(({ name }) => name), ["greet", "again"]);
  assertEquals((await executor.execute("greet", { name: "Ann" })).text, "Hi Ann");
  assertEquals((await executor.execute("greet", { name: 1 })).status, "invalid");
  assertStrictEquals(toExecutor(executor), executor);
  const bad = (tools: unknown, message: RegExp) => {
    const { message: text } = assertThrows(() => toExecutor(tools as []), InvalidArgumentError);
    assertMatch(text, message);
  };
  bad([spec, spec], /two tools called greet/);
  bad(undefined, /undefined as tools: give a ToolExecutor, or a list/);
  bad(null, /null as tools/);
  bad(spec, /object as tools/);
  bad([undefined], /undefined as a tool/);
  bad([{ ...spec, execute: undefined }], /greet: `execute` is not a function/);
  bad([{ ...spec, inputSchema: undefined }], /greet: `inputSchema` is missing/);
  bad([{ ...spec, name: "a b" }], /a name has 1 to 48/);
  bad([{ name: "x", check: () => {} }], /x: it has no `execute`/);
});
