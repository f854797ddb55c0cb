/** The generator, on a document of a few lines; that of the real server is held against it below. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { generate } from "../../scripts/generate_api.ts";
import { sentence } from "../../scripts/generate/comment.ts";
import { compare } from "../../scripts/generate/compare.ts";
import type { Document, Schema } from "../../scripts/generate/document.ts";
import { Names } from "../../scripts/generate/names.ts";
import { notate } from "../../scripts/generate/notation.ts";
import { describeAll } from "../../scripts/generate/operations.ts";
import { readDocument } from "../../scripts/generate/server.ts";
import { renderTypes, typeOf } from "../../scripts/generate/types.ts";
import { readNotation } from "../../src/api/notation.ts";

const document = (schemas: Record<string, Schema>): Document => ({
  paths: {},
  components: { schemas },
});
const long: Schema = {
  type: "object",
  properties: { aLongerName: { type: "string" }, anotherLongName: { type: "number" } },
  required: ["aLongerName", "anotherLongName"],
  additionalProperties: false,
};

Deno.test("typeOf and notate write each kind of schema", () => {
  const names = new Names(document({ Thing: { type: "string" } }));
  const cases: [Schema, string, string][] = [
    [{ type: "string", pattern: "^a/b" }, "string", "s/^a\\/b/"],
    [{ type: "integer", minimum: 0, maximum: 9 }, "number", "i>=0<=9"],
    [{ type: "string", enum: ["a", "b"] }, '"a" | "b"', '"a"|"b"'],
    [
      { anyOf: [{ type: "null" }, { $ref: "#/components/schemas/Thing" }] },
      "null | Thing",
      "z|Thing",
    ],
    [{ type: "array", items: { type: "boolean" } }, "boolean[]", "[b]"],
    [{ type: "object" }, "AnyObject", "{*}"],
    [
      { type: "object", additionalProperties: { type: "string" } },
      "Record<string, string>",
      "{*:s}",
    ],
    [{}, "unknown", "u"],
    [{ not: {} }, "never", "!"],
    [
      { type: "object", properties: { "a-b": { type: "number" }, c: {} }, required: ["c"] },
      '{ "a-b"?: number; c: unknown }',
      '{"a-b"?:n,c:u,*}',
    ],
  ];
  for (const [schema, type, notation] of cases) {
    assertEquals(typeOf(schema, names), type);
    assertEquals(notate(schema, names), notation);
    readNotation(notation);
  }
});

Deno.test("Names gives a shape that repeats a name, and numbers names that clash", () => {
  const names = new Names(document({
    "session.status": { type: "string" },
    SessionStatus: { type: "number" },
    APIError: { type: "string" },
    One: { type: "object", properties: { x: long } },
    Two: { type: "object", properties: { y: { type: "array", items: long } } },
  }));
  assertEquals(names.of("SessionStatus"), "SessionStatus");
  assertEquals(names.of("session.status"), "SessionStatus2");
  assertEquals(names.of("APIError"), "APIErrorObject");
  assertEquals(names.hoisted.map(({ name, pointer }) => [name, pointer]), [
    ["OneX", "One/properties/x"],
  ]);
  assertEquals(typeOf(names.schemas["Two"]!, names, "Two"), "{ y?: OneX[] }");
});

Deno.test("describeAll stops where an operation that it knows by name is gone", () => {
  const empty = document({});
  assertThrows(() => describeAll(empty, new Names(empty)), Error, "session.prompt");
});

Deno.test("compare names what was added, changed and removed", () => {
  const before = "export type A = string;\nexport type B = string;\n";
  const after = "export type A = number;\nexport type C = string;\n";
  assertEquals(compare(before, after), ["changed A", "added C", "removed B"]);
  const group = (line: string) => `export interface SessionGroup {\n${line}\n}\n`;
  assertEquals(compare(group("  get(input: A): B;"), group("  get(input: C): B;")), [
    "changed SessionGroup get",
  ]);
  assertEquals(compare("// a\n", "// b\n"), ["changed in its wording only"]);
});

Deno.test("the committed modules have one declaration a line, so that compare sees all", async () => {
  const source = await Deno.readTextFile(new URL("../../src/api/types.gen.ts", import.meta.url));
  const types = source.match(/^export type \w+ = .*;$/gm) ?? [];
  assert(types.length > 450, `${types.length}`);
  assertEquals(source.match(/^export type (\w+)/gm)?.length, types.length + 3, "three are generic");
  assertStringIncludes(source, "export type Session = {");
});

Deno.test("the committed modules agree with the real server's document", async () => {
  const { document, version } = await readDocument();
  const stale: string[] = [];
  for (const [name, text] of Object.entries(generate(document, version))) {
    const committed = await Deno.readTextFile(new URL(`../../src/api/${name}`, import.meta.url));
    if (committed !== text) stale.push(name, ...compare(committed, text).slice(0, 5));
  }
  assertEquals(stale, [], "run `deno task generate`");
});

Deno.test("generate --check exits with 1 and says what changed, and writes nothing", async () => {
  const folder = new URL("../../src/api/", import.meta.url);
  const read = async () => {
    const texts: Record<string, string> = {};
    for await (const { name } of Deno.readDir(folder)) {
      texts[name] = await Deno.readTextFile(new URL(name, folder));
    }
    return texts;
  };
  const file = await Deno.makeTempFile({ suffix: ".json" });
  const check = async (document: Document) => {
    await Deno.writeTextFile(file, JSON.stringify(document));
    const script = new URL("../../scripts/generate_api.ts", import.meta.url).pathname;
    const given = ["--check", "--document", file, "--server-version", version];
    const child = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--quiet", ...await stdArgs(), script, ...given],
      env: { NO_COLOR: "1" },
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes).trim().split("\n");
    return { code: child.code, stdout: text(child.stdout), stderr: text(child.stderr) };
  };
  const { document: real, version } = await readDocument();
  const before = await read();
  try {
    assertEquals(await check(real), {
      code: 0,
      stdout: [`The generated files agree with server ${version}`],
      stderr: [""],
    });
    const changed = structuredClone(real);
    const schemas = changed.components.schemas;
    schemas["AddedByTest"] = { type: "string" };
    schemas["Todo"] = { type: "object", properties: { other: { type: "string" } } };
    const { code, stdout, stderr } = await check(changed);
    assertEquals(code, 1);
    assertEquals(stderr, ["The generated files are stale: run `deno task generate`"]);
    for (const line of ["types.gen.ts: added AddedByTest", "types.gen.ts: changed Todo"]) {
      assert(stdout.some((said) => said.startsWith(line)), stdout.join("\n"));
    }
    assertEquals(await read(), before);
  } finally {
    await Deno.remove(file);
  }
});

Deno.test("comments carry the document's own words, and a category", async () => {
  const small = document({
    Thing: { type: "string", description: "A thing" },
    Old: { type: "string", description: "@deprecated use Thing" },
    EventThing: { type: "string" },
  });
  const types = renderTypes(small, new Names(small), "");
  assertStringIncludes(types, "/**\n * A thing.\n * @category Schemas\n */\nexport type Thing");
  assertStringIncludes(types, "/**\n * @deprecated use Thing.\n * @category Schemas\n */");
  assertStringIncludes(types, " * Schema `EventThing`.\n * @category Events\n");
  assertEquals(sentence("Get the */ of\n  it"), "Get the *\\/ of it.");
  const operations = await Deno.readTextFile("src/api/operations.gen.ts");
  assertStringIncludes(
    operations,
    "  /** Get health information about the OpenCode server. `GET /global/health` */",
  );
});
