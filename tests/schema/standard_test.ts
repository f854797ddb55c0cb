import { assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import {
  type InferSchema,
  isStandardSchema,
  resolveSchema,
  type StandardSchema,
} from "../../src/schema/standard.ts";
import type { FromSchema } from "../../src/schema/types.ts";
import { InvalidArgumentError } from "../../src/errors.ts";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true
  : false;
const proves = <T extends true>(_?: T) => {};

const jsonSchema = { type: "object", properties: { n: { type: "number" } }, required: ["n"] };

function numberSchema(extra: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  return {
    ...more,
    "~standard": {
      version: 1,
      vendor: "made",
      validate: async (value: unknown) => {
        await Promise.resolve();
        const n = (value as { n?: unknown } | null)?.n;
        return typeof n === "number"
          ? { value: { n: n + 1 } }
          : { issues: [{ message: "no number", path: ["a/b", { key: 0 }, "n"] }] };
      },
      ...extra,
    },
  } as StandardSchema<{ n: number }, { n: number }>;
}

test("resolveSchema checks with our validator when given a JSON Schema", async () => {
  const schema = resolveSchema({
    type: "object",
    properties: { n: { type: "number" } },
    required: ["n"],
  });
  assertEquals(schema.jsonSchema, jsonSchema);
  const good = await schema.validate({ n: 1 });
  if (good.issues === undefined) proves<Equal<typeof good.value, { n: number }>>();
  assertEquals(good, { value: { n: 1 } });
  assertEquals((await schema.validate({})).issues?.[0]?.message, 'The field "n" is missing');
});

test("resolveSchema takes the JSON Schema that a Standard Schema carries", async () => {
  const input = (options: unknown) => {
    assertEquals(options, { target: "draft-2020-12" });
    return jsonSchema;
  };
  const own = resolveSchema(numberSchema({ jsonSchema: { input } }));
  assertEquals(own.jsonSchema, jsonSchema);
  const good = await own.validate({ n: 1 });
  if (good.issues === undefined) proves<Equal<typeof good.value, { n: number }>>();
  assertEquals(good, { value: { n: 2 } });
  assertEquals((await own.validate({})).issues, [
    { path: "/a~1b/0/n", schemaPath: "#", message: "no number" },
  ]);
});

test("resolveSchema asks the schema's own methods when the standard way is missing or fails", () => {
  const self = {
    toJSONSchema(options: unknown) {
      assertEquals(options, { io: "input" });
      return (this as { it?: unknown }).it;
    },
    it: jsonSchema,
  };
  assertEquals(resolveSchema(numberSchema({}, self)).jsonSchema, jsonSchema);
  const failing = { jsonSchema: { input: () => assertEquals(1, 2) } };
  assertEquals(resolveSchema(numberSchema(failing, self)).jsonSchema, jsonSchema);
  assertEquals(
    resolveSchema(numberSchema({}, { toJsonSchema: () => jsonSchema })).jsonSchema,
    jsonSchema,
  );
});

test("resolveSchema says what to do when there is no JSON Schema", () => {
  assertThrows(() => resolveSchema(numberSchema()), InvalidArgumentError, "it has none");
  assertThrows(
    () => resolveSchema(numberSchema({ vendor: "valibot" })),
    InvalidArgumentError,
    "toStandardJsonSchema",
  );
  const failing = {
    jsonSchema: {
      input() {
        throw new Error("Dates have no JSON type");
      },
    },
  };
  assertThrows(
    () => resolveSchema(numberSchema(failing)),
    InvalidArgumentError,
    "Dates have no JSON",
  );
  assertThrows(
    () => resolveSchema("text" as unknown as boolean),
    InvalidArgumentError,
    "JSON Schema object",
  );
  assertThrows(
    () => resolveSchema([] as unknown as boolean),
    InvalidArgumentError,
    "JSON Schema object",
  );
});

test("resolveSchema takes a Standard Schema when it is a function", async () => {
  const callable = Object.assign(
    () => {},
    numberSchema({ jsonSchema: { input: () => jsonSchema } }),
  );
  assertEquals(isStandardSchema(callable), true);
  assertEquals(await resolveSchema(callable).validate({ n: 4 }), { value: { n: 5 } });
  assertEquals(isStandardSchema(null), false);
  assertEquals(isStandardSchema({ "~standard": {} }), false);
});

test("FromSchema gives the type of the values that a literal describes", () => {
  const schema = {
    type: "object",
    properties: {
      name: { type: "string" },
      tags: { type: "array", items: { enum: ["a", "b"] } },
      age: { type: ["integer", "null"] },
      kind: { const: "person" },
      either: {
        anyOf: [{ type: "string" }, { type: "object", properties: { x: { type: "number" } } }],
      },
      map: { type: "object", additionalProperties: { type: "boolean" } },
      pair: { type: "array", prefixItems: [{ type: "string" }, { type: "number" }], items: false },
      any: {},
    },
    required: ["name", "kind", "pair"],
  } as const;
  type Expected = {
    name: string;
    kind: "person";
    pair: [string, number];
    tags?: ("a" | "b")[];
    age?: number | null;
    either?: string | { x?: number };
    map?: { [name: string]: boolean };
    any?: unknown;
  };
  proves<Equal<FromSchema<typeof schema>, Expected>>();
  proves<Equal<InferSchema<{ type: "string" }>, string>>();
  proves<Equal<InferSchema<StandardSchema<string, number>>, number>>();
  proves<Equal<FromSchema<{ type: string }>, unknown>>();
  proves<Equal<FromSchema<boolean>, unknown>>();
});
