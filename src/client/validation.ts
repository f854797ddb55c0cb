/**
 * Whether an answer is what the server's own document promises.
 *
 * @module
 */
import { readNotation } from "../api/notation.ts";
import { answers, places, schemas } from "../api/schemas.gen.ts";
import type { ValidateMode } from "../http/options.ts";
import type { JsonSchema } from "../schema/types.ts";
import { validate } from "../schema/validate.ts";

const read = new Map<string, JsonSchema>();

function schemaOf(source: string): JsonSchema {
  let schema = read.get(source);
  if (schema === undefined) read.set(source, schema = readNotation(source) as JsonSchema);
  return schema;
}

function refs(ref: string): JsonSchema | undefined {
  const source = schemas[ref.slice("#/$defs/".length)];
  return source === undefined ? undefined : schemaOf(source);
}

/** How an answer differs from the server's document. */
export interface Difference {
  /** It may quote the answer. */
  readonly message: string;
  /** Where in the answer, as a JSON pointer. */
  readonly path: string;
  /** Where in the server's document, as a JSON pointer. */
  readonly schemaPath: string;
}

/**
 * Compares the answer of an operation with the server's document. Fields and values of a newer server
 * pass unless the mode is `"strict"`.
 *
 * @returns The first difference; `undefined` where there is none, or nothing to compare with.
 */
export function findDifference(
  id: string,
  what: string,
  data: unknown,
  mode: ValidateMode,
): Difference | undefined {
  const source = answers[id];
  if (source === undefined) return undefined;
  const newer = mode === "strict" ? "error" : "allow";
  const [first] = validate(schemaOf(source), data, {
    refs,
    unknownFields: newer,
    unknownEnum: newer,
    maxIssues: 3,
  });
  if (first === undefined) return undefined;
  const schemaPath = pointerOf(id, first.schemaPath);
  const where = first.path === "" ? "the answer" : first.path;
  const message =
    `${what} was answered with what doesn't match the schema (${schemaPath}), at ${where}: ${first.message}`;
  return { message, path: first.path, schemaPath };
}

/** From a place in our table to a place in the server's document. */
function pointerOf(id: string, schemaPath: string): string {
  const [, name, rest = ""] = /^#\/\$defs\/(\w+)(.*)$/s.exec(schemaPath) ?? [];
  if (name === undefined) return `${id}#/responses/200${schemaPath.slice(1)}`;
  return `#/components/schemas/${places[name] ?? name}${rest}`;
}
