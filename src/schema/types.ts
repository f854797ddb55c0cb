/**
 * JSON Schema as TypeScript sees it: the keywords that are checked, and the type that a schema
 * literal describes.
 *
 * @module
 */

/** A JSON Schema: an object of keywords, or `true` (anything) and `false` (nothing). */
export type JsonSchema = boolean | JsonSchemaObject;

/** The names of the JSON types. */
export type JsonTypeName =
  | "string"
  | "number"
  | "integer"
  | "boolean"
  | "null"
  | "object"
  | "array";

/**
 * The keywords of JSON Schema (draft 2020-12) that this package checks. Others may stand beside
 * them (`title`, `format`, `default`, …): they are passed on to the model and not checked.
 */
export interface JsonSchemaObject {
  /** A JSON pointer into the same schema, such as `"#/$defs/name"`. */
  readonly $ref?: string;
  /** Schemas that `$ref` may name. */
  readonly $defs?: { readonly [name: string]: JsonSchema };
  /** The JSON type, or several of which one must be it. */
  readonly type?: JsonTypeName | readonly JsonTypeName[] | (string & Record<never, never>);
  /** The one value allowed. */
  readonly const?: unknown;
  /** The values allowed. */
  readonly enum?: readonly unknown[];
  /** At least one must fit. */
  readonly anyOf?: readonly JsonSchema[];
  /** Exactly one must fit. */
  readonly oneOf?: readonly JsonSchema[];
  /** All must fit. */
  readonly allOf?: readonly JsonSchema[];
  /** This one must not fit. */
  readonly not?: JsonSchema;
  /** The fields' schemas. */
  readonly properties?: { readonly [name: string]: JsonSchema };
  /** The fields that must be there. */
  readonly required?: readonly string[];
  /** For fields that neither `properties` nor `patternProperties` name. */
  readonly additionalProperties?: JsonSchema;
  /** For fields whose names match a regular expression. */
  readonly patternProperties?: { readonly [pattern: string]: JsonSchema };
  /** For the fields' names. */
  readonly propertyNames?: JsonSchema;
  /** The fewest fields. */
  readonly minProperties?: number;
  /** The most fields. */
  readonly maxProperties?: number;
  /** For the items after `prefixItems`. */
  readonly items?: JsonSchema;
  /** For the first items, one by one. */
  readonly prefixItems?: readonly JsonSchema[];
  /** The fewest items. */
  readonly minItems?: number;
  /** The most items. */
  readonly maxItems?: number;
  /** Whether no two items may be the same. */
  readonly uniqueItems?: boolean;
  /** A regular expression that must match somewhere in the text. */
  readonly pattern?: string;
  /** The fewest characters. */
  readonly minLength?: number;
  /** The most characters. */
  readonly maxLength?: number;
  /** The least number. */
  readonly minimum?: number;
  /** The greatest number. */
  readonly maximum?: number;
  /** A number that must be exceeded. */
  readonly exclusiveMinimum?: number;
  /** A number that must not be reached. */
  readonly exclusiveMaximum?: number;
  /** A number of which it must be a multiple. */
  readonly multipleOf?: number;
  /** What it means, for the model. */
  readonly description?: string;
  /** Keywords that are passed on and not checked. */
  readonly [keyword: string]: unknown;
}

/**
 * The type of the values that a JSON Schema literal describes; write the literal `as const`, or pass
 * it to a function with a `const` type parameter. What it can't tell is `unknown`.
 *
 * @example
 * ```ts
 * import type { FromSchema } from "./types.ts";
 *
 * const schema = {
 *   type: "object",
 *   properties: { name: { type: "string" }, age: { type: "integer" } },
 *   required: ["name"],
 * } as const;
 * const person: FromSchema<typeof schema> = { name: "Ada" };
 * ```
 */
export type FromSchema<S> = S extends boolean ? (S extends false ? never : unknown)
  : S extends { readonly const: infer C } ? C
  : S extends { readonly enum: readonly (infer E)[] } ? E
  : S extends { readonly anyOf: readonly (infer B)[] } ? FromSchema<B>
  : S extends { readonly oneOf: readonly (infer B)[] } ? FromSchema<B>
  : S extends { readonly type: readonly (infer U)[] }
    ? (U extends unknown ? FromSchema<Omit<S, "type"> & { readonly type: U }> : never)
  : S extends { readonly type: "string" } ? string
  : S extends { readonly type: "number" | "integer" } ? number
  : S extends { readonly type: "boolean" } ? boolean
  : S extends { readonly type: "null" } ? null
  : S extends { readonly type: "array"; readonly prefixItems: infer P extends readonly unknown[] }
    ? [
      ...{ -readonly [K in keyof P]: FromSchema<P[K]> },
      ...(S extends { readonly items: infer I } ? (I extends false ? [] : FromSchema<I>[])
        : unknown[]),
    ]
  : S extends { readonly type: "array"; readonly items: infer I } ? FromSchema<I>[]
  : S extends { readonly type: "array" } ? unknown[]
  : S extends { readonly type: "object"; readonly properties: infer P } ? (
      & {
        -readonly [
          K in keyof P as K extends
            (S extends { readonly required: readonly (infer R)[] } ? R : never) ? K
            : never
        ]: FromSchema<P[K]>;
      }
      & {
        -readonly [
          K in keyof P as K extends
            (S extends { readonly required: readonly (infer R)[] } ? R : never) ? never
            : K
        ]?: FromSchema<P[K]>;
      }
    ) extends infer O ? { [K in keyof O]: O[K] } : never
  : S extends { readonly type: "object"; readonly additionalProperties: infer A }
    ? { [name: string]: FromSchema<A> }
  : S extends { readonly type: "object" } ? { [name: string]: unknown }
  : unknown;
