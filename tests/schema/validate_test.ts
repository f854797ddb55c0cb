import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { type Issue, validate } from "../../src/schema/validate.ts";
import type { JsonSchema } from "../../src/schema/types.ts";

/** Schema, values that fit, values that don't. */
const table: [JsonSchema, unknown[], unknown[]][] = [
  [true, [1, null, {}], []],
  [false, [], [1, null]],
  [{}, [1, "a", null, [], {}], []],
  [{ type: "string" }, ["", "a"], [1, null, {}, [], true]],
  [{ type: "number" }, [1, 1.5, -0], ["1", NaN, Infinity, null]],
  [{ type: "integer" }, [1, 1.0, -3], [1.5, "1"]],
  [{ type: "boolean" }, [true, false], [0, "true"]],
  [{ type: "null" }, [null], [0, "", {}]],
  [{ type: ["string", "null"] }, ["a", null], [1, {}]],
  [{ type: "object" }, [{}], [[], null, "a"]],
  [{ type: "array" }, [[]], [{}, "a"]],
  [{ const: 1 }, [1], [2, "1"]],
  [{ const: { a: [1] } }, [{ a: [1] }], [{ a: [2] }, {}]],
  [{ const: null }, [null], [0]],
  [{ enum: ["a", 1, null, { x: 1, y: 2 }] }, ["a", 1, null, { y: 2, x: 1 }], ["b", 2, {}]],
  [{ minLength: 2, maxLength: 3 }, ["ab", "👋👋", 5], ["a", "👋", "abcd"]],
  [{ pattern: "^ses" }, ["ses_1", 5], ["xses"]],
  [{ pattern: "b" }, ["abc"], ["ac"]],
  [{ minimum: 1, maximum: 3 }, [1, 3, "9"], [0, 4]],
  [{ exclusiveMinimum: 1, exclusiveMaximum: 3 }, [2], [1, 3]],
  [{ multipleOf: 0.1 }, [0.3, 1, 0], [0.25]],
  [{ minItems: 1, maxItems: 2 }, [[1], [1, 2], "abc"], [[], [1, 2, 3]]],
  [{ uniqueItems: true }, [[1, "1"], [{ a: 1 }, { a: 2 }]], [[1, 1], [{ a: 1, b: 2 }, {
    b: 2,
    a: 1,
  }]]],
  [{ items: { type: "string" } }, [[], ["a"]], [["a", 1]]],
  [
    { prefixItems: [{ type: "string" }, { type: "number" }], items: false },
    [[], ["a"], ["a", 1]],
    [[1], ["a", "b"], ["a", 1, 2]],
  ],
  [{ required: ["a"] }, [{ a: null }, "x"], [{}, { a: undefined }]],
  [{ required: ["toString", "__proto__"] }, [], [{}]],
  [
    { properties: { a: { type: "string" } } },
    [{}, { a: "x" }, { b: 1 }, { a: undefined }],
    [{ a: 1 }],
  ],
  [
    { properties: { a: {} }, additionalProperties: false },
    [{}, { a: 1 }],
    [{ b: 1 }, { toString: 1 }, JSON.parse('{"__proto__":1}')],
  ],
  [{ additionalProperties: { type: "number" } }, [{ a: 1 }], [{ a: "1" }]],
  [
    { patternProperties: { "^x-": { type: "number" } }, additionalProperties: false },
    [{ "x-a": 1 }],
    [{ "x-a": "1" }, { a: 1 }],
  ],
  [{ propertyNames: { pattern: "^[a-z]+$" } }, [{ abc: 1 }], [{ A: 1 }]],
  [{ minProperties: 1, maxProperties: 1 }, [{ a: 1 }], [{}, { a: 1, b: 2 }]],
  [{ allOf: [{ type: "number" }, { minimum: 3 }] }, [3], [2, "3"]],
  [{ anyOf: [{ type: "number" }, { type: "string", minLength: 2 }] }, [1, "ab"], ["a", null]],
  [{ oneOf: [{ multipleOf: 2 }, { multipleOf: 3 }] }, [2, 3], [6, 5]],
  [{ not: { type: "string" } }, [1], ["a"]],
  [
    { $defs: { a: { type: "number" } }, $ref: "#/$defs/a", minimum: 3 },
    [3],
    [2, "x"],
  ],
  [{ $defs: { "a/b~c d": { type: "number" } }, $ref: "#/$defs/a~1b~0c%20d" }, [3], ["x"]],
  [{ format: "email", title: "x" }, ["not an email"], []],
];

test("validate tells what fits from what doesn't for every keyword", () => {
  for (const [schema, good, bad] of table) {
    for (const value of good) {
      assertEquals(
        validate(schema, value),
        [],
        `${JSON.stringify(schema)} with ${JSON.stringify(value)}`,
      );
    }
    for (const value of bad) {
      const issues = validate(schema, value);
      assert(issues.length > 0, `${JSON.stringify(schema)} with ${JSON.stringify(value)}`);
    }
  }
});

test("validate names both paths and what was expected when something is wrong", () => {
  const schema = {
    type: "object",
    properties: { "a/b": { type: "array", items: { $ref: "#/$defs/n" } } },
    $defs: { n: { type: "number", minimum: 3 } },
  };
  assertEquals(validate(schema, { "a/b": [5, 1, "x"] }), [
    { path: "/a~1b/1", schemaPath: "#/$defs/n/minimum", message: "Expected at least 3, got 1" },
    { path: "/a~1b/2", schemaPath: "#/$defs/n/type", message: "Expected number, got string" },
  ]);
});

test("validate stops at maxIssues when much is wrong", () => {
  const schema = { items: { type: "number" } };
  assertEquals(validate(schema, Array(50).fill("x")).length, 10);
  assertEquals(validate(schema, Array(50).fill("x"), { maxIssues: 3 }).length, 3);
});

const event: JsonSchema = {
  anyOf: [
    {
      type: "object",
      properties: { type: { type: "string", enum: ["text"] }, text: { type: "string" } },
      required: ["type", "text"],
      additionalProperties: false,
    },
    { $ref: "#/$defs/file" },
  ],
  $defs: {
    file: {
      type: "object",
      properties: {
        type: { const: "file" },
        size: { type: "number" },
        state: { enum: ["new", "old"] },
      },
      required: ["type"],
      additionalProperties: false,
    },
  },
} as JsonSchema;

const messages = (issues: Issue[]) => issues.map(({ path, message }) => `${path}: ${message}`);

test("validate speaks of the one alternative when a field tells them apart", () => {
  assertEquals(messages(validate(event, { type: "file", size: "big" })), [
    "/size: Expected number, got string",
  ]);
  assertEquals(messages(validate(event, { type: "text" })), [': The field "text" is missing']);
});

test("validate names the alternatives when the field that tells them apart is unknown", () => {
  assertEquals(messages(validate(event, { type: "sound" })), [
    '/type: Expected "text", "file", got "sound"',
  ]);
  assertEquals(messages(validate(event, {})), [
    ': The field "type" is missing: expected one of "text", "file"',
  ]);
});

test("validate names the types when no alternative is of the value's", () => {
  const schema = { anyOf: [{ type: "string" }, { type: "object", properties: {} }] };
  assertEquals(messages(validate(schema, 5)), [": Expected string or object, got number"]);
});

test("validate speaks of the closest alternative when nothing tells them apart", () => {
  const schema = {
    anyOf: [
      { type: "object", properties: { a: { type: "number" } }, required: ["a", "b"] },
      { type: "object", properties: { c: { type: "number" } }, required: ["c"] },
    ],
  };
  assertEquals(messages(validate(schema, { c: "x" })), [
    ": Fits none of 2 alternatives; the closest is number 1",
    "/c: Expected number, got string",
  ]);
});

test("validate lets pass what a newer server may send when told to", () => {
  const newer = { unknownFields: "allow", unknownEnum: "allow" } as const;
  assertEquals(validate(event, { type: "sound", pitch: 1 }, newer), []);
  assertEquals(validate(event, { type: "file", state: "lost", more: 1 }, newer), []);
  assertEquals(validate({ enum: ["a"] }, "b", newer), []);
  assertEquals(validate({ const: "a" }, "b", newer), []);
  for (const bad of [{ type: "file", size: "x" }, { type: 5 }, {}, 5]) {
    assert(validate(event, bad, newer).length > 0, JSON.stringify(bad));
  }
  assert(validate({ enum: ["a"] }, 5, newer).length > 0);
  assert(validate({ enum: [1, 2] }, 3, newer).length > 0);
});

test("validate refuses what a newer server may send when not told otherwise", () => {
  assert(validate(event, { type: "sound" }).length > 0);
  assert(validate(event, { type: "file", more: 1 }).length > 0);
});

test("validate asks refs first and never the network when a reference is foreign", () => {
  const asked: string[] = [];
  const refs = (ref: string) => {
    asked.push(ref);
    return ref === "Session" ? { type: "string" } : undefined;
  };
  assertEquals(validate({ items: { $ref: "Session" } }, ["a"], { refs }), []);
  assertEquals(asked, ["Session"]);
  for (const ref of ["https://example.com/x.json", "#/nowhere", "#name", "#/%zz", ""]) {
    const [issue] = validate({ $ref: ref }, 1, { refs });
    assertStringIncludes(issue?.message ?? "", "Cannot resolve the reference");
  }
});

test("validate ends when a schema refers to itself", () => {
  const loop = { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } };
  assertStringIncludes(validate(loop, 1)[0]!.message, "leads to itself");
  const through = {
    $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { type: "null" }] } },
    $ref: "#/$defs/a",
  };
  assertEquals(validate(through, null), []);
  assert(validate(through, 1).length > 0);
  const tree = { type: "object", properties: { next: { $ref: "#" } }, required: ["v"] };
  assertEquals(validate(tree, { v: 1, next: { v: 2, next: { v: 3 } } }), []);
  assertEquals(validate(tree, { v: 1, next: { v: 2, next: {} } })[0]!.path, "/next/next");
});

test("validate ends when a schema branches without bound", () => {
  const wide: JsonSchema = {
    $defs: { a: { allOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/a" }] } },
    $ref: "#/$defs/a",
  };
  assert(validate(wide, 1).length > 0);
  const any: JsonSchema = {
    $defs: { a: { anyOf: [{ $ref: "#/$defs/a" }, { $ref: "#/$defs/a" }] } },
    $ref: "#/$defs/a",
  };
  assert(validate(any, 1).length > 0);
  const tree: JsonSchema = {
    anyOf: [{ properties: { next: { $ref: "#" } } }, { properties: { next: { $ref: "#" } } }],
  };
  let chain: unknown = {};
  for (let i = 0; i < 40; i++) chain = { next: chain };
  assertStringIncludes(validate(tree, chain)[0]!.message, "too many steps");
});

test("validate ends when a value holds itself or is very deep", () => {
  const cycle: Record<string, unknown> = { v: 1 };
  cycle["next"] = cycle;
  const tree = { properties: { next: { $ref: "#" } }, uniqueItems: true };
  assertStringIncludes(validate(tree, cycle)[0]!.message, "Nested deeper");
  assert(validate({ const: { a: 1 } }, cycle).length > 0);
  let deep: unknown = [];
  for (let i = 0; i < 5000; i++) deep = [deep];
  assertStringIncludes(validate({ items: { $ref: "#" } }, deep)[0]!.message, "Nested deeper");
});

test("validate takes no notice of a schema when it is none", () => {
  const broken = { properties: { a: 5 }, items: null } as unknown as JsonSchema;
  assertStringIncludes(validate(broken, { a: 1 })[0]!.message, "no schema");
});
