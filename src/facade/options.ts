/**
 * What the facade takes.
 *
 * @module
 */
import type { Config, PermissionRuleset } from "../api/types.gen.ts";
import type { Budget } from "../budget/ledger.ts";
import type { ClientOptions } from "../client/client.ts";
import type { ServerOptions } from "../server/options.ts";
import type { CanUseTool, Hooks } from "../hooks/types.ts";
import { type Defined, defined, type PromptOptions } from "../session/options.ts";
import type { OtlpOptions } from "../telemetry/otlp/options.ts";
import type { TelemetryOptions } from "../telemetry/telemetry.ts";
import { checkShape, type Shape } from "../text/shape.ts";
import { PROMPT_SHAPE } from "../session/resolve.ts";
import { type AgentDefinitions, withDefinedAgents } from "./agents.ts";

/** What an {@linkcode Opencode} takes; everything that a prompt takes is the default of its prompts. */
export interface OpencodeOptions extends Omit<PromptOptions, "files"> {
  /** The directory to work in. @default {the working directory} */
  directory?: string;
  /** The workspace of the sessions. */
  workspace?: string;
  /** The server's address to bind. @default {"127.0.0.1"} */
  hostname?: string;
  /** The server's port. @default {a free one} */
  port?: number;
  /** How long the server may take to start, in milliseconds. @default {30_000} */
  startTimeout?: number;
  /** @deprecated Use `startTimeout`. */
  serverTimeout?: number;
  /** How long a request may take, in milliseconds; 0 and `Infinity` for no bound. @default {300_000} */
  requestTimeout?: number;
  /** @deprecated Use `requestTimeout`. */
  clientTimeout?: number;
  /** The server's configuration, over that of the user and the project. */
  config?: Config;
  /**
   * Agents of your own by their names, for `agent`, for `agents` and as subagents. Only for a server
   * of its own; they become `agent` of its configuration.
   */
  defineAgents?: AgentDefinitions;
  /** The path of the opencode program. @default {the first that is found} */
  binary?: string;
  /**
   * Where the server ends unexpectedly, the next call starts another with the same options, and sessions
   * go on. `false` makes each call fail. @default {true}
   */
  restart?: boolean;
  /** Variables added to the server's environment. */
  env?: Record<string, string>;
  /** Attach to this server instead of starting one; it is left running. */
  baseUrl?: string;
  /** For `baseUrl`, or for the server that is started. @default {"opencode"} */
  username?: string;
  /** For `baseUrl`, or for the server that is started. @default {a random one} */
  password?: string;
  /** How often a failed request is sent again. @default {2} */
  maxRetries?: number;
  /** In place of the global `fetch`. */
  fetch?: ClientOptions["fetch"];
  /** Receives requests and diagnostics. */
  logger?: ClientOptions["logger"];
  /** Traces and metrics of every turn, by a tracer and a meter of OpenTelemetry. */
  telemetry?: TelemetryOptions;
  /**
   * Sends traces and metrics of every turn to a collector, without an OpenTelemetry SDK. `true` takes
   * OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS and OTEL_SERVICE_NAME.
   */
  otlp?: OtlpOptions | boolean;
  /** Whether answers are compared with the server's own document. */
  validate?: ClientOptions["validate"];
  /** A home of its own for the server, removed at the end: none of the user's configuration. */
  isolated?: boolean;
  /** Bounds on all turns of all its sessions and subagents together; see `spent`. */
  budget?: Budget;
  /**
   * Functions that the server asks while it works: before and after each of its tools, before each
   * request to the model. They hold for subagents and MCP tools too. Only for a server of its own.
   */
  hooks?: Hooks;
  /** A `preToolUse` hook in the words of another SDK; it runs after those of `hooks`. */
  canUseTool?: CanUseTool;
  /** Closes it, as `close` does, and aborts work in flight with its reason. */
  signal?: AbortSignal;
  /** Receives the progress of a download, where one is needed. */
  onProgress?: ServerOptions["onProgress"];
}

/** What a new session takes. */
export interface CreateSessionOptions {
  /** Its title. @default {the model makes one in the first turn, with a call of its own} */
  title?: string;
  /** A directory other than the facade's. */
  directory?: string;
  /** The agent of its prompts, unless they name another. */
  agent?: string;
  /** The model of its prompts, unless they name another: `"provider/model"`. */
  model?: string;
  /** What the server's own tools may do in its prompts, unless they say otherwise. */
  permissions?: PromptOptions["permissions"];
  /** Answers permission requests of its prompts, unless they have a handler. */
  onPermission?: PromptOptions["onPermission"];
  /**
   * Permission rules of the session; they come after the configuration's, and the last that fits
   * wins. Rules that deny hold for its subagents too, rules that ask don't (server 1.18.33): put
   * those into `config.permission`, which holds for both.
   */
  permission?: PermissionRuleset;
  /**
   * Hooks for this session and its subagents, after those of the `Opencode`. It must have hooks of
   * the same names (`[]` will do), since its server calls no others.
   */
  hooks?: Hooks;
  /** Any data that goes with it. */
  metadata?: Record<string, unknown>;
  /** Cuts it short. */
  signal?: AbortSignal;
}

/** What a list of sessions takes. */
export interface ListSessionsOptions {
  /** How many at most. */
  limit?: number;
  /** A part of the title. */
  search?: string;
  /** Cuts it short. */
  signal?: AbortSignal;
}

/** What {@linkcode opencode} takes beside everything that an `Opencode` takes. */
export interface OneShotOptions extends Omit<OpencodeOptions, "collect"> {
  /** Paths, addresses, bytes or blobs that go with the prompt. */
  files?: PromptOptions["files"];
  /**
   * Keep server and session for the next call, which remembers. A call without it is the last of the
   * conversation, and stops the server. @default {false}
   */
  keep?: boolean;
  /**
   * Let the model work with tools that run in this process, in `directory`: files freely, commands
   * after a question on the terminal. A list of `tools` comes on top; an executor has rules of its
   * own. @default {false}
   */
  autoTools?: boolean;
  /** Say nothing of tool calls on standard error. @default {false} */
  quiet?: boolean;
}

/** All options there are. */
type AllOptions = OpencodeOptions & OneShotOptions;

/** A part that options go to. `server` is started with them, `place` means another server. */
type Route = "server" | "place" | "client" | "prompt" | "call";

/** Where each option goes; one that is added and stands nowhere does not compile. */
const ROUTES = {
  model: ["prompt"],
  agent: ["prompt"],
  system: ["prompt"],
  appendSystemPrompt: ["prompt"],
  variant: ["prompt"],
  agents: ["prompt"],
  tools: ["prompt"],
  serverTools: ["prompt"],
  format: ["prompt"],
  permissions: ["prompt"],
  onPermission: ["prompt"],
  onQuestion: ["prompt"],
  answerTimeout: ["prompt"],
  collect: ["prompt"],
  timeout: ["prompt"],
  idleTimeout: ["prompt"],
  maxProviderRetries: ["prompt"],
  maxSteps: ["prompt"],
  maxToolRounds: ["prompt"],
  maxCost: ["prompt"],
  maxTokens: ["prompt"],
  workspace: ["client", "place"],
  maxRetries: ["client"],
  fetch: ["client"],
  validate: ["client"],
  username: ["client", "server"],
  password: ["client", "server"],
  logger: ["client", "server"],
  hostname: ["server", "place"],
  port: ["server", "place"],
  config: ["server", "place"],
  binary: ["server", "place"],
  env: ["server", "place"],
  isolated: ["server", "place"],
  onProgress: ["server"],
  // of one call of `opencode()`; of an `Opencode` the signal ends all
  files: ["call"],
  signal: ["call"],
  quiet: ["call"],
  // of another name, or the facade's own
  startTimeout: [],
  serverTimeout: [],
  requestTimeout: [],
  clientTimeout: [],
  directory: [],
  baseUrl: ["place"],
  restart: [],
  budget: ["place"],
  hooks: ["place"],
  defineAgents: ["place"],
  canUseTool: ["place"],
  telemetry: [],
  otlp: [],
  keep: [],
  autoTools: [],
} as const satisfies Record<keyof AllOptions, readonly Route[]>;

type Routes = typeof ROUTES;

/** What the facade's own options may be. */
const FACADE_SHAPE = {
  ...PROMPT_SHAPE,
  directory: "text",
  workspace: "text",
  hostname: "text",
  port: "number",
  startTimeout: "any",
  serverTimeout: "any",
  requestTimeout: "any",
  clientTimeout: "any",
  config: "object",
  defineAgents: "any",
  binary: "text",
  restart: "flag",
  env: "object",
  baseUrl: "text",
  username: "text",
  password: "text",
  maxRetries: "any",
  fetch: "function",
  logger: "object",
  telemetry: "object",
  otlp: "any",
  validate: "any",
  isolated: "flag",
  budget: "object",
  hooks: "object",
  canUseTool: "function",
  onProgress: "function",
} as const;

const { files: _, ...OF_OPENCODE } = FACADE_SHAPE;
const { collect: __, ...OF_ONE_SHOT } = FACADE_SHAPE;

/** The options that exist, by who takes them. */
const SHAPES = {
  Opencode: OF_OPENCODE satisfies Shape<OpencodeOptions>,
  "opencode()": {
    ...OF_ONE_SHOT,
    keep: "flag",
    autoTools: "flag",
    quiet: "flag",
  } satisfies Shape<OneShotOptions>,
  session: {
    title: "text",
    directory: "text",
    agent: "text",
    model: "text",
    permissions: "any",
    onPermission: "function",
    permission: "list",
    hooks: "object",
    metadata: "object",
    signal: "signal",
  } satisfies Shape<CreateSessionOptions>,
  "list of sessions": {
    limit: "number",
    search: "text",
    signal: "signal",
  } satisfies Shape<ListSessionsOptions>,
} as const;

/**
 * Refuses options that don't exist or have another type.
 *
 * @throws {InvalidArgumentError} with the nearest one, or what to give.
 */
export function checkOptions(what: keyof typeof SHAPES, options: object): void {
  checkShape(what, options, SHAPES[what]);
}

/** The options that go to a part. */
type Part<R extends Route> = Defined<
  Pick<AllOptions, { [K in keyof Routes]: R extends Routes[K][number] ? K : never }[keyof Routes]>
>;

/** What the options mean to each part. */
export interface ResolvedOptions {
  /** For a server of our own, but for its directory and signal. */
  server: ServerOptions;
  /** For clients, but for the address. */
  client: Omit<ClientOptions, "baseUrl">;
  /** The defaults of prompts. */
  prompt: PromptOptions;
  /** For one call of `opencode()` alone. */
  call: Part<"call">;
  /** What a server is started with, or reached by: another value needs another server. */
  place: Part<"place">;
}

/**
 * Takes the options apart; the caller's object is not changed.
 *
 * @throws {InvalidArgumentError} for agents that can't be defined.
 */
export function resolveOptions(options: AllOptions): ResolvedOptions {
  const { model, config, startTimeout, serverTimeout, requestTimeout, clientTimeout } = options;
  const { defineAgents, baseUrl } = options;
  const made = withDefinedAgents(config, defineAgents, baseUrl);
  const part = <R extends Route>(route: R) =>
    defined(Object.fromEntries(
      Object.entries(ROUTES).filter(([, routes]) => (routes as readonly Route[]).includes(route))
        .map(([name]) => [name, options[name as keyof AllOptions]]),
    )) as Part<R>;
  return {
    server: defined({
      ...part("server"),
      config: model === undefined ? made : { ...made, model },
      timeout: startTimeout ?? serverTimeout,
    }),
    client: defined({ ...part("client"), timeout: requestTimeout ?? clientTimeout }),
    prompt: part("prompt"),
    call: part("call"),
    place: part("place"),
  };
}
