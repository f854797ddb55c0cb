/**
 * What a turn gives.
 *
 * @module
 */
import type { AssistantMessage, Part } from "../api/types.gen.ts";
import type { TurnEvent, Usage } from "./events.ts";

/** What a {@linkcode Reply} is made from. */
export interface ReplyFields {
  text: string;
  parts: Part[];
  message: AssistantMessage | undefined;
  structured: unknown;
  structuredBy: "tool" | "text" | undefined;
  usage: Usage;
  cost: number;
  steps: number;
  sessionId: string;
  messageId: string;
  outcome: "completed" | "aborted" | "error";
  error: unknown;
  events: TurnEvent[];
}

/** The model's answer to one prompt, and what it took. */
export class Reply {
  /**
   * The text of the last step that wrote any. In a turn with tools the stream also carries what the
   * model wrote between its calls; `parts` and `events` have all of it.
   */
  readonly text: string;
  /** The parts of the last assistant message. */
  readonly parts: Part[];
  /** The last assistant message, as the server stores it; `undefined` where there is none. */
  readonly message: AssistantMessage | undefined;
  /** The value that the model gave for `format`; `prompt`, `ask` and `object` have checked it. */
  readonly structured: unknown;
  /** How `structured` came: by the server's tool call, or as JSON in the text. */
  readonly structuredBy: "tool" | "text" | undefined;
  /** Tokens of the whole turn, subagents included. */
  readonly usage: Usage;
  /** US dollars of the whole turn, subagents included, as the server computes them. */
  readonly cost: number;
  /** How many rounds the model took. */
  readonly steps: number;
  /** The session. */
  readonly sessionId: string;
  /** The user's message, whose id identifies the turn. */
  readonly messageId: string;
  /** How it ended. */
  readonly outcome: "completed" | "aborted" | "error";
  /** Why, where it did not complete. */
  readonly error: unknown;
  /** All events of the turn, with `collect: true`; else empty. */
  readonly events: readonly TurnEvent[];

  /** For this package's own use. */
  constructor(fields: ReplyFields) {
    this.text = fields.text;
    this.parts = fields.parts;
    this.message = fields.message;
    this.structured = fields.structured;
    this.structuredBy = fields.structuredBy;
    this.usage = fields.usage;
    this.cost = fields.cost;
    this.steps = fields.steps;
    this.sessionId = fields.sessionId;
    this.messageId = fields.messageId;
    this.outcome = fields.outcome;
    this.error = fields.error;
    this.events = fields.events;
  }

  /** The model that answered, as `"provider/model"`. */
  get model(): string | undefined {
    return this.message && `${this.message.providerID}/${this.message.modelID}`;
  }

  /** Why the model stopped: `"stop"`, `"tool-calls"`, `"length"`, `"content-filter"`, … */
  get finish(): string | undefined {
    return this.message?.finish;
  }

  /** The text, so that `${reply}` reads well. */
  toString(): string {
    return this.text;
  }
}
