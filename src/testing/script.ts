/**
 * What a scripted model says: the steps of a script, and the requests that they answer.
 *
 * @module
 */

import { checkShape, type Shape } from "../text/shape.ts";

/** A call of a tool by the model. */
export interface ScriptedToolCall {
  /** The tool's name. */
  name: string;
  /** Its arguments; a string is sent as it is, also where it is no JSON. */
  input?: unknown;
  /** Its id. @default one of its own for each call */
  id?: string;
}

/** Tokens that the model says it used. */
export interface ScriptedUsage {
  /** All tokens of the request. @default {10} */
  input?: number;
  /** All tokens of the answer. @default {5} */
  output?: number;
  /** Those of the answer that were reasoning. @default {0} */
  reasoning?: number;
  /** Those of the request that came from a cache. @default {0} */
  cached?: number;
}

/** One piece of an answer, in the order in which it is sent. */
export type ScriptPart =
  /** A chunk of text. */
  | { text: string }
  /** A chunk of reasoning. */
  | { reasoning: string }
  /** A call of a tool. */
  | { toolCall: ScriptedToolCall }
  /** A pause in milliseconds. */
  | { delay: number }
  /** A pause until the test lets it go on. */
  | { until: PromiseLike<unknown> }
  /** Bytes put into the stream as they are. */
  | { raw: string };

/** One answer of the model; text alone may stand as a string. */
export interface ScriptStep {
  /** Which requests it answers: a session's id, or a test of the request. @default any */
  when?: string | ((request: ModelRequest) => boolean);
  /** How often it answers. @default {1} */
  times?: number;
  /** The text; an array is sent chunk by chunk. */
  text?: string | readonly string[];
  /** The reasoning before the text, likewise. */
  reasoning?: string | readonly string[];
  /** The calls after the text. */
  toolCalls?: readonly ScriptedToolCall[];
  /** In place of the three: pieces in an order of their own. */
  parts?: readonly ScriptPart[];
  /** A pause before the answer, in milliseconds. @default {0} */
  delay?: number;
  /** A pause before each chunk; text given as one string is sent word by word then. @default {0} */
  chunkDelay?: number;
  /** Why it ends. @default "tool_calls" after a tool call, else "stop" */
  finishReason?: string;
  /** What it says it used. @default 10 tokens in, 5 out */
  usage?: ScriptedUsage;
  /** An HTTP status in place of an answer. */
  status?: number;
  /** Headers of the answer. */
  headers?: Record<string, string>;
  /** The body that goes with `status`: text, or a value for JSON. @default an error object */
  body?: unknown;
  /**
   * How it ends, where it doesn't end well: `"cut"` breaks the connection after the pieces, `"hang"`
   * keeps it open and silent, `"unfinished"` closes it without a finish reason.
   *
   * @default as it should
   */
  ending?: "cut" | "hang" | "unfinished";
}

const STEP: Shape<ScriptStep> = {
  when: "any",
  times: "number",
  text: "any",
  reasoning: "any",
  toolCalls: "list",
  parts: "list",
  delay: "number",
  chunkDelay: "number",
  finishReason: "text",
  usage: "object",
  status: "number",
  headers: "object",
  body: "any",
  ending: ["cut", "hang", "unfinished"],
};

/** A step in full. @throws {InvalidArgumentError} for what is none. */
export function stepOf(step: string | ScriptStep): ScriptStep {
  if (typeof step === "string") return { text: step };
  checkShape("step", step, STEP);
  return step;
}

/** A script as a list: each request takes the first step that is left and fits. */
export type ScriptSteps = readonly (string | ScriptStep)[];

/** A script as a function: called for each request; `undefined` is the end of the script. */
export type ScriptFunction = (
  request: ModelRequest,
) => string | ScriptStep | undefined | PromiseLike<string | ScriptStep | undefined>;

/** What a scripted model says. */
export type Script = ScriptSteps | ScriptFunction;

/** A message of a request, in the form of the chat-completions API. */
export interface ModelMessage {
  /** `"system"`, `"user"`, `"assistant"` or `"tool"`. */
  role: string;
  /** Text, or a list of parts. */
  content?: unknown;
  /** The calls of an assistant's message. */
  tool_calls?: { id: string; function: { name: string; arguments: string } }[];
  /** Which call a tool's message answers. */
  tool_call_id?: string;
}

/** A request that the server sent to the model. */
export interface ModelRequest {
  /** Its number, from 0, among those that the script answers. */
  readonly index: number;
  /** The opencode session. */
  readonly sessionId: string | undefined;
  /** Whether it asks for a title of a session, which the script never sees. */
  readonly isTitle: boolean;
  /** The model's id. */
  readonly model: string;
  /** The system messages' text. */
  readonly system: string;
  /** The text of the last user message. */
  readonly prompt: string;
  /** All messages. */
  readonly messages: readonly ModelMessage[];
  /** What tools gave since the last user message, oldest first. */
  readonly toolResults: readonly { id: string; content: string }[];
  /** The names of the tools that the model may call. */
  readonly toolNames: readonly string[];
  /** The headers, names in lower case, without the key. */
  readonly headers: Readonly<Record<string, string>>;
  /** The whole body. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Aborts when the answer has ended or the server went away. */
  readonly ended: AbortSignal;
}

/** A request as the server sent it. */
export function modelRequest(
  index: number,
  headers: Headers,
  body: Record<string, unknown>,
  ended: AbortSignal,
): ModelRequest {
  const messages = (Array.isArray(body["messages"]) ? body["messages"] : []) as ModelMessage[];
  const tools = (Array.isArray(body["tools"]) ? body["tools"] : []) as {
    function?: { name?: string };
  }[];
  const system = messages.filter(({ role }) => role === "system").map(textOf).join("\n");
  const lastUser = messages.findLastIndex(({ role }) => role === "user");
  const { authorization: _, ...rest } = Object.fromEntries(headers);
  return {
    index,
    sessionId: headers.get("x-session-id") ?? headers.get("x-session-affinity") ?? undefined,
    isTitle: /^\s*You are a title generator/.test(system),
    model: String(body["model"]),
    system,
    prompt: lastUser === -1 ? "" : textOf(messages[lastUser]!),
    messages,
    toolResults: messages.slice(lastUser + 1)
      .filter(({ role }) => role === "tool")
      .map((message) => ({ id: message.tool_call_id ?? "", content: textOf(message) })),
    toolNames: tools.flatMap((tool) => tool.function?.name ?? []),
    headers: rest,
    body,
    ended,
  };
}

function textOf({ content }: ModelMessage): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.flatMap((part) => part?.type === "text" ? String(part.text) : []).join("\n");
}

/** The pieces of a step, in order. */
export function partsOf(step: ScriptStep): ScriptPart[] {
  const pause: ScriptPart[] = step.chunkDelay ? [{ delay: step.chunkDelay }] : [];
  const chunks = (text: string | readonly string[] = []) =>
    typeof text !== "string"
      ? text
      : step.chunkDelay
      ? text.match(/\s*\S+\s*$|\s*\S+|\s+/g) ?? []
      : [text];
  const all: ScriptPart[] = step.parts !== undefined ? [...step.parts] : [
    ...chunks(step.reasoning).map((reasoning) => ({ reasoning })),
    ...chunks(step.text).map((text) => ({ text })),
    ...(step.toolCalls ?? []).map((toolCall) => ({ toolCall })),
  ];
  const spoken = (part: ScriptPart) => !("delay" in part || "until" in part);
  return [
    ...(step.delay ? [{ delay: step.delay }] : []),
    ...all.flatMap((part) => spoken(part) ? [...pause, part] : [part]),
  ];
}
