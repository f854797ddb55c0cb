/**
 * What the server reports of a turn, in the same form for every generation of its API.
 *
 * @module
 */

/** Tokens, as the provider counted them. */
export interface Usage {
  /** Tokens of the prompt that were not in the provider's cache. */
  input: number;
  /** Tokens of the answer. */
  output: number;
  /** Tokens of the model's reasoning. */
  reasoning: number;
  /** Tokens of the prompt read from the provider's cache. */
  cacheRead: number;
  /** Tokens of the prompt written to the provider's cache. */
  cacheWrite: number;
}

/** What every event of a turn has. */
export interface TurnEventBase {
  /** The session it happened in: the turn's own, or that of a subagent below it. */
  sessionId: string;
}

/** A piece of the answer's text. */
export interface TextEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "text";
  /** The new text. */
  text: string;
  /** The message it belongs to; another one is another step. */
  messageId: string;
  /** The provider failed, and says something else now: the message's text before this is void. */
  restarted?: true;
  /** The part it belongs to. */
  partId: string;
}

/** A piece of the model's reasoning, where it shows it. */
export interface ReasoningEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "reasoning";
  /** The new text. */
  text: string;
  /** The message it belongs to. */
  messageId: string;
  /** The part it belongs to. */
  partId: string;
}

/** A tool call changed its state. */
export interface ToolEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "tool";
  /** Where it stands. */
  status: "pending" | "running" | "completed" | "error";
  /** The tool, as the model calls it. */
  name: string;
  /** The model's id for the call. */
  callId: string;
  /** The arguments; empty while pending. */
  input: Record<string, unknown>;
  /** What it gave, once completed. */
  output?: string;
  /** Why it failed. */
  error?: string;
  /** The server's one-line description. */
  title?: string;
  /** What the tool adds, such as `exit` of a shell command. */
  metadata?: Record<string, unknown>;
  /** The message it belongs to. */
  messageId: string;
  /** The part it belongs to. */
  partId: string;
}

/** A round of the model began or ended. */
export interface StepEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "step";
  /** Which of the two. */
  status: "started" | "finished";
  /** Why the model stopped: `"stop"`, `"tool-calls"`, `"length"`, … */
  reason?: string;
  /** What it took. */
  usage?: Usage;
  /** In US dollars, as the server computes them. */
  cost?: number;
  /** The message it belongs to. */
  messageId: string;
}

/** Files changed in a step (in a git directory), or a file that the answer carries. */
export interface FileEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "file";
  /** Absolute paths of what changed, or the file's address. */
  paths: string[];
  /** The message it belongs to. */
  messageId: string;
}

/** One item of the agent's list. */
export interface Todo {
  /** What is to be done. */
  content: string;
  /** `"pending"`, `"in_progress"`, `"completed"`, `"cancelled"`. */
  status: string;
  /** `"high"`, `"medium"`, `"low"`. */
  priority: string;
}

/** The agent's list changed. */
export interface TodoEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "todo";
  /** The whole list. */
  todos: Todo[];
}

/** A subagent began or ended. */
export interface SubagentEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "subagent";
  /** Which of the two. */
  status: "started" | "finished";
  /** The session above it. */
  parentId: string;
  /** The title of its session. */
  title: string;
}

/** The provider failed, and the server will try again. */
export interface RetryEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "retry";
  /** How many tries have failed. */
  attempt: number;
  /** The provider's own words. */
  message: string;
  /** When the next try is due, in milliseconds since 1970. */
  next: number;
}

/** Whatever the server reports of a turn; `type` distinguishes the events. */
export type ServerTurnEvent =
  | TextEvent
  | ReasoningEvent
  | ToolEvent
  | StepEvent
  | FileEvent
  | TodoEvent
  | SubagentEvent
  | RetryEvent;
