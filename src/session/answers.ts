/**
 * Answers what the server asks during a turn, for the session and every subagent below it.
 *
 * @module
 */
import type { OpencodeClient } from "../client/client.ts";
import type { Clock } from "./clock.ts";
import type { TurnEvent } from "./events.ts";
import type {
  PermissionHandler,
  PermissionReply,
  PermissionRequest,
  QuestionHandler,
  QuestionReply,
  QuestionRequest,
} from "./requests.ts";

/** What the model reads where nobody was there to ask. */
export const NOBODY_TO_ASK =
  "Refused: this needs a permission and the program that runs you gave none. Go on without it, or say what you would need.";

/** What the agent reads in place of an answer where nobody was there to ask. */
export const NOBODY_TO_ANSWER = "Nobody can answer; decide by yourself and go on";

/** What an {@linkcode Answerer} needs. */
export interface AnswererOptions {
  client: OpencodeClient;
  clock: Clock;
  directory: string;
  sessionId: string;
  signal: AbortSignal;
  answerTimeout: number;
  /** Gives `undefined` where nobody is there to ask. */
  onPermission(
    ...args: Parameters<PermissionHandler>
  ): ReturnType<PermissionHandler> | undefined;
  onQuestion: QuestionHandler | undefined;
  /** The arguments of a tool call. */
  inputOf(callId: string): Record<string, unknown> | undefined;
  emit(event: TurnEvent): void;
}

/** Hands each request to its handler once, and its answer to the server. */
export class Answerer {
  /** How many handlers are at work. */
  pending = 0;
  readonly #options: AnswererOptions;
  readonly #seen = new Set<string>();

  constructor(options: AnswererOptions) {
    this.#options = options;
  }

  /** Takes the properties of `permission.asked`. */
  async permission(wire: WirePermission): Promise<void> {
    if (this.#seen.has(wire.id)) return;
    this.#seen.add(wire.id);
    const { client, directory, emit } = this.#options;
    const request = permissionRequest(wire, this.#options.inputOf);
    const sessionId = request.sessionId;
    emit({ type: "permission", status: "asked", sessionId, request });
    const answer = await this.#ask<PermissionReply>(
      (context) =>
        this.#options.onPermission(request, context) ??
          { reply: "reject", message: NOBODY_TO_ASK },
      (why) => ({ reply: "reject", message: `Refused: ${why}` }),
    );
    const { reply, message } = checked(answer);
    await client.permission.reply(
      { requestID: request.id, reply, directory, ...message !== undefined && { message } },
    ).catch(() => {}); // the turn was aborted, or another client was faster
    emit({
      type: "permission",
      status: "replied",
      sessionId,
      request,
      reply,
      ...message !== undefined && { message },
    });
  }

  /** Takes the properties of `question.asked`. */
  async question(wire: WireQuestion): Promise<void> {
    if (this.#seen.has(wire.id)) return;
    this.#seen.add(wire.id);
    const { client, directory, emit } = this.#options;
    const request: QuestionRequest = {
      id: wire.id,
      sessionId: wire.sessionID,
      questions: wire.questions,
    };
    const sessionId = request.sessionId;
    emit({ type: "question", status: "asked", sessionId, request });
    const byDefault = () => request.questions.map(() => [NOBODY_TO_ANSWER]);
    const { onQuestion } = this.#options;
    const answers = onQuestion === undefined
      ? byDefault()
      : await this.#ask<QuestionReply>((context) => onQuestion(request, context), byDefault);
    const requestID = request.id;
    if (answers === null) await client.question.reject({ requestID, directory }).catch(() => {});
    else await client.question.reply({ requestID, answers, directory }).catch(() => {});
    emit(
      answers === null
        ? { type: "question", status: "rejected", sessionId, request }
        : { type: "question", status: "replied", sessionId, request, answers },
    );
  }

  /** A handler that throws or takes too long does not hold up the turn. */
  async #ask<T>(
    handler: (context: { signal: AbortSignal; session: { readonly id: string } }) => T | Promise<T>,
    otherwise: (why: string) => T,
  ): Promise<T> {
    const { clock, answerTimeout, signal, sessionId } = this.#options;
    const controller = new AbortController();
    const abort = () => controller.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    let timer: unknown;
    this.pending++;
    try {
      return await new Promise<T>((resolve, reject) => {
        timer = clock.setTimer(() => {
          resolve(otherwise(`no answer came within ${answerTimeout} ms`));
          controller.abort(new DOMException("No answer came in time", "TimeoutError"));
        }, answerTimeout);
        controller.signal.addEventListener("abort", () => resolve(otherwise("the turn was ended")));
        Promise.resolve()
          .then(() => handler({ signal: controller.signal, session: { id: sessionId } }))
          .then(resolve, reject);
      });
    } catch (error) {
      return otherwise(`the handler failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      this.pending--;
      clock.clearTimer(timer);
      signal.removeEventListener("abort", abort);
    }
  }
}

/** The properties of `permission.asked` (server 1.18.33). */
export interface WirePermission {
  id: string;
  sessionID: string;
  permission: string;
  patterns: string[];
  metadata?: Record<string, unknown>;
  always?: string[];
  tool?: { messageID: string; callID: string };
}

/** The properties of `question.asked` (server 1.18.33). */
export interface WireQuestion {
  id: string;
  sessionID: string;
  questions: QuestionRequest["questions"];
}

function permissionRequest(
  wire: WirePermission,
  inputOf: AnswererOptions["inputOf"],
): PermissionRequest {
  const request: PermissionRequest = {
    id: wire.id,
    sessionId: wire.sessionID,
    permission: wire.permission,
    patterns: wire.patterns,
    metadata: wire.metadata ?? {},
    always: wire.always ?? [],
  };
  if (wire.tool) {
    request.tool = { messageId: wire.tool.messageID, callId: wire.tool.callID };
    const input = inputOf(wire.tool.callID);
    if (input) request.input = input;
  }
  return request;
}

/** What a handler gave, or a refusal where it gave nothing that makes sense. */
function checked(
  answer: PermissionReply,
): { reply: "once" | "always" | "reject"; message?: string | undefined } {
  const { reply, message } = typeof answer === "object" && answer !== null
    ? answer
    : { reply: answer, message: undefined };
  if (reply === "once" || reply === "always") return { reply };
  if (reply === "reject") return { reply, message };
  return {
    reply: "reject",
    message: `Refused: the handler answered ${
      JSON.stringify(answer)
    }, not "once", "always" or "reject"`,
  };
}
