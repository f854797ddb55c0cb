/**
 * From what a tool returns or throws to what the model reads.
 *
 * @module
 */
import type { ContentBlock, ToolOutput, ToolResult, ToolStatus } from "./types.ts";
import type { ToolFault } from "./types.ts";
import { abortable, sleep } from "../async/abort.ts";

/** How long a built-in tool may take to clean up after it was told to end, in milliseconds. */
const CLEANUP = 10_000;

/** A result of one text. */
export function failed(
  status: ToolStatus,
  text: string,
  metadata: Readonly<Record<string, unknown>> = {},
): ToolResult {
  return { status, text, content: [{ type: "text", text }], metadata };
}

/** The result that a fault stands for. */
export function fromFault(fault: ToolFault): ToolResult {
  return failed(fault.status, fault.message, fault.metadata);
}

/** The result of what a tool's `run` returned. */
export function fromOutput(output: unknown): ToolResult {
  const { content, metadata, isError } = normal(output);
  const blocks: readonly ContentBlock[] = typeof content === "string"
    ? [{ type: "text", text: content }]
    : content;
  const text = blocks.map((block) => block.type === "text" ? block.text : "").filter((part) =>
    part !== ""
  )
    .join("\n");
  return { status: isError ? "error" : "ok", text, content: blocks, metadata: metadata ?? {} };
}

function normal(output: unknown): ToolOutput {
  if (output === undefined || output === null) return { content: "(no output)" };
  if (typeof output === "string") return { content: output };
  if (isBlocks(output)) return { content: output };
  if (typeof output === "object" && "content" in output) {
    const { content, metadata, isError } = output as ToolOutput;
    const extras = Object.keys(output).filter((key) =>
      !["content", "metadata", "isError"].includes(key)
    );
    if (extras.length === 0 && (typeof content === "string" || isBlocks(content))) {
      return {
        content,
        ...(metadata === undefined ? {} : { metadata }),
        ...(isError === undefined ? {} : { isError }),
      };
    }
  }
  return { content: JSON.stringify(output, jsonValue, 2) ?? String(output) };
}

/** What JSON has no form for, in a form that says something. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Set) return [...value];
  if (value instanceof Error) return describe(value);
  return value;
}

function isBlocks(value: unknown): value is readonly ContentBlock[] {
  return Array.isArray(value) && value.length > 0 &&
    value.every((block) =>
      (block?.type === "text" && typeof block.text === "string") ||
      (block?.type === "image" && typeof block.data === "string" &&
        typeof block.mimeType === "string")
    );
}

/** An error as a model should read it: what, not where in the code. */
export function describe(error: unknown): string {
  if (error instanceof Error) return error.message === "" ? error.name : error.message;
  try {
    return String(error);
  } catch {
    return "The tool threw something that can't be shown";
  }
}

/**
 * Runs a function and follows it until the signal aborts; a built-in tool is given time to clean up
 * (to end processes, to say what it had got) and to end with its own words.
 */
export async function settle<T>(
  run: () => T | Promise<T>,
  signal: AbortSignal,
  builtin: boolean,
): Promise<T> {
  const work = (async () => await run())();
  // It may reject when nothing awaits it any more.
  work.catch(() => {});
  if (!builtin) return await abortable(work, signal);
  const done = new AbortController();
  try {
    return await Promise.race([work, givenUp(signal, done.signal)]);
  } finally {
    done.abort();
  }
}

/** Rejects some time after a signal aborted, unless all is done before. */
function givenUp(signal: AbortSignal, done: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = () => sleep(CLEANUP, done).then(() => reject(signal.reason), () => {});
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    done.addEventListener("abort", () => signal.removeEventListener("abort", onAbort), {
      once: true,
    });
  });
}
