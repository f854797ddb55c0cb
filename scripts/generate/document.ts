/** The parts of an OpenAPI 3.1 document that the generator reads. */

import * as errors from "../../src/errors.ts";

/** A JSON Schema, as far as the server's document uses it. */
export interface Schema {
  $ref?: string;
  type?: string;
  properties?: Record<string, Schema>;
  required?: string[];
  additionalProperties?: boolean | Schema;
  items?: Schema;
  prefixItems?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
  not?: Schema;
  enum?: (string | boolean | number)[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  exclusiveMinimum?: number;
  minItems?: number;
  maxItems?: number;
  contentSchema?: Schema;
  description?: string;
}

/** A parameter in the path or the query. */
export interface Parameter {
  name: string;
  in: "path" | "query" | "header" | "cookie";
  required?: boolean;
  schema: Schema;
}

/** A body, by content type. */
export interface Content {
  content?: Record<string, { schema: Schema }>;
  required?: boolean;
}

/** One operation. */
export interface Operation {
  operationId: string;
  parameters?: Parameter[];
  requestBody?: Content;
  responses: Record<string, Content>;
}

/** The document. */
export interface Document {
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, Schema> };
}

/** A shape that stands in several places, and got a name of its own for that. */
export interface Hoisted {
  name: string;
  schema: Schema;
  /** Where it was first seen. */
  origin: string;
}

/** What the renderers share: the schemas, their names, and which inline shape equals which name. */
export class Names {
  readonly schemas: Record<string, Schema>;
  /** Shapes that repeat inside of the schemas. */
  readonly hoisted: Hoisted[] = [];
  readonly #byOriginal = new Map<string, string>();
  readonly #byShape = new Map<string, string>();
  readonly #taken = new Set(["AnyObject", "EventOf", "DurableOf", "SyncOf"]);

  constructor(document: Document) {
    this.schemas = document.components.schemas;
    const originals = Object.keys(this.schemas);
    // Plain names first, so that a dotted twin gets the number and not the name that people know.
    for (const plain of [true, false]) {
      for (const original of originals) {
        if (/^\w+$/.test(original) === plain) {
          this.#byOriginal.set(original, this.#take(pascal(original)));
        }
      }
    }
    for (const original of originals) {
      const shape = canonical(this.schemas[original]!);
      if (shape.length > SMALL && !this.#byShape.has(shape)) {
        this.#byShape.set(shape, this.of(original));
      }
    }
    this.#hoist(originals);
  }

  /** The name itself where no schema has it. */
  free(name: string): string | undefined {
    return this.#taken.has(name) ? undefined : name;
  }

  /** The type name of a component. */
  of(original: string): string {
    return this.#byOriginal.get(original)!;
  }

  /** The type name that a `$ref` points to. */
  ref(ref: string): string {
    return this.of(ref.split("/").pop()!);
  }

  /** The name of this shape, unless it is the one being written. */
  named(schema: Schema, current: string | undefined): string | undefined {
    if (schema.type !== "object" && !schema.anyOf) return undefined;
    const name = this.#byShape.get(canonical(schema));
    return name === current ? undefined : name;
  }

  /** Follows a `$ref`. */
  resolve(schema: Schema): Schema {
    return schema.$ref ? this.schemas[schema.$ref.split("/").pop()!]! : schema;
  }

  /** The property names of an object, or of all members of a union. */
  fields(schema: Schema): Set<string> {
    const target = this.resolve(schema);
    const members = target.anyOf ?? target.oneOf;
    if (members) return new Set(members.flatMap((member) => [...this.fields(member)]));
    return new Set(Object.keys(target.properties ?? {}));
  }

  #take(wanted: string): string {
    const base = RESERVED.has(wanted) ? `${wanted}Object` : wanted;
    let name = base;
    for (let n = 2; this.#taken.has(name); n++) name = `${base}${n}`;
    this.#taken.add(name);
    return name;
  }

  #hoist(originals: string[]): void {
    const seen = new Map<
      string,
      { schema: Schema; path: string; origin: string; again: boolean }
    >();
    const visit = (schema: Schema, path: string, origin: string, top: boolean) => {
      if (!top && (schema.type === "object" || schema.anyOf)) {
        const shape = canonical(schema);
        if (shape.length <= SMALL || this.#byShape.has(shape)) return;
        const known = seen.get(shape);
        if (known) {
          known.again = true;
          return;
        }
        seen.set(shape, { schema, path, origin, again: false });
      }
      const envelope = envelopeOf(schema);
      if (envelope) return visit(envelope.payload, `${path}Payload`, origin, false);
      for (const [name, value] of Object.entries(schema.properties ?? {})) {
        visit(value, path + pascal(name), origin, false);
      }
      const { additionalProperties: extra, items, anyOf = [], oneOf = [], prefixItems = [] } =
        schema;
      if (typeof extra === "object") visit(extra, `${path}Value`, origin, false);
      if (items) visit(items, `${path}Item`, origin, false);
      for (const member of [...anyOf, ...oneOf, ...prefixItems]) {
        const tag = Object.values(member.properties ?? {}).find((value) =>
          value.enum?.length === 1
        );
        visit(member, path + pascal(String(tag?.enum?.[0] ?? "Option")), origin, false);
      }
    };
    for (const original of originals) {
      visit(
        this.schemas[original]!,
        this.of(original).replace(/^(Sync)?Event(?=.)/, ""),
        original,
        true,
      );
    }
    for (const [shape, { schema, path, origin, again }] of seen) {
      if (!again) continue;
      const name = this.#take(path);
      this.#byShape.set(shape, name);
      this.hoisted.push({ name, schema, origin });
    }
  }
}

/** Names that the client exports for something else. */
const RESERVED = new Set([...Object.keys(errors), "LogLevel"]);

/** A shape of fewer characters is equal by chance, and says more when written out. */
const SMALL = 110;

/** `session.prompt_async` to `SessionPromptAsync`. */
export function pascal(text: string): string {
  return text.split(/[^A-Za-z0-9]+/).map((word) => word.charAt(0).toUpperCase() + word.slice(1))
    .join("");
}

/** `prompt_async` to `promptAsync`. */
export function camel(text: string): string {
  const name = pascal(text);
  return /_/.test(text) ? name.charAt(0).toLowerCase() + name.slice(1) : text;
}

/** A property name, quoted where it must be. */
export function key(name: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
}

/** The frame around an event, where the schema is one. */
export interface Envelope {
  kind: "EventOf" | "DurableOf" | "SyncOf";
  /** The event's type. */
  tag: string;
  payload: Schema;
}

/** Takes an event out of its frame; there are three, and each is written once. */
export function envelopeOf(schema: Schema): Envelope | undefined {
  const { properties = {} } = schema;
  const keys = Object.keys(properties).join();
  const of = (kind: Envelope["kind"], tag: Schema, payload: Schema): Envelope | undefined => {
    const value = tag.enum?.[0];
    if (typeof value !== "string" || tag.enum?.length !== 1) return undefined;
    return { kind, tag: value, payload };
  };
  if (keys === "id,type,properties" && schema.required?.length === 3) {
    return of("EventOf", properties["type"]!, properties["properties"]!);
  }
  if (keys === "id,metadata,type,durable,location,data" && schema.required?.length === 3) {
    return of("DurableOf", properties["type"]!, properties["data"]!);
  }
  const inner = properties["syncEvent"]?.properties;
  if (keys === "type,id,syncEvent" && inner) {
    return of("SyncOf", inner["type"]!, inner["data"]!);
  }
  return undefined;
}

function canonical(schema: Schema): string {
  return JSON.stringify(schema, (name, value) => {
    if (name === "description") return undefined;
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => a < b ? -1 : 1));
  });
}
