/**
 * What a tool is, its input and its result.
 *
 * @module
 */

import type { JsonSchemaObject } from "../schema/types.ts";

/** Text for the model. */
export interface TextBlock {
  /** Distinguishes it from a picture. */
  type: "text";
  /** The text. */
  text: string;
}

/** A picture for the model. */
export interface ImageBlock {
  /** Distinguishes it from a text. */
  type: "image";
  /** The bytes, as base64. */
  data: string;
  /** Such as `"image/png"`. */
  mimeType: string;
}

/** One piece of a tool's answer; the shapes are those of the Model Context Protocol. */
export type ContentBlock = TextBlock | ImageBlock;

/** What a tool's `execute` may return. Anything else is handed on as JSON text. */
export interface ToolOutput {
  /** Text, or blocks. */
  content: string | readonly ContentBlock[];
  /** Facts for the program, not for the model. */
  metadata?: Readonly<Record<string, unknown>>;
  /** The tool ran and reports a failure of its own. @default {false} */
  isError?: boolean;
}

/** What a tool's `execute` is given beside its input. */
export interface ToolContext {
  /** Aborts when the caller, the session or the tool's time is up. */
  readonly signal: AbortSignal;
  /** The session that asked, where known. */
  readonly sessionId: string | undefined;
  /** The call's id, where known. */
  readonly callId: string | undefined;
  /**
   * The trace that the call belongs to, as the `traceparent` header of the W3C: pass it on to what
   * the tool calls. `undefined` without `telemetry` or `otlp`.
   */
  readonly traceparent?: string | undefined;
  /** Reports progress, which also resets the client's timeout. */
  progress(message: string): void;
}

/** A tool as the executor holds it; made by {@linkcode tool}. */
export interface Tool {
  /** Letters, digits, `_` and `-`, at most 64. */
  readonly name: string;
  /** For the model: what it does and when to use it. */
  readonly description: string;
  /** The JSON Schema of its input; always of type `object`. */
  readonly inputSchema: JsonSchemaObject;
  /** How long it may run, in milliseconds, where that is not the executor's `timeout`. */
  readonly timeout?: number | undefined;
  /** What is wrong with an input, or the input as `run` wants it. */
  check(input: unknown): InputCheck | Promise<InputCheck>;
  /** What permission patterns are matched against: paths, commands, … */
  subjects?(input: unknown): readonly string[] | Promise<readonly string[]>;
  /** Does the work. */
  execute(input: unknown, context: ToolContext): unknown;
  /** @deprecated Use `execute`. */
  run?(input: unknown, context: ToolContext): unknown;
}

/** The outcome of {@linkcode Tool.check}. */
export type InputCheck =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly issues: readonly string[] };

/** A tool as a model sees it. */
export interface ToolDefinition {
  /** The name. */
  name: string;
  /** What it does. */
  description: string;
  /** The JSON Schema of its input. */
  inputSchema: JsonSchemaObject;
}

/** How a call ended. */
export type ToolStatus =
  /** It ran and succeeded. */
  | "ok"
  /** It ran and failed; the text says how. */
  | "error"
  /** The input does not satisfy the schema; it did not run. */
  | "invalid"
  /** There is no such tool. */
  | "unknown"
  /** A permission, the user or the working directory's boundary said no. */
  | "refused"
  /** The signal ended it. */
  | "aborted"
  /** Its time was up. */
  | "timeout";

/** The result of a call; no outcome is thrown. */
export interface ToolResult {
  /** How it ended. */
  readonly status: ToolStatus;
  /** What the model reads: the text blocks, joined. */
  readonly text: string;
  /** The same as blocks, with pictures. */
  readonly content: readonly ContentBlock[];
  /** Facts for the program, such as `exitCode`, `path`, `matches`. */
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Thrown inside a tool to end the call with a text that the model reads. */
export class ToolFault extends Error {
  /** How the call ends. */
  readonly status: "error" | "invalid" | "refused" | "timeout" | "aborted";
  /** Facts for the program. */
  readonly metadata: Readonly<Record<string, unknown>>;
  override get name(): string {
    return "ToolFault";
  }
  constructor(
    message: string,
    options: {
      status?: "error" | "invalid" | "refused" | "timeout" | "aborted";
      metadata?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
    this.status = options.status ?? "error";
    this.metadata = options.metadata ?? {};
  }
}
