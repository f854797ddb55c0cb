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
  readonly $defs?: { readonly [name: string]: JsonSchema };
  readonly type?: JsonTypeName | readonly JsonTypeName[] | (string & Record<never, never>);
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly not?: JsonSchema;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: JsonSchema;
  readonly patternProperties?: { readonly [pattern: string]: JsonSchema };
  readonly propertyNames?: JsonSchema;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly items?: JsonSchema;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly maxItems?: number;
  readonly uniqueItems?: boolean;
  readonly pattern?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly multipleOf?: number;
  readonly description?: string;
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
  : S extends { readonly type: infer T } ? FromType<S, T>
  : unknown;

/** The type for one name, or a list of names, under `type`. */
export type FromType<S, T> = T extends readonly (infer U)[] ? FromType<S, U>
  : T extends "string" ? string
  : T extends "number" | "integer" ? number
  : T extends "boolean" ? boolean
  : T extends "null" ? null
  : T extends "array" ? FromArray<S>
  : T extends "object" ? FromObject<S>
  : unknown;

/** The type of an array: a tuple where there are `prefixItems`. */
export type FromArray<S> = S extends { readonly prefixItems: infer P extends readonly unknown[] }
  ? S extends { readonly items: false } ? FromTuple<P> : [...FromTuple<P>, ...FromItems<S>[]]
  : FromItems<S>[];

/** The types of `prefixItems`, one by one. */
export type FromTuple<P extends readonly unknown[]> = {
  -readonly [K in keyof P]: FromSchema<P[K]>;
};

/** The type of the items after the `prefixItems`. */
export type FromItems<S> = S extends { readonly items: infer I } ? FromSchema<I> : unknown;

/** The type of an object: its properties, those not `required` optional. */
export type FromObject<S> = S extends { readonly properties: infer P } ? Flat<
    & { -readonly [K in keyof P as K extends RequiredOf<S> ? K : never]: FromSchema<P[K]> }
    & { -readonly [K in keyof P as K extends RequiredOf<S> ? never : K]?: FromSchema<P[K]> }
  >
  : S extends { readonly additionalProperties: infer A } ? { [name: string]: FromSchema<A> }
  : { [name: string]: unknown };

/** The names under `required`. */
export type RequiredOf<S> = S extends { readonly required: readonly (infer R)[] } ? R : never;

/** An intersection as one object type, which editors show whole. */
export type Flat<T> = { [K in keyof T]: T[K] };
