/**
 * From the events of a turn to records: a pure machine.
 *
 * The model's words come twice, as in Claude Code's stream: piece by piece in `stream_event` records,
 * and whole in an `assistant` record when a block is complete. A tool call is an `assistant` record
 * with a `tool_use` block, its result a `user` record with a `tool_result` block.
 *
 * @module
 */
import type {
  ReasoningEvent,
  StepEvent,
  TextEvent,
  ToolEvent,
  TurnEvent,
} from "../../session/events.ts";
import { describeError, type JsonRecord, stopReason, usageRecord } from "./records.ts";

/** What the model is writing now. */
interface Block {
  kind: "text" | "thinking";
  partId: string;
  text: string;
}

/** One message of the model, on its way. */
interface OpenMessage {
  sessionId: string;
  id: string;
  /** How many blocks are complete. */
  index: number;
  block?: Block;
}

const NO_USAGE = usageRecord({ input: 0, output: 0, reasoning: 0, cacheRead: 0, cacheWrite: 0 });

/** Follows one turn, and the subagents below it. */
export class MessageStream {
  readonly #sessionId: string;
  readonly #model: string;
  readonly #messages = new Map<string, OpenMessage>();
  /** The calls that were written, by part. */
  readonly #calls = new Set<string>();
  /** The call that a subagent's session belongs to. */
  readonly #parents = new Map<string, string>();

  /**
   * @param sessionId The session of the turn.
   * @param model As far as it is known.
   */
  constructor(sessionId: string, model: string) {
    this.#sessionId = sessionId;
    this.#model = model;
  }

  /** The records that an event gives. */
  feed(event: TurnEvent): JsonRecord[] {
    switch (event.type) {
      case "text":
        return this.#piece(event, "text");
      case "reasoning":
        return this.#piece(event, "thinking");
      case "tool":
        return this.#tool(event);
      case "step":
        return event.status === "finished" ? this.#finish(event) : [];
      case "done":
        return [...this.#messages.values()].flatMap((message) => this.#close(message));
      case "error":
        return [this.#own("error", event, { error: describeError(event.error) })];
      case "retry":
        return [this.#own("retry", event, {
          attempt: event.attempt,
          message: event.message,
          next: event.next,
        })];
      case "budget":
        return [this.#own("budget", event, {
          bound: event.bound,
          limit: event.limit,
          spent: event.spent,
        })];
      case "todo":
        return [this.#own("todo", event, { todos: event.todos })];
      case "file":
        return [this.#own("file", event, { paths: event.paths })];
      case "subagent":
        return [this.#own("subagent", event, {
          status: event.status,
          subagent_session_id: event.sessionId,
          title: event.title,
        })];
      case "permission":
        return [this.#own("permission", event, {
          status: event.status,
          request_id: event.request.id,
          permission: event.request.permission,
          patterns: event.request.patterns,
          ...event.request.tool && { tool_use_id: event.request.tool.callId },
          ...event.reply !== undefined && { reply: event.reply },
          ...event.message !== undefined && { message: event.message },
        })];
      case "question":
        return [this.#own("question", event, {
          status: event.status,
          request_id: event.request.id,
          questions: event.request.questions,
          ...event.answers !== undefined && { answers: event.answers },
        })];
    }
  }

  #piece(event: TextEvent | ReasoningEvent, kind: Block["kind"]): JsonRecord[] {
    const records: JsonRecord[] = [];
    const message = this.#message(event, records);
    const begun = message.block;
    const restarted = event.type === "text" && event.restarted;
    if (begun && (begun.partId !== event.partId || begun.kind !== kind || restarted)) {
      records.push(...this.#close(message));
    }
    if (message.block === undefined) {
      message.block = { kind, partId: event.partId, text: "" };
      const content_block = kind === "text"
        ? { type: "text", text: "", citations: null }
        : { type: "thinking", thinking: "", signature: "" };
      records.push(this.#streamed(message, {
        type: "content_block_start",
        index: message.index,
        content_block,
      }));
    }
    message.block.text += event.text;
    const delta = kind === "text"
      ? { type: "text_delta", text: event.text }
      : { type: "thinking_delta", thinking: event.text };
    records.push(
      this.#streamed(message, { type: "content_block_delta", index: message.index, delta }),
    );
    return records;
  }

  /** The message of an event; a new one begins the stream of a message. */
  #message(event: { messageId: string; sessionId: string }, records: JsonRecord[]): OpenMessage {
    const known = this.#messages.get(event.messageId);
    if (known) return known;
    const message: OpenMessage = { sessionId: event.sessionId, id: event.messageId, index: 0 };
    this.#messages.set(message.id, message);
    records.push(this.#streamed(message, {
      type: "message_start",
      message: this.#body(message, [], null),
    }));
    return message;
  }

  /** Ends the block that is being written. */
  #close(message: OpenMessage): JsonRecord[] {
    const { block, index } = message;
    if (block === undefined) return [];
    delete message.block;
    message.index++;
    const content = block.kind === "text"
      ? { type: "text", text: block.text, citations: null }
      : { type: "thinking", thinking: block.text, signature: "" };
    return [
      this.#streamed(message, { type: "content_block_stop", index }),
      this.#assistant(message, content),
    ];
  }

  #tool(event: ToolEvent): JsonRecord[] {
    const child = event.metadata?.["sessionId"] ?? event.metadata?.["sessionID"];
    if (typeof child === "string") this.#parents.set(child, event.callId);
    if (event.status === "pending") return [];
    const records: JsonRecord[] = [];
    if (!this.#calls.has(event.partId)) {
      this.#calls.add(event.partId);
      const message = this.#message(event, records);
      records.push(...this.#close(message));
      const content = { type: "tool_use", id: event.callId, name: event.name, input: event.input };
      message.index++;
      records.push(this.#assistant(message, content));
    }
    if (event.status === "running") return records;
    const failed = event.status === "error";
    records.push({
      type: "user",
      message: {
        role: "user",
        content: [{
          type: "tool_result",
          tool_use_id: event.callId,
          content: (failed ? event.error : event.output) ?? "",
          is_error: failed,
        }],
      },
      ...this.#envelope(event.sessionId),
      opencode: {
        ...event.title !== undefined && { title: event.title },
        ...event.metadata !== undefined && { metadata: event.metadata },
      },
    });
    return records;
  }

  #finish(event: StepEvent): JsonRecord[] {
    const message = this.#messages.get(event.messageId);
    if (message === undefined) return [];
    const records = this.#close(message);
    this.#messages.delete(message.id);
    const usage = event.usage ? usageRecord(event.usage) : NO_USAGE;
    records.push(
      this.#streamed(message, {
        type: "message_delta",
        delta: { stop_reason: stopReason(event.reason), stop_sequence: null },
        usage,
      }),
      this.#streamed(message, { type: "message_stop" }),
    );
    return records;
  }

  #assistant(message: OpenMessage, content: Record<string, unknown>): JsonRecord {
    return {
      type: "assistant",
      message: this.#body(message, [content], null),
      ...this.#envelope(message.sessionId),
    };
  }

  #body(message: OpenMessage, content: readonly unknown[], stop: string | null) {
    return {
      id: message.id,
      type: "message",
      role: "assistant",
      model: this.#model,
      content,
      stop_reason: stop,
      stop_sequence: null,
      usage: NO_USAGE,
    };
  }

  #streamed(message: OpenMessage, event: Record<string, unknown>): JsonRecord {
    return { type: "stream_event", event, ...this.#envelope(message.sessionId) };
  }

  #own(subtype: string, event: TurnEvent, fields: Record<string, unknown>): JsonRecord {
    return { type: "opencode", subtype, ...fields, ...this.#envelope(event.sessionId) };
  }

  #envelope(sessionId: string) {
    const parent_tool_use_id = sessionId === this.#sessionId
      ? null
      : this.#parents.get(sessionId) ?? sessionId;
    return { parent_tool_use_id, session_id: this.#sessionId, uuid: crypto.randomUUID() };
  }
}
