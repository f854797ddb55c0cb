/**
 * What flags name beside the prompt: read and checked before anything is started.
 *
 * @module
 */
import { InvalidArgumentError, OpencodeError } from "../../errors.ts";
import { host } from "../../runtime/host.ts";
import { dirname, resolve } from "../../runtime/path.ts";
import { schemaFault } from "../../schema/fault.ts";
import type { Args } from "../args.ts";
import type { Io } from "../io.ts";
import { toolRules } from "../permissions.ts";
import { FIRST_BYTE, readAll, readFile, textOrFile } from "../prompt.ts";

/** What was read. */
export interface Given {
  system?: string;
  append?: string;
  schema?: Record<string, unknown>;
}

/** What {@linkcode readGiven} takes. */
export interface GivenOptions {
  args: Args;
  io: Io;
  signal: AbortSignal;
  /** Tells the user something. */
  notice(text: string): void;
}

/**
 * Reads what the flags name.
 *
 * @throws {InvalidArgumentError} for what can't be read, or written at the end.
 */
export async function readGiven({ args, io, signal, notice }: GivenOptions): Promise<Given> {
  const given: Given = {};
  toolRules(args.allowedTools, "allowed-tools", "allow"); // a typo is told before anything starts
  toolRules(args.disallowedTools, "disallowed-tools", "deny");
  if (args.output !== undefined) await checkOutput(args.output, io);
  if (args.system !== undefined) given.system = await textOrFile("system", args.system, io);
  if (args.appendSystemPrompt !== undefined) {
    given.append = await textOrFile("append-system-prompt", args.appendSystemPrompt, io);
  }
  if (args.jsonSchema !== undefined) {
    given.schema = await readSchema(args.jsonSchema, { io, signal, notice });
  }
  return given;
}

/** A JSON Schema from a file, from standard input, or as it stands. */
async function readSchema(
  value: string,
  { io, signal, notice }: Omit<GivenOptions, "args">,
): Promise<Record<string, unknown>> {
  const inline = value.trimStart().startsWith("{");
  const name = inline ? "the text given" : value === "-" ? "standard input" : value;
  const text = inline
    ? value
    : value === "-"
    ? await typedSchema(io, signal, notice)
    : await readFile("json-schema", value, io);
  let schema: unknown;
  try {
    schema = JSON.parse(text);
  } catch (cause) {
    throw unusable(`${name} ${text.trim() === "" ? "is empty" : "is not JSON"}`, cause);
  }
  if (typeof schema !== "object" || schema === null || Array.isArray(schema)) {
    throw unusable(`${name} is no JSON object`);
  }
  const fault = schemaFault(schema);
  if (fault !== undefined) throw unusable(`${name}: ${fault}`);
  return schema as Record<string, unknown>;
}

function unusable(why: string, cause?: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    `Cannot use --json-schema: ${why}; give a file with a JSON Schema, - for standard input, or the schema itself`,
    cause === undefined ? {} : { cause },
  );
}

async function typedSchema(io: Io, signal: AbortSignal, notice: (text: string) => void) {
  const tell = setTimeout(
    () => notice("Waiting for the schema on standard input; Ctrl-C ends this"),
    io.inIsTerminal ? 0 : FIRST_BYTE,
  );
  try {
    return await readAll(io, signal) ?? "";
  } finally {
    clearTimeout(tell);
  }
}

/**
 * A place that can't be written is told before an answer is paid for.
 *
 * @throws {InvalidArgumentError} for such a place.
 */
export async function checkOutput(path: string, io: Io): Promise<void> {
  const { files } = host();
  if (path === "-") throw noPlace(path, "the answer goes to standard output anyway: give a file");
  const whole = resolve(io.cwd(), path);
  const there = await files.stat(whole).catch(() => undefined);
  if (there?.isDirectory) throw noPlace(path, "it is a directory");
  if (there) return;
  const folder = dirname(whole);
  const above = await files.stat(folder).catch(() => undefined);
  if (!above?.isDirectory) throw noPlace(path, `there is no directory ${folder}`);
}

function noPlace(path: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(`Cannot write to ${path} (--output): ${why}`);
}

/**
 * Writes an answer to the file of `--output`.
 *
 * @throws {OpencodeError} where that fails.
 */
export async function writeAnswer(path: string, text: string, io: Io): Promise<void> {
  try {
    const whole = text.endsWith("\n") ? text : `${text}\n`;
    await host().files.writeText(resolve(io.cwd(), path), whole);
  } catch (cause) {
    const { message } = cause as Error;
    throw new OpencodeError(`Cannot write the answer to ${path}: ${message}`, { cause });
  }
}
