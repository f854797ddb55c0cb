import { type Document, envelopeOf, key, type Schema } from "./document.ts";
import type { Names } from "./names.ts";

/** Writes a schema in the notation that `src/api/notation.ts` reads. */
export function notate(schema: Schema, names: Names, current?: string): string {
  if (schema.$ref) return names.ref(schema.$ref);
  const named = names.named(schema, current);
  if (named) return named;
  const members = schema.anyOf ?? schema.oneOf;
  if (members) return members.map((member) => notate(member, names, current)).join("|");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join("|");
  if (schema.prefixItems) {
    return `(${schema.prefixItems.map((item) => notate(item, names, current)).join(",")})`;
  }
  switch (schema.type) {
    case "string":
      return schema.pattern === undefined ? "s" : `s/${schema.pattern.replaceAll("/", "\\/")}/`;
    case "number":
      return `n${bounds(schema)}`;
    case "integer":
      return `i${bounds(schema)}`;
    case "boolean":
      return "b";
    case "null":
      return "z";
    case "array":
      return `[${notate(schema.items ?? {}, names, current)}]`;
    case "object":
      return object(schema, names, current);
    default:
      return schema.not ? "!" : "u";
  }
}

function bounds({ minimum, maximum, exclusiveMinimum }: Schema): string {
  return (exclusiveMinimum === undefined ? "" : `>${exclusiveMinimum}`) +
    (minimum === undefined ? "" : `>=${minimum}`) + (maximum === undefined ? "" : `<=${maximum}`);
}

function object(schema: Schema, names: Names, current?: string): string {
  const envelope = envelopeOf(schema);
  if (envelope) {
    const { kind, tag, payload } = envelope;
    return `${kind[0]}${JSON.stringify(tag)}${notate(payload, names, current)}`;
  }
  const required = new Set(schema.required);
  const fields = Object.entries(schema.properties ?? {}).map(([name, value]) =>
    `${key(name)}${required.has(name) ? "" : "?"}:${notate(value, names, current)}`
  );
  const extra = schema.additionalProperties;
  if (typeof extra === "object") fields.push(`*:${notate(extra, names, current)}`);
  // No word on further properties means that they are allowed, and an empty object says nothing.
  else if (extra !== false) fields.push("*");
  return `{${fields.join(",")}}`;
}

/** The module of schemas for validation: what answers can reach, one line each. */
export function renderSchemas(
  document: Document,
  names: Names,
  header: string,
  answers: Map<string, Schema>,
): string {
  const notation = new Map<string, string>();
  const roots = new Map([...answers].map(([id, schema]) => [id, notate(schema, names)]));
  for (const [original, schema] of Object.entries(document.components.schemas)) {
    const name = names.of(original);
    notation.set(name, notate(schema, names, name));
  }
  for (const { name, schema } of names.hoisted) notation.set(name, notate(schema, names, name));
  const reached = new Set<string>();
  const visit = (text: string) => {
    if (/(^|\|)D"/.test(text)) visit("LocationRef");
    for (
      const [word] of text.replace(/"(?:[^"\\]|\\.)*"|\/(?:[^/\\]|\\.)*\//g, " ").matchAll(
        /\w{2,}/g,
      )
    ) {
      if (!notation.has(word) || reached.has(word)) continue;
      reached.add(word);
      visit(notation.get(word)!);
    }
  };
  for (const text of roots.values()) visit(text);
  const row = ([name, text]: [string, string]) => `  ${key(name)}: ${quote(text)},`;
  return [
    header,
    "/** The schemas that answers are made of, in the notation of `notation.ts`. */",
    "export const schemas: Readonly<Record<string, string>> = {",
    ...[...notation].filter(([name]) => reached.has(name)).map(row),
    "};",
    "/** Where in the document a schema is that has another name there, or none: a JSON pointer. */",
    "export const places: Readonly<Record<string, string>> = {",
    ...[...places(document, names)].filter(([name]) => reached.has(name)).map(row),
    "};",
    "/** What each operation answers with when it succeeds. */",
    "export const answers: Readonly<Record<string, string>> = {",
    ...[...roots].map(row),
    "};",
  ].join("\n") + "\n";
}

function* places(document: Document, names: Names): Iterable<[string, string]> {
  for (const original of Object.keys(document.components.schemas)) {
    const name = names.of(original);
    if (name !== original) yield [name, original];
  }
  for (const { name, pointer } of names.hoisted) yield [name, pointer];
}

function quote(text: string): string {
  const json = JSON.stringify(text);
  return text.includes("'") ? json : `'${json.slice(1, -1).replaceAll('\\"', '"')}'`;
}
