/**
 * What a session says to a server and hears from it, in the same form for every generation of the
 * API. Each generation is a folder beside this file; `pick.ts` chooses one.
 *
 * @module
 */
import type {
  AssistantMessage,
  FilePartInput,
  Message,
  OutputFormat,
  Part,
} from "../api/types.gen.ts";
import type { ServerEvent } from "../client/events.ts";
import type { TurnError } from "../errors.ts";
import type { CallOptions } from "../http/options.ts";
import type { RegisteredTools } from "../mcp/register.ts";
import type { ToolServer } from "../mcp/serve.ts";
import type { ServerTurnEvent, Usage } from "./events.ts";
import type { PermissionRequest, QuestionRequest } from "./requests.ts";
import type { ModelRef, OfferCalls, SessionCalls } from "./sessions.ts";

/** A session and its directory. */
export interface Where {
  sessionId: string;
  directory: string;
}

/** A turn: its session, and the user's message that begins it, whose id is ours. */
export interface TurnPlace extends Where {
  messageId: string;
}

/** What begins a turn. */
export interface TurnRequest {
  /** The prompt, as it is; for a command, its arguments. */
  text: string;
  /** The server's command to run in place of a prompt. */
  command?: string;
  files: FilePartInput[];
  agents?: readonly string[];
  model?: ModelRef;
  agent?: string;
  system?: string;
  variant?: string;
  serverTools?: Record<string, boolean>;
  format?: OutputFormat;
}

/** How far a turn has come, for an error. */
export interface Progress {
  sessionId: string;
  messageId?: string;
  text: string;
}

/** A stored message with its parts. */
export interface MessageWithParts {
  /** The message. */
  info: Message;
  /** What it consists of. */
  parts: Part[];
}

/** The same, within this package. */
export type StoredMessage = MessageWithParts;

/** What the server asks, or has the answer to. */
export type Asked =
  | { kind: "permission"; request: PermissionRequest }
  | { kind: "question"; request: QuestionRequest }
  | { kind: "answered"; id: string };

/**
 * What to do next: wait for more events, ask the server how the turn stands, or end: the turn is
 * over.
 */
export type Next = "wait" | "ask" | "ended";

/** What the server says of one round of the model, each time that it says more. */
export interface RoundState {
  sessionId: string;
  messageId: string;
  provider: string;
  model: string;
  agent: string;
  /** Tokens, so far. */
  usage: Usage;
  /** US dollars, so far. */
  cost: number;
  /** Whether it is over, its tool calls included. */
  over: boolean;
  /** When it began, and was over, by the server's clock, in milliseconds since 1970. */
  startedAt: number;
  endedAt?: number;
  /** Why the model stopped. */
  finish?: string;
  /** The kind of error that it ended with. */
  error?: string;
}

/** What is new of a round: its state, or that its first output came. */
export type RoundNews = RoundState | { sessionId: string; messageId: string; output: true };

/** When a tool call or a subagent began, and a call ended, by the server's clock, since 1970. */
export interface ServerTime {
  /** The call's part, or the subagent's session. */
  id: string;
  start: number;
  end?: number;
}

/** What some events of the server mean. */
export interface Step {
  events: ServerTurnEvent[];
  /** News of the model's rounds, subagents included. */
  rounds: RoundNews[];
  /** When what the events tell of happened. */
  times: ServerTime[];
  asked: Asked[];
  /** Whether one of them was of this turn. */
  alive: boolean;
  next: Next;
}

/** What a turn gave. */
export interface TurnResult {
  text: string;
  parts: Part[];
  message: AssistantMessage | undefined;
  structured: unknown;
  usage: Usage;
  cost: number;
  steps: number;
  /** Why the model or its provider failed, where the answer says so. */
  error: TurnError | undefined;
}

/** What a turn has taken so far, subagents included. */
export interface Taken {
  /** Rounds begun. */
  steps: number;
  /** How many of a session's last rounds gave nothing at all, where it is worst. */
  emptySteps: number;
  usage: Usage;
  cost: number;
}

/** The state machine of one turn: pure, without clock and network. */
export interface TurnReader {
  /** What to do now. */
  readonly next: Next;
  /** Whether the server was seen to have the request, also where its response is lost. */
  readonly received: boolean;
  /** Whether the run was seen to begin, or to fail before. */
  readonly begun: boolean;
  /** Whether a tool call runs now. */
  readonly working: boolean;
  /** Whether some text of the turn is not known to be complete. */
  readonly incomplete: boolean;
  readonly progress: Progress;
  readonly taken: Taken;
  readonly result: TurnResult;
  /** Takes what the server sent. */
  feed(events: readonly ServerEvent[]): Step;
  /** What these events ask, without taking them. */
  asked(events: readonly ServerEvent[]): Asked[];
  /** Takes stored messages, oldest first; with `final`, text is complete as it stands. */
  reconcile(messages: readonly StoredMessage[], final?: boolean): Step;
  /** The arguments of a tool call, once they are known. */
  inputOf(messageId: string, callId: string): Record<string, unknown> | undefined;
  /** The connection broke: events may be missing. */
  gap(): void;
  /** The server says that the session is busy. */
  busy(): void;
  /**
   * The server says that the session is idle, and the stored messages were taken. `ended`: the turn
   * is over. Else why it has no answer, and how often to ask again before that is believed.
   */
  idle(): "ended" | { error: TurnError; patience: number };
}

/** Hears what the server sends. */
export interface Listener {
  events(batch: readonly ServerEvent[]): void;
  /** The connection broke and stands again. */
  gap(): void;
  /** The connection was given up. */
  lost(error: unknown): void;
}

/** A tool call, as a request names it. */
export interface ToolCallRef {
  sessionId: string;
  messageId: string;
  callId: string;
}

/** One generation of the server's API. */
export interface Dialect {
  /** Stored sessions. */
  readonly sessions: SessionCalls;
  /** What there is to choose from. */
  readonly offers: OfferCalls;
  /** Whether `send` resolves only at the end of the turn that a request begins. */
  answersAtEnd(request: TurnRequest): boolean;
  /** Hears the events of a directory. */
  subscribe(
    listener: Listener,
    options: { directory: string; signal: AbortSignal },
  ): Promise<{ close(): void }>;
  /** A machine for a turn. */
  turn(place: { sessionId: string; messageId: string }): TurnReader;
  /** Begins a turn. Never repeated: a prompt that is sent twice runs twice. */
  send(place: TurnPlace, request: TurnRequest, call: CallOptions): Promise<unknown>;
  /** Whether the server has the message that begins a turn. */
  isStored(place: TurnPlace, call: CallOptions): Promise<boolean>;
  /** Stops what a session does. */
  abort(where: Where, call: CallOptions): Promise<unknown>;
  /** Whether a session does something. */
  isBusy(where: Where, call: CallOptions): Promise<boolean>;
  /** Whether something runs in a session that the server calls busy. */
  isRunning(where: Where, call: CallOptions): Promise<boolean>;
  /** The newest messages of a session, oldest first. */
  history(where: Where, reader: TurnReader, call: CallOptions): Promise<StoredMessage[]>;
  /** What waits for an answer, and the subagents that ask, as the events that were missed. */
  pending(where: Where, reader: TurnReader, call: CallOptions): Promise<ServerEvent[]>;
  /** The arguments of a tool call, as far as they are stored. */
  inputOf(
    tool: ToolCallRef,
    directory: string,
    call: CallOptions,
  ): Promise<Record<string, unknown> | undefined>;
  /** Answers a permission request. */
  answerPermission(
    request: PermissionRequest,
    answer: { reply: "once" | "always" | "reject"; message?: string },
    directory: string,
    call: CallOptions,
  ): Promise<unknown>;
  /** Answers a question; `null` dismisses it. */
  answerQuestion(
    request: QuestionRequest,
    answers: string[][] | null,
    directory: string,
    call: CallOptions,
  ): Promise<unknown>;
  /** Makes a session's messages readable again after a turn with a `format`. */
  repairFormat(
    place: TurnPlace,
    message: AssistantMessage | undefined,
    call: CallOptions,
  ): Promise<unknown>;
  /** Lets a session's model call the tools behind an endpoint. */
  registerTools(
    where: Where,
    endpoint: ToolServer,
    names: readonly string[],
    signal: AbortSignal,
  ): Promise<RegisteredTools>;
}
