/**
 * What happens in a turn, as its caller sees it.
 *
 * @module
 */
import type { ServerTurnEvent, TurnEventBase } from "../dialect/events.ts";
import type { Spent } from "../errors.ts";
import type { Reply } from "./reply.ts";
import type { PermissionRequest, QuestionRequest } from "./requests.ts";

export type {
  FileEvent,
  ReasoningEvent,
  RetryEvent,
  StepEvent,
  SubagentEvent,
  TextEvent,
  Todo,
  TodoEvent,
  ToolEvent,
  TurnEventBase,
  Usage,
} from "../dialect/events.ts";

/** The server asked for a permission, or got its answer. */
export interface PermissionEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "permission";
  /** Which of the two. */
  status: "asked" | "replied";
  /** What was asked. */
  request: PermissionRequest;
  /** The answer. */
  reply?: "once" | "always" | "reject";
  /** Why it was refused, as the model reads it. */
  message?: string;
}

/** The server asked a question, or got its answer. */
export interface QuestionEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "question";
  /** Which it is. */
  status: "asked" | "replied" | "rejected";
  /** What was asked. */
  request: QuestionRequest;
  /** The labels chosen, a list for each question. */
  answers?: string[][];
}

/** 80 % of the `budget` of the `Opencode` are spent; comes at most once. */
export interface BudgetEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "budget";
  /** Which bound of the budget it is. */
  bound: "usd" | "tokens" | "turns" | "minutes";
  /** The bound's value. */
  limit: number;
  /** What all turns that share the budget have spent. */
  spent: Spent;
}

/** The turn failed; the last event but `done`. */
export interface ErrorEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "error";
  /** What `reply` rejects with. */
  error: unknown;
}

/** The turn is over; always the last event. */
export interface DoneEvent extends TurnEventBase {
  /** Which kind of event it is. */
  type: "done";
  /** How it ended, and what it gave. */
  reply: Reply;
}

/** Whatever happens in a turn; told apart by `type`. */
export type TurnEvent =
  | ServerTurnEvent
  | PermissionEvent
  | QuestionEvent
  | BudgetEvent
  | ErrorEvent
  | DoneEvent;
