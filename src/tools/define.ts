/**
 * Your own functions as tools.
 *
 * @module
 */
import { checkBound } from "../async/timer.ts";
import { checkObject } from "../text/shape.ts";
import { InvalidArgumentError } from "../errors.ts";
import { type AnySchema, type InferSchema, resolveSchema } from "../schema/standard.ts";
import type { JsonSchemaObject } from "../schema/types.ts";
import type { Tool, ToolContext } from "./types.ts";

/** What {@linkcode tool} takes. */
export interface ToolSpec<S extends AnySchema = AnySchema> {
  /** Letters, digits, `_` and `-`, at most 48: the server puts a name of its own before it. */
  name: string;
  /** For the model: what it does, when to use it, what it returns. */
  description: string;
  /** Its input: a JSON Schema of type `object`, or such a schema of zod, valibot, arktype, … */
  inputSchema: S;
  /**
   * Does the work. What it returns is handed to the model: a text as it is, content blocks
   * ({@linkcode ContentBlock}) as they are, a {@linkcode ToolOutput}, anything else as JSON. What it
   * throws becomes an error that the model reads.
   */
  execute(input: InferSchema<S>, context: ToolContext): unknown;
  /** How long it may run, in milliseconds; 0 and Infinity are no bound. @default {300000} */
  timeout?: number;
  /** What permission patterns are matched against. @default {the input as JSON} */
  subjects?(input: InferSchema<S>): string | readonly string[];
}

/**
 * The same under the names of version 0.1.0.
 *
 * @deprecated Use `inputSchema` and `execute`.
 */
export interface LegacyToolSpec<S extends AnySchema = AnySchema>
  extends Omit<ToolSpec<S>, "inputSchema" | "execute"> {
  /** Now `inputSchema`. */
  schema: S;
  /** Now `execute`. */
  run(input: InferSchema<S>, context: ToolContext): unknown;
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
 *   inputSchema: {
 *     type: "object",
 *     properties: { a: { type: "number" }, b: { type: "number" } },
 *     required: ["a", "b"],
 *   },
 *   execute: ({ a, b }) => a + b,
 * });
 * await using executor = new ToolExecutor({ tools: [add] });
 * assertEquals((await executor.execute("add", { a: 1, b: 2 })).text, "3");
 * ```
 */
export function tool<const S extends AnySchema>(spec: ToolSpec<S>): Tool;
/**
 * Makes a tool of a function, given under the names of version 0.1.0.
 *
 * @deprecated Use `inputSchema` and `execute`.
 */
export function tool<const S extends AnySchema>(spec: LegacyToolSpec<S>): Tool;
export function tool(spec: ToolSpec | LegacyToolSpec): Tool {
  checkObject("tool", spec);
  const { name, description, timeout, inputSchema, schema, execute, run } = spec as Partial<
    ToolSpec & LegacyToolSpec
  >;
  if (typeof name !== "string" || !/^[a-zA-Z0-9_-]{1,48}$/.test(name)) {
    throw new InvalidArgumentError(
      `Cannot call a tool ${JSON.stringify(name)}: a name has 1 to 48 letters, digits, "_" and "-"`,
    );
  }
  const work = execute ?? run;
  if (typeof work !== "function") {
    throw new InvalidArgumentError(`Cannot make the tool ${name}: \`execute\` is not a function`);
  }
  const given = inputSchema ?? schema;
  if (given === undefined || given === null) {
    throw new InvalidArgumentError(
      `Cannot make the tool ${name}: \`inputSchema\` is missing; without an input it is { type: "object" }`,
    );
  }
  checkBound("timeout", timeout);
  const resolved = resolveSchema(given);
  const call = (input: unknown, context: ToolContext): unknown =>
    work.call(spec, input as InferSchema<AnySchema>, context);
  return {
    name,
    description: description ?? "",
    inputSchema: objectOnly(name, resolved.jsonSchema),
    ...(timeout === undefined ? {} : { timeout }),
    async check(input) {
      const result = await resolved.validate(input);
      if (result.issues === undefined) return { ok: true, value: result.value };
      return {
        ok: false,
        issues: result.issues.map(({ path, message }) => path ? `${path}: ${message}` : message),
      };
    },
    subjects(input) {
      const found = spec.subjects?.(input as InferSchema<AnySchema>) ?? JSON.stringify(input) ?? "";
      return typeof found === "string" ? [found] : found;
    },
    execute: call,
    run: call,
  };
}

/** A tool, or what {@linkcode tool} makes one of. */
export type AnyTool = Tool | ToolSpec | LegacyToolSpec;

/** The tool that is meant. */
export function asTool(given: AnyTool): Tool {
  if (typeof given !== "object" || given === null) {
    throw new InvalidArgumentError(`Cannot use ${String(given)} as a tool: make one with \`tool\``);
  }
  if (!("check" in given)) return tool(given as ToolSpec);
  const { execute, run } = given as Partial<Tool>;
  const work = execute ?? run;
  if (work) return { ...given, execute: (input, context) => work.call(given, input, context) };
  throw new InvalidArgumentError(`Cannot use the tool ${given.name}: it has no \`execute\``);
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
