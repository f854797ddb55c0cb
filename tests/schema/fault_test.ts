import { assertEquals, assertThrows } from "@std/assert";
import { InvalidArgumentError } from "../../src/errors.ts";
import { schemaFault } from "../../src/schema/fault.ts";
import { resolveSchema } from "../../src/schema/standard.ts";
import { test } from "../harness.ts";

test("schemaFault names what no value could satisfy, and where it stands", () => {
  const cases: [unknown, string][] = [
    [{ type: "objekt" }, '#/type has "objekt"'],
    [{ type: ["string", 5] }, "#/type has 5"],
    [{ properties: { n: { type: "nummer" } } }, "#/properties/n/type"],
    [{ properties: [] }, "#/properties must be an object"],
    [{ properties: { n: "integer" } }, "#/properties/n must be a schema, not string"],
    [{ items: { $ref: "#/$defs/none" } }, "#/items/$ref names #/$defs/none"],
    [{ items: [{ type: "x" }] }, "#/items/0/type"],
    [{ anyOf: { type: "string" } }, "#/anyOf must be a list of schemas"],
    [{ anyOf: [{}, { not: { type: "no" } }] }, "#/anyOf/1/not/type"],
    [{ required: "name" }, "#/required must be a list"],
    [{ enum: "a" }, "#/enum must be a list"],
    [{ $defs: { a: { type: "x" } } }, "#/$defs/a/type"],
  ];
  for (const [schema, message] of cases) {
    const found = schemaFault(schema);
    assertEquals(found?.startsWith(message), true, `${JSON.stringify(schema)}: ${found}`);
  }
  assertThrows(() => resolveSchema({ type: "objekt" } as never), InvalidArgumentError, "objekt");
});

test("schemaFault finds none in a schema that can be used", () => {
  const loop: Record<string, unknown> = { type: "object" };
  loop["properties"] = { self: loop };
  const good: unknown[] = [
    {},
    true,
    { type: ["string", "null"], enum: ["a", null] },
    { items: [{}, true], additionalProperties: false, required: ["type"] },
    { properties: { type: { type: "string" }, enum: {}, items: { items: {} } } },
    { $ref: "#/$defs/a%20b~1c", $defs: { "a b/c": { $ref: "#" } } },
    { $ref: "#/$defs%2Fname", $defs: { name: {} } }, // as the validator reads it
    { $ref: "https://example.com/other.json", $anchor: "x" },
    { $ref: "#anchor", $defs: { a: { $anchor: "anchor" } } },
    { default: { type: "objekt" }, examples: [{ required: 1 }], const: { enum: 1 } },
    loop,
  ];
  for (const schema of good) assertEquals(schemaFault(schema), undefined);
});
