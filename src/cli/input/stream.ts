/**
 * `--input-format stream-json`: prompts, interrupts and answers as lines on standard input.
 *
 * @module
 */
import { AsyncQueue } from "../../async/queue.ts";
import type { Attachment } from "../../session/attachments.ts";
import type { PermissionHandler, QuestionHandler } from "../../session/requests.ts";
import type { Io } from "../io.ts";
import { type JsonRecord, lineOf } from "../output/records.ts";
import { type InputMessage, readMessage } from "./messages.ts";

/** A prompt that came in. */
export interface InputPrompt {
  text: string;
  files: Attachment[];
}

interface Waiting {
  resolve(response: Record<string, unknown>): void;
  reject(error: Error): void;
}

/** Reads standard input to its end; asks the program on the other side. */
export class StreamInput {
  /** The prompts, in their order; fails at a line that makes no sense. */
  readonly prompts = new AsyncQueue<InputPrompt>();
  readonly #io: Io;
  readonly #waiting = new Map<string, Waiting>();
  #interrupt: (() => void) | undefined;
  #ended = false;
  /** Whether a permission was refused since its input had ended. */
  unanswered = false;

  constructor(io: Io) {
    this.#io = io;
  }

  /** Called at each `interrupt`, until the next call of this. */
  onInterrupt(listener: (() => void) | undefined): void {
    this.#interrupt = listener;
  }

  /** Reads until the input ends or the signal aborts; never rejects. */
  async read(signal: AbortSignal): Promise<void> {
    const reader = this.#io.input().getReader();
    const cancel = () => void reader.cancel().catch(() => {});
    signal.addEventListener("abort", cancel, { once: true });
    const decoder = new TextDecoder();
    let rest: string[] = []; // the pieces of a line that is not whole yet
    try {
      for (;;) {
        const { done, value } = await reader.read();
        rest.push(done ? decoder.decode() : decoder.decode(value, { stream: true }));
        if (!done && !rest.at(-1)!.includes("\n")) continue;
        const lines = rest.join("").split("\n");
        rest = done ? [] : [lines.pop()!];
        for (const line of lines) await this.#take(readMessage(line));
        if (done) break;
      }
      this.prompts.end();
    } catch (error) {
      this.prompts.fail(error);
    } finally {
      signal.removeEventListener("abort", cancel);
      cancel();
      this.#ended = true;
      for (const { reject } of this.#waiting.values()) {
        reject(new Error("standard input has ended"));
      }
      this.#waiting.clear();
    }
  }

  /** Answers permissions by asking for `can_use_tool`. */
  readonly onPermission: PermissionHandler = async (request, { signal }) => {
    const answer: Record<string, unknown> = await this.#ask({
      subtype: "can_use_tool",
      tool_name: request.permission,
      input: request.input ?? request.metadata,
      tool_use_id: request.tool?.callId ?? request.id,
      opencode: { patterns: request.patterns, always: request.always, metadata: request.metadata },
    }, signal).catch((error: Error) => {
      this.unanswered ||= this.#ended;
      return { behavior: "deny", message: `Refused: ${error.message}` };
    });
    if (answer["behavior"] === "allow") {
      const { updatedPermissions: more } = answer;
      return Array.isArray(more) && more.length > 0 ? "always" : "once";
    }
    const { message } = answer;
    return { reply: "reject", message: typeof message === "string" ? message : "Refused" };
  };

  /** Answers questions by asking for `can_use_tool` of `AskUserQuestion`. */
  readonly onQuestion: QuestionHandler = async (request, { signal }) => {
    const questions = request.questions.map(({ multiple, ...rest }) => ({
      ...rest,
      multiSelect: multiple ?? false,
    }));
    const answer = await this.#ask({
      subtype: "can_use_tool",
      tool_name: "AskUserQuestion",
      input: { questions },
      tool_use_id: request.id,
    }, signal);
    if (answer["behavior"] !== "allow") return null;
    const { answers } = (answer["updatedInput"] ?? {}) as { answers?: Record<string, unknown> };
    return request.questions.map(({ question }) => {
      const given = answers?.[question];
      if (Array.isArray(given)) return given.map(String);
      return typeof given === "string" ? [given] : [];
    });
  };

  /** Sends a request and waits for its answer. */
  async #ask(
    request: Record<string, unknown>,
    signal: AbortSignal,
  ): Promise<Record<string, unknown>> {
    if (this.#ended) throw new Error("standard input has ended");
    const request_id = crypto.randomUUID();
    const answer = new Promise<Record<string, unknown>>((resolve, reject) =>
      this.#waiting.set(request_id, { resolve, reject })
    );
    const cancel = () => {
      if (!this.#waiting.delete(request_id)) return;
      this.#send({ type: "control_cancel_request", request_id }).catch(() => {});
    };
    signal.addEventListener("abort", cancel, { once: true });
    try {
      await this.#send({ type: "control_request", request_id, request });
      return await answer;
    } finally {
      signal.removeEventListener("abort", cancel);
    }
  }

  async #take(message: InputMessage): Promise<void> {
    if (message.type === "prompt") {
      const { text, files } = message;
      return this.prompts.push({ text, files });
    }
    if (message.type === "request") return await this.#request(message.id, message.subtype);
    if (message.type !== "answer") return;
    const waiting = this.#waiting.get(message.id);
    this.#waiting.delete(message.id);
    if (message.error !== undefined) waiting?.reject(new Error(message.error));
    else waiting?.resolve(message.response ?? {});
  }

  async #request(request_id: string, subtype: string): Promise<void> {
    if (subtype === "interrupt") this.#interrupt?.();
    const known = subtype === "interrupt" || subtype === "initialize";
    await this.#send({
      type: "control_response",
      response: known
        ? { subtype: "success", request_id, response: {} }
        : { subtype: "error", request_id, error: `There is no control request "${subtype}"` },
    });
  }

  async #send(record: JsonRecord): Promise<void> {
    await this.#io.out(lineOf(record));
  }
}
