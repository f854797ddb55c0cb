/**
 * Drives the opencode coding agent from code: one prompt, a conversation, tools that run in your
 * process, or every endpoint of its server.
 *
 * ```ts ignore
 * import { opencode } from "@x/opencode";
 *
 * console.log(await opencode("What is the capital of France?"));
 * ```
 *
 * @module
 */
export { opencode } from "./src/facade/one_shot.ts";
export type { OneShot } from "./src/facade/one_shot.ts";
export { Opencode } from "./src/facade/opencode.ts";
export type { AgentDefinition, AgentDefinitions } from "./src/facade/agents.ts";
export type {
  CreateSessionOptions,
  ListSessionsOptions,
  OneShotOptions,
  OpencodeOptions,
} from "./src/facade/options.ts";

export type {
  CanUseTool,
  CanUseToolResult,
  ChatParams,
  ChatParamsInput,
  CompactResult,
  Hook,
  HookContext,
  HookEntry,
  HookList,
  Hooks,
  NoInput,
  PostToolUseInput,
  PostToolUseResult,
  PreToolUseInput,
  PreToolUseResult,
  ShellEnvInput,
  ShellEnvResult,
  SystemPrompt,
  UserPromptInput,
  UserPromptResult,
} from "./src/hooks/types.ts";

export { Session } from "./src/session/session.ts";
export type { MessageWithParts } from "./src/dialect/types.ts";
export type { AskOptions } from "./src/session/ask.ts";
export { Turn } from "./src/session/turn/turn.ts";
export { Reply } from "./src/session/reply.ts";
export type { TranscriptOptions } from "./src/session/transcript.ts";
export type { Attachment, DataAttachment, FileReference } from "./src/session/attachments.ts";
export type {
  CommandOptions,
  ForkOptions,
  Format,
  MessagesOptions,
  PromptOptions,
  RevertOptions,
  StreamOptions,
  TurnLimits,
} from "./src/session/options.ts";
export type { RewindFile, RewindOptions, Rewound } from "./src/session/rewind.ts";
export type { ObjectOptions } from "./src/session/structured.ts";
export type {
  BudgetEvent,
  DoneEvent,
  ErrorEvent,
  FileEvent,
  PermissionEvent,
  QuestionEvent,
  ReasoningEvent,
  RetryEvent,
  StepEvent,
  SubagentEvent,
  TextEvent,
  Todo,
  TodoEvent,
  ToolEvent,
  TurnEvent,
  TurnEventBase,
  Usage,
} from "./src/session/events.ts";
export type { Budget } from "./src/budget/ledger.ts";
export type { Permissions } from "./src/permissions/restrict.ts";
export type { ServerTurnEvent } from "./src/dialect/events.ts";
export { allowAll, askOnTerminal, denyAll, readOnly, rules } from "./src/session/policies.ts";
export type { PolicyRule, RulesOptions } from "./src/session/policies.ts";
export type {
  PermissionHandler,
  PermissionReply,
  PermissionRequest,
  Question,
  QuestionHandler,
  QuestionReply,
  QuestionRequest,
  RequestContext,
} from "./src/session/requests.ts";

export type { TelemetryOptions } from "./src/telemetry/telemetry.ts";
export type { OtlpOptions } from "./src/telemetry/otlp/options.ts";
export type {
  TelemetryAttributes,
  TelemetryContext,
  TelemetryHistogram,
  TelemetryHistogramOptions,
  TelemetryMeter,
  TelemetrySpan,
  TelemetrySpanContext,
  TelemetrySpanOptions,
  TelemetryTracer,
} from "./src/telemetry/otel.ts";

export { isEvent, OpencodeClient, parseEvent } from "./src/client/mod.ts";
export type {
  CallOptions,
  ClientOptions,
  ConnectOptions,
  Logger,
  ServerEvent,
} from "./src/client/mod.ts";
/** Everything of `@x/opencode/client`: the types of the server's API, of its events, of the client. */
export type * as api from "./src/client/mod.ts";
// the types that public signatures name
export type * from "./src/client/mod.ts";
export type { PermissionRule } from "./src/tools/permissions.ts";
export * from "./src/errors.ts";
// also at ./server and ./tools
export * from "./src/server/mod.ts";
export * from "./src/tools/mod.ts";
export { serveTools } from "./src/mcp/serve.ts";
export type { ToolSource } from "./src/mcp/calls.ts";
export type { RemoteMcpConfig, ServeToolsOptions, ToolServer } from "./src/mcp/serve.ts";

export { VERSION } from "./src/version.ts";
