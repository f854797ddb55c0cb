import * as errors from "../../src/errors.ts";
import { canonical, type Document, envelopeOf, pascal, type Schema } from "./document.ts";

/** A shape that stands in several places, and got a name of its own for that. */
export interface Hoisted {
  name: string;
  schema: Schema;
  /** The schema that it was first seen in. */
  origin: string;
  /** Where in the document's schemas, as a JSON pointer. */
  pointer: string;
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
    const seen = new Map<string, Hoisted & { again: boolean }>();
    const visit = (schema: Schema, place: Hoisted) => {
      if (schema.type === "object" || schema.anyOf) {
        const shape = canonical(schema);
        if (shape.length <= SMALL || this.#byShape.has(shape)) return;
        const known = seen.get(shape);
        if (known) {
          known.again = true;
          return;
        }
        seen.set(shape, { ...place, schema, again: false });
      }
      inside(schema, place);
    };
    const inside = (schema: Schema, { name, origin, pointer }: Hoisted) => {
      for (const child of children(schema)) {
        const { suffix, step } = child;
        const place = { name: name + suffix, origin, pointer: `${pointer}/${step}` };
        visit(child.schema, { ...place, schema: child.schema });
      }
    };
    for (const original of originals) {
      const schema = this.schemas[original]!;
      const name = this.of(original).replace(/^(Sync)?Event(?=.)/, "");
      inside(schema, { name, schema, origin: original, pointer: original });
    }
    for (const [shape, { again, ...place }] of seen) {
      if (!again) continue;
      const name = this.#take(place.name);
      this.#byShape.set(shape, name);
      this.hoisted.push({ ...place, name });
    }
  }
}

/** The schemas right inside of one: what their names get, and the steps of a JSON pointer. */
function children(schema: Schema): { schema: Schema; suffix: string; step: string }[] {
  const envelope = envelopeOf(schema);
  if (envelope) {
    const { payload, step } = envelope;
    return [{ schema: payload, suffix: "Payload", step }];
  }
  const found = Object.entries(schema.properties ?? {}).map(([name, value]) => ({
    schema: value,
    suffix: pascal(name),
    step: `properties/${name}`,
  }));
  const { additionalProperties: extra, items } = schema;
  if (typeof extra === "object") {
    found.push({ schema: extra, suffix: "Value", step: "additionalProperties" });
  }
  if (items) found.push({ schema: items, suffix: "Item", step: "items" });
  for (const keyword of ["anyOf", "oneOf", "prefixItems"] as const) {
    schema[keyword]?.forEach((member, index) => {
      const tag = Object.values(member.properties ?? {}).find((value) => value.enum?.length === 1);
      const suffix = pascal(String(tag?.enum?.[0] ?? "Option"));
      found.push({ schema: member, suffix, step: `${keyword}/${index}` });
    });
  }
  return found;
}

/** Names that the client exports for something else. */
const RESERVED = new Set([...Object.keys(errors), "LogLevel"]);

/** A shape of fewer characters is equal by chance, and says more when written out. */
const SMALL = 110;
