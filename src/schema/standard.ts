/**
 * Two ways to say what a value should be, as one: a JSON Schema, or the schema of a library that
 * implements Standard Schema (zod, valibot, arktype, …).
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import type { Issue } from "./issues.ts";
import type { FromSchema, JsonSchema, JsonSchemaObject } from "./types.ts";
import { schemaFault } from "./fault.ts";
import { isObject } from "./values.ts";

/** What Standard Schema v1 asks of a schema (standardschema.dev), as far as it is used here. */
export interface StandardSchema<Input = unknown, Output = Input> {
  /** The entry that every such schema has. */
  readonly "~standard": {
    readonly version: 1;
    /** The library's name. */
    readonly vendor: string;
    /** Checks a value and returns what it becomes. */
    readonly validate: (
      value: unknown,
    ) => StandardResult<Output> | Promise<StandardResult<Output>>;
    /** For the compiler alone. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined;
    /** Standard JSON Schema: the same as a JSON Schema. */
    readonly jsonSchema?: {
      readonly input: (options: { readonly target: "draft-2020-12" }) => Record<string, unknown>;
    };
  };
}

/** The result of a Standard Schema's check. */
export type StandardResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly StandardIssue[] };

/** Something wrong, in the words of a Standard Schema. */
export interface StandardIssue {
  /** What is wrong. */
  readonly message: string;
  /** Where, as keys from the outside in. */
  readonly path?: readonly (PropertyKey | { readonly key: PropertyKey })[] | undefined;
}

/** Everything that may stand where a schema is asked for. */
export type AnySchema = JsonSchema | StandardSchema;

/** The type of the values that a JSON Schema literal or a Standard Schema lets through. */
export type InferSchema<S> = S extends
  { readonly "~standard": { readonly types?: { readonly output: infer Output } | undefined } }
  ? Output
  : FromSchema<S>;

/** The result of a check: the value, or what is wrong. */
export type CheckResult<T> =
  | { readonly value: T; readonly issues?: undefined }
  | { readonly issues: readonly Issue[] };

/** A schema ready for use: one face for both kinds. */
export interface ResolvedSchema<T> {
  /** For the model: a JSON Schema of draft 2020-12. */
  readonly jsonSchema: JsonSchemaObject;
  /** Checks a value. A Standard Schema may also change it (defaults, transforms). */
  validate(value: unknown): Promise<CheckResult<T>>;
}

/**
 * Makes one face of a JSON Schema or a Standard Schema.
 *
 * The JSON Schema of a Standard Schema comes from `~standard.jsonSchema` (zod 4.2, arktype 2.2,
 * valibot's `toStandardJsonSchema`), or from the schema's own `toJSONSchema` or `toJsonSchema`.
 *
 * @throws {InvalidArgumentError} It is neither, or it can't return a JSON Schema.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { resolveSchema } from "./standard.ts";
 *
 * const schema = resolveSchema({ type: "object", properties: { n: { type: "number" } } });
 * assertEquals(await schema.validate({ n: 1 }), { value: { n: 1 } });
 * ```
 */
export function resolveSchema<const S extends AnySchema>(
  schema: S,
): ResolvedSchema<InferSchema<S>> {
  if (isStandardSchema(schema)) return fromStandard(schema) as ResolvedSchema<InferSchema<S>>;
  const jsonSchema: unknown = schema === true ? {} : schema === false ? { not: {} } : schema;
  if (!isObject(jsonSchema)) {
    throw new InvalidArgumentError(
      "Cannot use this as a schema: pass a JSON Schema object, or a schema of a library that " +
        "implements Standard Schema, such as zod",
    );
  }
  const fault = schemaFault(jsonSchema);
  if (fault !== undefined) throw new InvalidArgumentError(`Invalid schema: ${fault}`);
  return {
    jsonSchema,
    async validate(value) {
      const { validate } = await import("./validate.ts"); // not before there is a value to check
      const issues = validate(jsonSchema, value);
      return issues.length > 0 ? { issues } : { value: value as InferSchema<S> };
    },
  };
}

/** Whether something is a Standard Schema; arktype's are functions. */
export function isStandardSchema(schema: unknown): schema is StandardSchema {
  if ((typeof schema !== "object" && typeof schema !== "function") || schema === null) return false;
  const standard = (schema as Partial<StandardSchema>)["~standard"];
  return isObject(standard) && typeof standard.validate === "function";
}

function fromStandard(schema: StandardSchema): ResolvedSchema<unknown> {
  return {
    jsonSchema: jsonSchemaOf(schema),
    async validate(value) {
      const result = await schema["~standard"].validate(value);
      if (result.issues === undefined) return { value: result.value };
      return { issues: result.issues.map(issueOf) };
    },
  };
}

function jsonSchemaOf(schema: StandardSchema): JsonSchemaObject {
  const { vendor, jsonSchema } = schema["~standard"];
  const own = schema as { toJSONSchema?: unknown; toJsonSchema?: unknown };
  let cause: unknown;
  const ways: (() => unknown)[] = [];
  if (jsonSchema !== undefined) ways.push(() => jsonSchema.input({ target: "draft-2020-12" }));
  if (typeof own.toJSONSchema === "function") {
    ways.push(() => call(own.toJSONSchema, schema, { io: "input" }));
  }
  if (typeof own.toJsonSchema === "function") ways.push(() => call(own.toJsonSchema, schema));
  for (const way of ways) {
    try {
      const found = way();
      if (isObject(found)) return found;
    } catch (error) {
      cause ??= error;
    }
  }
  const name = typeof vendor === "string" ? vendor : "unknown";
  if (cause !== undefined) {
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidArgumentError(
      `Cannot turn the ${name} schema into a JSON Schema: ${words}. Use only types that JSON has`,
      { cause },
    );
  }
  throw new InvalidArgumentError(
    `Cannot turn the ${name} schema into a JSON Schema: it has none. ${ADVICE[name] ?? OTHER}`,
  );
}

const OTHER =
  "Use a version of the library that implements Standard JSON Schema, or pass a JSON Schema";

const ADVICE: Record<string, string> = {
  valibot: "Wrap it in toStandardJsonSchema of @valibot/to-json-schema",
  zod: "Use zod 4.2 or later",
  arktype: "Use arktype 2.2 or later",
};

function call(method: unknown, self: unknown, ...args: unknown[]): unknown {
  return (method as (...args: unknown[]) => unknown).apply(self, args);
}

function issueOf({ message, path = [] }: StandardIssue): Issue {
  const names = path.map((part) => String(typeof part === "object" ? part.key : part));
  const escaped = names.map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
  return { path: escaped.join(""), schemaPath: "#", message };
}
