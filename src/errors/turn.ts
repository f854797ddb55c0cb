/**
 * What goes wrong in a turn.
 *
 * @module
 */
import { identify, OpencodeError } from "./base.ts";

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
  static {
    identify(this, "TurnError", "turn_failed");
  }
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
  static {
    identify(this, "TurnAbortedError", "turn_aborted");
  }
}

/**
 * There was no activity for `idleTimeout`, or the turn took longer than `timeout`; the message says
 * which.
 *
 * Give a longer bound, or look at the provider: `text` holds what had arrived.
 */
export class TurnTimeoutError extends TurnError {
  static {
    identify(this, "TurnTimeoutError", "turn_timeout");
  }
}

/**
 * The turn reached a limit of the caller's: steps, cost or tokens.
 *
 * Raise `maxSteps`, `maxCost` or `maxTokens`, or ask for less at once.
 */
export class TurnLimitError extends TurnError {
  static {
    identify(this, "TurnLimitError", "turn_limit");
  }
}

/**
 * The model asked for tools in more rounds than `maxToolRounds` allows.
 *
 * Raise `maxToolRounds`, or say in the prompt when to stop.
 */
export class ToolRoundsExceededError extends TurnLimitError {
  static {
    identify(this, "ToolRoundsExceededError", "tool_rounds_exceeded");
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
  static {
    identify(this, "BudgetExceededError", "budget_exceeded");
  }
  /** What had been spent. */
  readonly spent: Spent;
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
  static {
    identify(this, "StructuredOutputError", "structured_output");
  }
  /** The validator's messages for the last attempt. */
  readonly issues: readonly string[];
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: TurnErrorOptions & { issues?: readonly string[] } = {}) {
    super(message, options);
    this.issues = options.issues ?? [];
  }
}
