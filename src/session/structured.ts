/**
 * Answers as data: asked for, checked, asked for again.
 *
 * Server 1.18.33 offers the schema to the model as a tool that it must call, but it neither checks
 * what comes nor asks again, and the session's messages can't be listed afterwards. All three are
 * made good here.
 *
 * @module
 */
import { APIError, StructuredOutputError, TurnError } from "../errors.ts";
import { type AnySchema, type InferSchema, resolveSchema } from "../schema/standard.ts";
import type { Usage } from "./events.ts";
import type { PromptOptions } from "./options.ts";
import { Reply } from "./reply.ts";

/** What `object` takes beside everything that a prompt takes. */
export interface ObjectOptions<S extends AnySchema> extends Omit<PromptOptions, "format"> {
  /** A JSON Schema, or a schema of a library that carries one: zod, valibot, arktype. */
  schema: S;
  /** How often the model may try again after a value that doesn't match the schema. @default {2} */
  maxRepairs?: number;
  /** @deprecated Use `maxRepairs`. */
  retryCount?: number;
  /**
   * How the value is asked for: as the server's tool call, or as JSON in the text. `"auto"` begins
   * with the tool, and takes the text where the model can't be made to call it. @default {"auto"}
   */
  by?: "auto" | "tool" | "text";
}

/** What is changed in the options of a prompt for each try. */
type Changed = Pick<PromptOptions, "files" | "system" | "format">;

/** What is wanted, and how often it may be asked for. */
export type Wish<S extends AnySchema> = Pick<
  ObjectOptions<S>,
  "schema" | "maxRepairs" | "retryCount" | "by"
>;

/**
 * Asks until a value satisfies the schema or the tries are used up.
 *
 * @throws {StructuredOutputError} where none did; `issues` says what the last one breaks.
 */
export async function askForObject<const S extends AnySchema, O extends Changed>(
  send: (text: string, options: O) => Promise<Reply>,
  prompt: string,
  wish: Wish<S>,
  options: O,
): Promise<{ value: InferSchema<S>; reply: Reply }> {
  const { schema, retryCount = 2, maxRepairs = retryCount, by = "auto" } = wish;
  const { jsonSchema, validate } = resolveSchema(schema);
  let way: "tool" | "text" = by === "text" ? "text" : "tool";
  let text = prompt;
  let { files } = options;
  const tries: Reply[] = [];
  for (let failures = 0;;) {
    const more: Changed = way === "tool"
      ? { format: { type: "json_schema", schema: jsonSchema as Record<string, never> } }
      : { system: [options.system, instruction(jsonSchema)].filter(Boolean).join("\n\n") };
    const attempt: O = { ...options, ...more };
    if (files === undefined) delete attempt.files;
    if (more.format === undefined) delete attempt.format;
    const reply = await send(text, attempt).catch((error) => {
      if (way === "tool" && by === "auto" && cannotCall(error)) return undefined;
      throw error;
    });
    if (reply === undefined) {
      way = "text"; // not a try: the model was never able to
      continue;
    }
    tries.push(reply);
    const given = way === "tool" ? { value: reply.structured } : jsonIn(reply.text);
    const result = given === undefined
      ? { issues: [{ path: "", schemaPath: "", message: "There is no JSON value in the answer" }] }
      : await validate(given.value);
    if (result.issues === undefined) {
      const { value } = result;
      return { value, reply: withStructured(tries, value, way) };
    }
    const issues = result.issues.map(({ path, message }) => path ? `${path}: ${message}` : message);
    if (++failures > maxRepairs) {
      throw new StructuredOutputError(
        `The model returned no value that satisfies the schema in ${failures} ${
          failures === 1 ? "try" : "tries"
        }: ${issues.join("; ")}`,
        { issues, text: reply.text, sessionId: reply.sessionId },
      );
    }
    text = `That value breaks the schema:\n${
      issues.map((issue) => `- ${issue}`).join("\n")
    }\nGive the whole value again, corrected.`;
    files = undefined; // the conversation has them already
  }
}

/** The last reply with the checked value, its JSON as the text, and what all tries took. */
function withStructured(tries: readonly Reply[], value: unknown, by: "tool" | "text"): Reply {
  const usage: Usage = { input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 };
  for (const one of tries) {
    for (const key of Object.keys(usage) as (keyof Usage)[]) usage[key] += one.usage[key];
  }
  return new Reply({
    ...tries.at(-1)!,
    text: JSON.stringify(value),
    structured: value,
    structuredBy: by,
    usage,
    cost: tries.reduce((sum, { cost }) => sum + cost, 0),
    steps: tries.reduce((sum, { steps }) => sum + steps, 0),
    events: tries.flatMap(({ events }) => events),
  });
}

/** The model wrote text instead of the call, or its provider refuses a call that must be made. */
function cannotCall(error: unknown): boolean {
  if (!(error instanceof TurnError) || error instanceof APIError) return false;
  if (error.serverName === "StructuredOutputError") return true;
  return error.status === 400 && /tool_choice|tool choice/i.test(error.message);
}

function instruction(schema: object): string {
  return `Answer with one JSON value that satisfies this JSON Schema, and with nothing else: no prose before or after it, no code fence.\n${
    JSON.stringify(schema)
  }`;
}

/** The JSON value in a text: all of it, what a code fence holds, or the outermost braces. */
function jsonIn(text: string): { value: unknown } | undefined {
  const fenced = /```(?:json)?\s*\n([\s\S]*?)\n\s*```/i.exec(text)?.[1];
  const braces = text.slice(text.indexOf("{"), text.lastIndexOf("}") + 1);
  const brackets = text.slice(text.indexOf("["), text.lastIndexOf("]") + 1);
  for (const candidate of [text, fenced, braces, brackets]) {
    if (candidate === undefined || candidate.trim() === "") continue;
    try {
      return { value: JSON.parse(candidate) };
    } catch { /* the next one */ }
  }
  return undefined;
}
