/**
 * Your own functions as tools.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";
import { type AnySchema, type InferSchema, resolveSchema } from "../schema/standard.ts";
import type { JsonSchemaObject } from "../schema/types.ts";
import type { Tool, ToolContext } from "./types.ts";

/** What {@linkcode tool} takes. */
export interface ToolSpec<S extends AnySchema> {
  /** Letters, digits, `_` and `-`, at most 48: the server puts a name of its own before it. */
  name: string;
  /** For the model: what it does, when to use it, what it gives. */
  description: string;
  /** Its input: a JSON Schema of type `object`, or such a schema of zod, valibot, arktype, … */
  schema: S;
  /**
   * Does the work. What it returns is handed to the model: a text as it is, content blocks
   * ({@linkcode ContentBlock}) as they are, a {@linkcode ToolOutput}, anything else as JSON. What it
   * throws becomes an error that the model reads.
   */
  run(input: InferSchema<S>, context: ToolContext): unknown;
  /** How long it may run, in milliseconds. @default {300000} */
  timeout?: number;
  /** What permission patterns are matched against. @default {the input as JSON} */
  subjects?(input: InferSchema<S>): string | readonly string[];
}

/**
 * Makes a tool of a function. Its input has the type that the schema says, and is checked against
 * it before the function runs.
 *
 * @param spec The tool.
 * @throws {InvalidArgumentError} Where the name or the schema can't be used.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { tool, ToolExecutor } from "@x/opencode/tools";
 *
 * const add = tool({
 *   name: "add",
 *   description: "Adds two numbers",
 *   schema: {
 *     type: "object",
 *     properties: { a: { type: "number" }, b: { type: "number" } },
 *     required: ["a", "b"],
 *   },
 *   run: ({ a, b }) => a + b,
 * });
 * await using executor = new ToolExecutor({ tools: [add] });
 * assertEquals((await executor.execute("add", { a: 1, b: 2 })).text, "3");
 * ```
 */
export function tool<const S extends AnySchema>(spec: ToolSpec<S>): Tool {
  const { name, description, timeout } = spec;
  if (typeof name !== "string" || !/^[a-zA-Z0-9_-]{1,48}$/.test(name)) {
    throw new InvalidArgumentError(
      `Cannot call a tool ${JSON.stringify(name)}: a name has 1 to 48 letters, digits, "_" and "-"`,
    );
  }
  if (typeof spec.run !== "function") {
    throw new InvalidArgumentError(`Cannot make the tool ${name}: \`run\` is not a function`);
  }
  const schema = resolveSchema(spec.schema);
  return {
    name,
    description: description ?? "",
    inputSchema: objectOnly(name, schema.jsonSchema),
    ...(timeout === undefined ? {} : { timeout }),
    async check(input) {
      const result = await schema.validate(input);
      if (result.issues === undefined) return { ok: true, value: result.value };
      return {
        ok: false,
        issues: result.issues.map(({ path, message }) => path ? `${path}: ${message}` : message),
      };
    },
    subjects(input) {
      const found = spec.subjects?.(input as InferSchema<S>) ?? JSON.stringify(input) ?? "";
      return typeof found === "string" ? [found] : found;
    },
    run: (input, context) => spec.run(input as InferSchema<S>, context),
  };
}

/** The schema without what models have no use for; only objects can be a tool's input. */
function objectOnly(name: string, schema: JsonSchemaObject): JsonSchemaObject {
  const { $schema: _, ...rest } = schema;
  const isObject = rest.type === "object" ||
    (rest.type === undefined && !rest.anyOf && !rest.oneOf);
  if (!isObject) {
    throw new InvalidArgumentError(
      `Cannot make the tool ${name}: the schema of its input must be of type "object"`,
    );
  }
  return { ...rest, type: "object", properties: rest.properties ?? {} };
}
