import { comment } from "./comment.ts";
import { type Document, envelopeOf, key, type Schema } from "./document.ts";
import type { Names } from "./names.ts";

/** Renders a schema as a TypeScript type. */
export function typeOf(schema: Schema, names: Names, current?: string): string {
  if (schema.$ref) return names.ref(schema.$ref);
  const named = names.named(schema, current);
  if (named) return named;
  const members = schema.anyOf ?? schema.oneOf;
  if (members) return unique(members.map((member) => typeOf(member, names, current))).join(" | ");
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.prefixItems) {
    return `[${schema.prefixItems.map((item) => typeOf(item, names, current)).join(", ")}]`;
  }
  switch (schema.type) {
    case "string":
      return "string";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array":
      return arrayOf(typeOf(schema.items ?? {}, names, current));
    case "object":
      return objectOf(schema, names, current);
    default:
      return schema.not ? "never" : "unknown";
  }
}

function arrayOf(item: string): string {
  return /^\w+$/.test(item) || item.startsWith("{") && !item.includes(" | ")
    ? `${item}[]`
    : `Array<${item}>`;
}

function objectOf(schema: Schema, names: Names, current?: string): string {
  const properties = Object.entries(schema.properties ?? {});
  const extra = schema.additionalProperties;
  if (properties.length === 0) {
    return typeof extra === "object"
      ? `Record<string, ${typeOf(extra, names, current)}>`
      : extra === false
      ? "Record<string, never>"
      : "AnyObject";
  }
  const envelope = envelopeOf(schema);
  if (envelope) {
    const { kind, tag, payload } = envelope;
    return `${kind}<${JSON.stringify(tag)}, ${typeOf(payload, names, current)}>`;
  }
  const required = new Set(schema.required);
  const fields = properties.map(([name, value]) =>
    `${key(name)}${required.has(name) ? "" : "?"}: ${typeOf(value, names, current)}`
  );
  // An index signature would have to admit the type of every property: open means unknown here.
  if (typeof extra === "object" || extra === true) fields.push("[key: string]: unknown");
  return `{ ${fields.join("; ")} }`;
}

/** The module of schema types: one line for each schema. */
export function renderTypes(document: Document, names: Names, header: string): string {
  const lines = [
    header,
    comment("An object that the server's document says nothing more about.", "Schemas"),
    "export type AnyObject = Record<string, unknown>;",
    comment("An event of the type `T`.", "Events"),
    "export type EventOf<T, P> = { id: string; type: T; properties: P };",
    comment("An event of `v2` of the type `T`.", "Events"),
    "export type DurableOf<T, P> = { id: string; metadata?: AnyObject; type: T; durable?: { aggregateID: string; seq: number; version: number }; location?: LocationRef; data: P };",
    comment("An event that servers replay among themselves, of the type `T`.", "Events"),
    'export type SyncOf<T, P> = { type: "sync"; id: string; syncEvent: { type: T; id: string; seq: number; aggregateID: string; data: P } };',
  ];
  for (const [original, schema] of Object.entries(document.components.schemas)) {
    const name = names.of(original);
    const said = schema.description ?? `Schema \`${original}\`.`;
    lines.push(
      comment(said, categoryOf(original)),
      `export type ${name} = ${typeOf(schema, names, name)};`,
    );
  }
  for (const { name, schema, origin } of names.hoisted) {
    lines.push(
      comment(schema.description ?? `A part of \`${origin}\`.`, categoryOf(origin)),
      `export type ${name} = ${typeOf(schema, names, name)};`,
    );
  }
  return lines.join("\n") + "\n";
}

/** Under which heading the documentation lists a schema. */
function categoryOf(name: string): string {
  if (/Error\b|Error$/.test(name)) return "Errors of the server";
  return /^(Global|Sync|V2)?Event/.test(name) ? "Events" : "Schemas";
}

function unique(items: string[]): string[] {
  return [...new Set(items)];
}
