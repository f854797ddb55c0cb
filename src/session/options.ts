/**
 * What a prompt takes, and what it means to the server.
 *
 * @module
 */
import type { RewindOptions } from "./rewind.ts";
import type { TranscriptOptions } from "./transcript.ts";
import { InvalidArgumentError } from "../errors.ts";
import { checkObject, checkShape, type Shape } from "../text/shape.ts";
import type { CallOptions } from "../http/options.ts";
import type { OutputFormat, OutputFormatJsonSchema, OutputFormatText } from "../api/types.gen.ts";
import type { ModelRef } from "../dialect/sessions.ts";
import type { ToolsInput } from "../tools/executor.ts";
import type { Permissions } from "../permissions/restrict.ts";
import type { Attachment } from "./attachments.ts";
import type { PermissionHandler, QuestionHandler } from "./requests.ts";

/** Bounds of a turn; the server has none. Each ends the turn on the server, with a typed error. */
export interface TurnLimits {
  /** The whole turn, in milliseconds; `Infinity` for none. @default {3_600_000} */
  timeout?: number;
  /**
   * Without any event of this turn, in milliseconds. A running tool and a permission that waits for
   * its answer count as activity, the server's heartbeat doesn't. @default {300_000}
   */
  idleTimeout?: number;
  /** How often the provider may fail before the turn does; the server would try for ever. @default {4} */
  maxProviderRetries?: number;
  /** Rounds of the model. @default {100} */
  maxSteps?: number;
  /** Rounds of the model in which it calls tools; 25 where `tools` are given. @default {Infinity} */
  maxToolRounds?: number;
  /** US dollars, as the server computes them. @default {Infinity} */
  maxCost?: number;
  /** Tokens of prompts and answers together, cache reads not counted. @default {Infinity} */
  maxTokens?: number;
}

/** How the answer is to look: text, or a JSON value by a schema. */
export type Format = OutputFormat;

/** What every prompt takes. */
export interface PromptOptions extends TurnLimits {
  /** `"provider/model"`; else the session's, else the server's default. */
  model?: string;
  /** The agent: `"build"`, `"plan"` or one of your own. */
  agent?: string;
  /**
   * Added to the system prompt: the server puts it after the agent's own and never in its place
   * (server 1.18.33). To replace that, give the agent a `prompt` in `config`.
   */
  system?: string;
  /** The same under the name that says it; with `system` it comes after that. */
  appendSystemPrompt?: string;
  /** The model's variant, such as an effort. */
  variant?: string;
  /** Paths, addresses, bytes or blobs that go with the prompt. */
  files?: readonly Attachment[];
  /** Names of agents to hand work to. */
  agents?: readonly string[];
  /**
   * Tools that run in this process: an executor, or a list such as `[weather]` of what `tool` makes.
   * The server's own of the same names are hidden for this turn.
   */
  tools?: ToolsInput;
  /** Switches the server's own tools on or off, from now on in this session. */
  serverTools?: Record<string, boolean>;
  /** The form of the answer. */
  format?: Format;
  /**
   * What the server's own tools may do: `"default"` follows the user's opencode rules, which allow
   * most; `"readonly"` lets tools read and nothing else; `"ask"` asks `onPermission`, or the terminal,
   * about every call; `"allow"` also answers what the rules ask; `"deny"` refuses every call. What the
   * user's rules deny stays denied. @default {"ask" where `onPermission` is given, else "default"}
   */
  permissions?: Permissions;
  /**
   * Answers the server's permission requests. It is asked about every call of the server's tools,
   * unless `permissions` says otherwise. Without one, what the rules ask is refused with a reason.
   */
  onPermission?: PermissionHandler;
  /** Answers the agent's questions. Without one, the agent is instructed to decide alone. */
  onQuestion?: QuestionHandler;
  /** How long a handler may take, in milliseconds, before the answer is no. @default {600_000} */
  answerTimeout?: number;
  /** Keep all events in the reply. @default {false} */
  collect?: boolean;
  /** Ends the turn, here and on the server; the reply rejects with its reason. */
  signal?: AbortSignal;
}

/** What `stream` takes: the model has one try at a `format`, and its value is not checked. */
export interface StreamOptions extends Omit<PromptOptions, "format"> {
  /** The form of the answer. */
  format?: OutputFormatText | Omit<OutputFormatJsonSchema, "retryCount">;
}

/** What a command takes: all that a prompt takes, but for what the server has no place for there. */
export type CommandOptions = Omit<
  PromptOptions,
  "system" | "appendSystemPrompt" | "agents" | "serverTools" | "format"
>;

/** Which messages. */
export interface MessagesOptions {
  /** How many to ask for at a time. @default {100} */
  pageSize?: number;
  /** Cuts it short. */
  signal?: AbortSignal;
}

/** What `fork` takes. */
export interface ForkOptions extends CallOptions {
  /** The first message that the new session does not have. @default {it has all} */
  messageId?: string;
  /** @deprecated Use `messageId`. */
  messageID?: string;
}

/** What `revert` takes. */
export interface RevertOptions extends CallOptions {
  /** A part of the message, where not all of it is taken back. */
  partId?: string;
  /** @deprecated Use `partId`. */
  partID?: string;
}

/** What the server has no place for in a command. */
export const NOT_FOR_COMMANDS = Object.keys(
  {
    system: 0,
    agents: 0,
    serverTools: 0,
    format: 0,
  } satisfies Record<NotForCommands, 0>,
) as NotForCommands[];

/** Once resolved: `appendSystemPrompt` is a part of `system` then. */
type NotForCommands = Exclude<keyof PromptOptions, keyof CommandOptions | "appendSystemPrompt">;

/**
 * Splits `"provider/model"`; the model's own name may hold further slashes.
 *
 * @throws {InvalidArgumentError} where it has no slash, or nothing before or after it.
 */
export function parseModel(model: string): ModelRef {
  const slash = model.indexOf("/");
  if (slash <= 0 || slash === model.length - 1) {
    throw new InvalidArgumentError(
      `Cannot use "${model}" as a model: write it as "provider/model", such as "anthropic/claude-sonnet-4"`,
    );
  }
  return { providerID: model.slice(0, slash), modelID: model.slice(slash + 1) };
}

const CALL: Shape<CallOptions> = {
  signal: "signal",
  timeout: "any",
  maxRetries: "any",
  headers: "object",
  query: "object",
  validate: "any",
};

const SHAPES = {
  messages: { pageSize: "number", signal: "signal" } satisfies Shape<MessagesOptions>,
  transcript: {
    ...CALL,
    format: ["markdown", "json"],
    reasoning: "flag",
    tools: "flag",
  } satisfies Shape<CallOptions & TranscriptOptions>,
  fork: { ...CALL, messageId: "text", messageID: "text" } satisfies Shape<ForkOptions>,
  revert: { ...CALL, partId: "text", partID: "text" } satisfies Shape<RevertOptions>,
  rewind: {
    ...CALL,
    files: "flag",
    conversation: "flag",
    dryRun: "flag",
  } satisfies Shape<RewindOptions>,
} as const;

/** The options of a method, checked. @throws {InvalidArgumentError} where one can't be used. */
export function checked<T extends object>(what: keyof typeof SHAPES, options: T): T {
  checkShape(what, options, SHAPES[what]);
  return options;
}

/** The options of a prompt. @throws {InvalidArgumentError} where that is no object. */
export function promptOptions<T extends object>(options: T): T {
  checkObject("prompt", options);
  return options;
}

/** Refuses a prompt without any content. */
export function checkPrompt(text: string, hasFiles: boolean): void {
  if (typeof text !== "string") {
    throw new InvalidArgumentError(`Cannot send a prompt of type ${typeof text}: give a string`);
  }
  if (text.trim() === "" && !hasFiles) {
    throw new InvalidArgumentError("Cannot send an empty prompt: give some text");
  }
}

/** The options without those that are `undefined`, so that defaults show through. */
export function defined<T extends object>(options: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}

/** Without `undefined`: what may be missing is optional, what can't be stays required. */
export type Defined<T> =
  & { [K in keyof T as undefined extends T[K] ? never : K]: T[K] }
  & { [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined> };

/** Whether a format asks for data. */
export function wantsData(
  format: OutputFormat | undefined,
): format is Extract<OutputFormat, { type: "json_schema" }> {
  return format?.type === "json_schema";
}
