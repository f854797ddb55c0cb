/**
 * What makes a JSON Schema unusable: told before a model is asked for a value that can't exist.
 *
 * @module
 */
import { atReference } from "./pointer.ts";
import { describe, isObject, show } from "./values.ts";

const TYPES = ["array", "boolean", "integer", "null", "number", "object", "string"];
/** Keywords whose value is a schema. */
const ONE = ["items", "additionalProperties", "not", "contains", "propertyNames", "if", "then"];
/** Keywords whose value is a list of schemas. */
const SOME = ["anyOf", "oneOf", "allOf", "prefixItems"];
/** Keywords whose value has a schema by name. */
const NAMED = ["properties", "patternProperties", "$defs", "definitions"];

/**
 * The first fault of a schema, with the place where it stands; `undefined` where there is none. Looks
 * at what no value could satisfy: names of types, the shape of keywords, references within the schema.
 *
 * @param schema What stands in for a JSON Schema.
 */
export function schemaFault(schema: unknown): string | undefined {
  return new Search(schema).at(schema, "#");
}

class Search {
  readonly #root: unknown;
  readonly #seen = new Set<unknown>();

  constructor(root: unknown) {
    this.#root = root;
  }

  at(schema: unknown, place: string): string | undefined {
    if (typeof schema === "boolean" || this.#seen.has(schema)) return undefined;
    if (!isObject(schema)) return `${place} must be a schema, not ${describe(schema)}`;
    this.#seen.add(schema);
    return this.#own(schema, place) ?? this.#below(schema, place);
  }

  #own(schema: Record<string, unknown>, place: string): string | undefined {
    const { type, required, enum: values, $ref } = schema;
    const types = Array.isArray(type) ? type : [type];
    const unknown = types.find((one) => type !== undefined && !TYPES.includes(one as string));
    if (unknown !== undefined) {
      return `${place}/type has ${show(unknown)}; the types are ${TYPES.join(", ")}`;
    }
    if (required !== undefined && !isListOfText(required)) {
      return `${place}/required must be a list of property names`;
    }
    if (values !== undefined && !Array.isArray(values)) return `${place}/enum must be a list`;
    if (
      typeof $ref === "string" && /^#(\/|$)/.test($ref) &&
      atReference(this.#root, $ref) === undefined
    ) {
      return `${place}/$ref names ${$ref}, which is not in the schema`;
    }
    return undefined;
  }

  #below(schema: Record<string, unknown>, place: string): string | undefined {
    for (const [keyword, value] of Object.entries(schema)) {
      const here = `${place}/${keyword}`;
      let fault: string | undefined;
      if (SOME.includes(keyword) || (keyword === "items" && Array.isArray(value))) {
        if (!Array.isArray(value)) return `${here} must be a list of schemas`;
        fault = this.#each(value, here);
      } else if (NAMED.includes(keyword)) {
        if (!isObject(value)) return `${here} must be an object with a schema for each name`;
        fault = this.#each(value, here);
      } else if (ONE.includes(keyword)) fault = this.at(value, here);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** The first fault of several schemas, by their names or numbers. */
  #each(schemas: object, place: string): string | undefined {
    for (const [name, schema] of Object.entries(schemas)) {
      const fault = this.at(schema, `${place}/${name}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }
}

function isListOfText(value: unknown): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
