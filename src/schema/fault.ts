/**
 * What makes a JSON Schema unusable: told before a model is asked for a value that can't exist.
 *
 * @module
 */
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
    if (required !== undefined && !isListOf(required, "string")) {
      return `${place}/required must be a list of property names`;
    }
    if (values !== undefined && !Array.isArray(values)) return `${place}/enum must be a list`;
    if (typeof $ref === "string" && /^#(\/|$)/.test($ref) && !this.#resolves($ref)) {
      return `${place}/$ref names ${$ref}, which is not in the schema`;
    }
    return undefined;
  }

  #below(schema: Record<string, unknown>, place: string): string | undefined {
    for (const [keyword, value] of Object.entries(schema)) {
      const here = `${place}/${keyword}`;
      let fault: string | undefined;
      if (SOME.includes(keyword)) {
        if (!Array.isArray(value)) return `${here} must be a list of schemas`;
        fault = first(value.map((one, index) => [index, one]), (one, at) => this.at(one, at), here);
      } else if (NAMED.includes(keyword)) {
        if (!isObject(value)) return `${here} must be an object with a schema for each name`;
        fault = first(Object.entries(value), (one, at) => this.at(one, at), here);
      } else if (keyword === "items" && Array.isArray(value)) {
        fault = first(value.map((one, index) => [index, one]), (one, at) => this.at(one, at), here);
      } else if (ONE.includes(keyword)) fault = this.at(value, here);
      if (fault !== undefined) return fault;
    }
    return undefined;
  }

  /** Whether a pointer such as `#/$defs/name` leads somewhere. */
  #resolves(ref: string): boolean {
    let value: unknown = this.#root;
    for (const step of ref.split("/").slice(1)) {
      let name = step;
      try {
        name = decodeURIComponent(step);
      } catch { /* taken as it stands */ }
      name = name.replaceAll("~1", "/").replaceAll("~0", "~");
      if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return false;
      value = (value as Record<string, unknown>)[name];
    }
    return true;
  }
}

function first(
  entries: readonly (readonly [string | number, unknown])[],
  look: (value: unknown, place: string) => string | undefined,
  place: string,
): string | undefined {
  for (const [name, value] of entries) {
    const fault = look(value, `${place}/${name}`);
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function isListOf(value: unknown, type: "string"): boolean {
  return Array.isArray(value) && value.every((one) => typeof one === type);
}
