/**
 * What goes wrong in a turn.
 *
 * @module
 */
import { OpencodeError, type OpencodeErrorCode } from "./base.ts";

/** What a {@linkcode TurnError} is made from. */
export interface TurnErrorOptions extends ErrorOptions {
  /** The text that had arrived. */
  text?: string;
  /** The server's own name for the failure, such as `"ProviderAuthError"`. */
  serverName?: string;
  /** The provider's HTTP status. */
  status?: number;
  /** The session. */
  sessionId?: string;
  /** The assistant message. */
  messageId?: string;
}

/**
 * The model or its provider failed; the server's own name, status and message are kept.
 *
 * The message names the next step, such as `opencode auth login`; `text` holds what had arrived.
 */
export class TurnError extends OpencodeError {
  /** `"turn_failed"`. */
  override readonly code: OpencodeErrorCode = "turn_failed";
  /** The text that had arrived before the failure. */
  readonly text: string;
  /** The server's own name for the failure, such as `"ProviderAuthError"`. */
  readonly serverName: string | undefined;
  /** The provider's HTTP status, where there was one. */
  readonly status: number | undefined;
  /** The session that the turn ran in. */
  readonly sessionId: string | undefined;
  /** The assistant message, where one was begun. */
  readonly messageId: string | undefined;
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: TurnErrorOptions = {}) {
    super(message, options);
    this.text = options.text ?? "";
    this.serverName = options.serverName;
    this.status = options.status;
    this.sessionId = options.sessionId;
    this.messageId = options.messageId;
  }
}

/**
 * The turn was aborted without a reason of the caller's own: by another client, or by
 * `turn.abort()`.
 *
 * Nothing is wrong; `text` holds what had arrived.
 */
export class TurnAbortedError extends TurnError {
  /** `"turn_aborted"`. */
  override readonly code: OpencodeErrorCode = "turn_aborted";
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnAbortedError";
  }
}

/**
 * There was no activity for `idleTimeout`, or the turn took longer than `timeout`; the message says
 * which.
 *
 * Give a longer bound, or look at the provider: `text` holds what had arrived.
 */
export class TurnTimeoutError extends TurnError {
  /** `"turn_timeout"`. */
  override readonly code: OpencodeErrorCode = "turn_timeout";
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnTimeoutError";
  }
}

/**
 * The turn reached a limit of the caller's: steps, cost or tokens.
 *
 * Raise `maxSteps`, `maxCost` or `maxTokens`, or ask for less at once.
 */
export class TurnLimitError extends TurnError {
  /** `"turn_limit"`. */
  override readonly code: OpencodeErrorCode = "turn_limit";
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnLimitError";
  }
}

/**
 * The model asked for tools in more rounds than `maxToolRounds` allows.
 *
 * Raise `maxToolRounds`, or say in the prompt when to stop.
 */
export class ToolRoundsExceededError extends TurnLimitError {
  /** `"tool_rounds_exceeded"`. */
  override readonly code: OpencodeErrorCode = "tool_rounds_exceeded";
  /** The class name, also after minification. */
  override get name(): string {
    return "ToolRoundsExceededError";
  }
}

/** What has been spent of a budget. */
export interface Spent {
  /** US dollars. */
  usd: number;
  /** Tokens of prompts and answers, cache reads not counted. */
  tokens: number;
  /** Turns begun. */
  turns: number;
  /** Minutes that turns ran. */
  minutes: number;
}

/**
 * The `budget` of the `Opencode` is spent; every turn that shares it ends with this.
 *
 * Raise the bound that the message names, or take another `budget.name`.
 */
export class BudgetExceededError extends TurnLimitError {
  /** `"budget_exceeded"`. */
  override readonly code: OpencodeErrorCode = "budget_exceeded";
  /** What had been spent. */
  readonly spent: Spent;
  /** The class name, also after minification. */
  override get name(): string {
    return "BudgetExceededError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: TurnErrorOptions & { spent: Spent }) {
    super(message, options);
    this.spent = options.spent;
  }
}

/**
 * The model's output did not match the schema within the repairs allowed.
 *
 * Read `issues`; raise `maxRepairs`, or make the schema simpler.
 */
export class StructuredOutputError extends TurnError {
  /** `"structured_output"`. */
  override readonly code: OpencodeErrorCode = "structured_output";
  /** The validator's messages for the last attempt. */
  readonly issues: readonly string[];
  /** The class name, also after minification. */
  override get name(): string {
    return "StructuredOutputError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: TurnErrorOptions & { issues?: readonly string[] } = {}) {
    super(message, options);
    this.issues = options.issues ?? [];
  }
}
