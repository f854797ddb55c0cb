/**
 * Whether an answer is what the server's own document promises.
 *
 * @module
 */
import { readNotation } from "../api/notation.ts";
import { answers, places, schemas } from "../api/schemas.gen.ts";
import { APIResponseValidationError } from "../errors.ts";
import { tell } from "../http/log.ts";
import { mask } from "../http/mask.ts";
import type { ResolvedHttp, ValidateMode } from "../http/options.ts";
import type { JsonSchema } from "../schema/types.ts";
import { type Issue, validate } from "../schema/validate.ts";

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

/**
 * Checks the answer of an operation: throws, or writes to the log where the mode is `"warn"`. Fields
 * and values of a newer server pass unless the mode is `"strict"`.
 *
 * @throws {APIResponseValidationError} With the first difference.
 */
export function checkAnswer(
  http: ResolvedHttp,
  id: string,
  what: string,
  data: unknown,
  mode: ValidateMode,
): void {
  const source = answers[id];
  if (source === undefined || mode === false) return;
  const newer = mode === "strict" ? "error" : "allow";
  const issues = validate(schemaOf(source), data, {
    refs,
    unknownFields: newer,
    unknownEnum: newer,
    maxIssues: 3,
  });
  const [first] = issues;
  if (first === undefined) return;
  const error = errorOf(id, what, first);
  if (mode !== "warn") throw error;
  tell(http, "warn", "Answer breaks the server's document", () => ({ error: error.message }));
}

function errorOf(id: string, what: string, issue: Issue): APIResponseValidationError {
  const schemaPath = pointerOf(id, issue.schemaPath);
  const where = issue.path === "" ? "the answer" : issue.path;
  // The words may quote the value.
  return new APIResponseValidationError(
    mask(
      `${what} was answered with something else than its document (${schemaPath}) says, at ${where}: ${issue.message}`,
    ),
    { path: issue.path, schemaPath },
  );
}

/** From a place in our table to a place in the server's document. */
function pointerOf(id: string, schemaPath: string): string {
  const [, name, rest = ""] = /^#\/\$defs\/(\w+)(.*)$/s.exec(schemaPath) ?? [];
  if (name === undefined) return `${id}#/responses/200${schemaPath.slice(1)}`;
  return `#/components/schemas/${places[name] ?? name}${rest}`;
}
