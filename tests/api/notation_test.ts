import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { readNotation } from "../../src/api/notation.ts";
import { answers, schemas } from "../../src/api/schemas.gen.ts";

test("readNotation reads each kind of schema", () => {
  const cases: Record<string, unknown> = {
    s: { type: "string" },
    "s/^ses/": { type: "string", pattern: "^ses" },
    "s/a\\/b/": { type: "string", pattern: "a/b" },
    n: { type: "number" },
    "i>=0": { type: "integer", minimum: 0 },
    "i>0<=5": { type: "integer", exclusiveMinimum: 0, maximum: 5 },
    b: { type: "boolean" },
    z: { type: "null" },
    u: {},
    "!": { not: {} },
    '"a"': { enum: ["a"] },
    '"a|b"|"c\\"d"': { enum: ["a|b", 'c"d'] },
    true: { enum: [true] },
    "[s]": { type: "array", items: { type: "string" } },
    "(s,n)": {
      type: "array",
      prefixItems: [{ type: "string" }, { type: "number" }],
      minItems: 2,
      maxItems: 2,
    },
    Session: { $ref: "#/$defs/Session" },
    "s|Session|z": { anyOf: [{ type: "string" }, { $ref: "#/$defs/Session" }, { type: "null" }] },
    "{}": { type: "object", properties: {}, required: [], additionalProperties: false },
    '{a:s,b?:n,"c-d":b,*}': {
      type: "object",
      properties: { a: { type: "string" }, b: { type: "number" }, "c-d": { type: "boolean" } },
      required: ["a", "c-d"],
      additionalProperties: true,
    },
    "{*:[s]}": {
      type: "object",
      properties: {},
      required: [],
      additionalProperties: { type: "array", items: { type: "string" } },
    },
  };
  for (const [source, schema] of Object.entries(cases)) {
    assertEquals(readNotation(source) as unknown, schema, source);
  }
});

test("readNotation reads the frame of an event", () => {
  const { properties, required } = readNotation('E"session.idle"{sessionID:s}');
  assertEquals(required, ["id", "type", "properties"]);
  assertEquals(properties!["type"], { enum: ["session.idle"] });
  const durable = readNotation('D"x"{}');
  assertEquals(durable.required, ["id", "type", "data"]);
  assertEquals(readNotation('S"x.1"{}').required, ["type", "id", "syncEvent"]);
});

test("readNotation refuses what it can't read", () => {
  for (const source of ["", "{", "[s", "{a}", "s s", "%", "s|", "{a:s"]) {
    assertThrows(() => readNotation(source), SyntaxError);
  }
});

test("every schema of the table can be read, and every reference leads somewhere", () => {
  const visit = (value: unknown): void => {
    if (value === null || typeof value !== "object") return;
    const { $ref } = value as { $ref?: unknown };
    if (typeof $ref === "string") assert($ref.slice("#/$defs/".length) in schemas, $ref);
    Object.values(value).forEach(visit);
  };
  for (const source of [...Object.values(schemas), ...Object.values(answers)]) {
    visit(readNotation(source));
  }
});
