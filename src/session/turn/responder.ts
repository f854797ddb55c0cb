/**
 * Answers what the server asks during a turn, for the session and every subagent below it.
 *
 * @module
 */
import { type LinkedSignal, linkSignals } from "../../async/abort.ts";
import { backoff } from "../../async/backoff.ts";
import { startTimer } from "../../async/timer.ts";
import type { Asked, Dialect, ToolCallRef, TurnReader } from "../../dialect/types.ts";
import { APIStatusError, InvalidArgumentError, NotFoundError, TurnError } from "../../errors.ts";
import type { CallOptions } from "../../http/options.ts";
import type { Clock } from "../../async/clock.ts";
import type { Grants } from "../../permissions/grants.ts";
import { pause } from "../../async/pause.ts";
import type { TurnEvent } from "../events.ts";
import type {
  PermissionHandler,
  PermissionReply,
  PermissionRequest,
  QuestionHandler,
  QuestionReply,
  QuestionRequest,
} from "../requests.ts";

/** What the model reads where nobody was there to ask. */
export const NOBODY_TO_ASK =
  "Refused: this needs a permission and the program that runs you gave none. Go on without it, or say what you would need.";

/** What the agent reads in place of an answer where nobody was there to ask. */
export const NOBODY_TO_ANSWER = "Nobody can answer; decide by yourself and go on";

/** What a {@linkcode RequestResponder} needs. */
export interface ResponderOptions {
  dialect: Dialect;
  clock: Clock;
  directory: string;
  sessionId: string;
  signal: AbortSignal;
  /** How long a handler may take, in milliseconds. */
  answerTimeout: number;
  /** What was allowed for good: it is not asked again. */
  grants: Grants;
  /** Returns `undefined` where nobody is there to ask. */
  onPermission(
    ...args: Parameters<PermissionHandler>
  ): ReturnType<PermissionHandler> | undefined;
  onQuestion: QuestionHandler | undefined;
  reader: TurnReader;
  emit(event: TurnEvent): void;
  /** Fails the turn: its request can't be answered. */
  fail(error: unknown): void;
}

/** How often an answer is sent before the turn fails, and how long each try may take. */
const TRIES = 4;
const TRY_TIMEOUT = 5_000;

/** How long a permission request may wait for the arguments of its call, in milliseconds. */
const INPUT_WITHIN = 1_000;

/** Hands each request to its handler once, and its answer to the server. */
export class RequestResponder {
  /** How many requests wait for their answer. */
  pending = 0;
  readonly #options: ResponderOptions;
  /** The requests that came, and what ends the sending of an answer. */
  readonly #seen = new Map<string, LinkedSignal>();
  /** The requests that wait for a handler, and what allows each without it. */
  readonly #waiting = new Map<PermissionRequest, () => void>();

  constructor(options: ResponderOptions) {
    this.#options = options;
  }

  /** Takes what the server asks, or says to be answered. */
  take(asked: readonly Asked[]): void {
    for (const one of asked) {
      if (one.kind === "permission") this.#permission(one.request);
      else if (one.kind === "question") this.#question(one.request);
      else this.#seen.get(one.id)?.abort();
    }
  }

  async #permission(request: PermissionRequest): Promise<void> {
    await this.#once(request.id, async (sending) => {
      const { dialect, directory, emit, grants, sessionId: own } = this.#options;
      const { sessionId, tool } = request;
      // the server would take "always" for the whole directory: it hears "once"
      const deliver = ({ reply, message }: CheckedReply) =>
        this.#deliver("permission", sending, (call) =>
          dialect.answerPermission(
            request,
            { reply: reply === "always" ? "once" : reply, ...message !== undefined && { message } },
            directory,
            call,
          ));
      if (grants.covers(own, request)) return await deliver({ reply: "once" });
      const input = tool && await this.#inputOf({ sessionId, ...tool }, sending);
      if (input) request.input = input;
      emit({ type: "permission", status: "asked", sessionId, request });
      const granted = new Promise<PermissionReply>((resolve) =>
        this.#waiting.set(request, () => resolve("once"))
      );
      const answer = await this.#ask<PermissionReply>(
        (context) =>
          this.#options.onPermission(request, context) ??
            { reply: "reject", message: NOBODY_TO_ASK },
        (why) => ({ reply: "reject", message: `Refused: ${why}` }),
        granted,
      );
      this.#waiting.delete(request);
      const said = checkedReply(answer);
      if (said.reply === "always") this.#grant(request);
      await deliver(said);
      emit({ type: "permission", status: "replied", sessionId, request, ...said });
    });
  }

  /** Remembers an answer "always", which answers what waits and is covered by it too. */
  #grant(request: PermissionRequest): void {
    const { grants, sessionId } = this.#options;
    grants.add(sessionId, request);
    for (const [other, allow] of this.#waiting) if (grants.covers(sessionId, other)) allow();
  }

  async #question(request: QuestionRequest): Promise<void> {
    await this.#once(request.id, async (sending) => {
      const { dialect, directory, emit, onQuestion } = this.#options;
      const { sessionId, questions } = request;
      emit({ type: "question", status: "asked", sessionId, request });
      const byDefault = () => questions.map(() => [NOBODY_TO_ANSWER]);
      const answers = onQuestion === undefined
        ? byDefault()
        : await this.#ask<QuestionReply>((context) => onQuestion(request, context), byDefault);
      checkAnswers(answers, questions.length);
      await this.#deliver(
        "question",
        sending,
        (call) => dialect.answerQuestion(request, answers, directory, call),
      );
      emit(
        answers === null
          ? { type: "question", status: "rejected", sessionId, request }
          : { type: "question", status: "replied", sessionId, request, answers },
      );
    });
  }

  /**
   * The arguments of a call: the server asks before the event that tells of them (1.18.33), so the
   * stored message is asked too. `undefined` where they can't be had, or could be another call's.
   */
  async #inputOf(
    tool: ToolCallRef,
    signal: AbortSignal,
  ): Promise<Record<string, unknown> | undefined> {
    const { dialect, directory, clock, reader } = this.#options;
    const call = { signal, timeout: INPUT_WITHIN, maxRetries: 0 };
    for (let wait = 20; wait < INPUT_WITHIN && !signal.aborted; wait *= 2) {
      const input = reader.inputOf(tool.messageId, tool.callId) ??
        await dialect.inputOf(tool, directory, call).catch(() => undefined);
      if (input) return input;
      await pause(clock, wait, signal);
    }
    return undefined;
  }

  /** Answers a request that is new; where that fails, so does the turn. */
  async #once(id: string, answer: (sending: AbortSignal) => Promise<void>): Promise<void> {
    if (this.#seen.has(id)) return;
    const sending = linkSignals([this.#options.signal]);
    this.#seen.set(id, sending);
    this.pending++;
    try {
      await answer(sending.signal);
    } catch (error) {
      this.#options.fail(error);
    } finally {
      this.pending--;
      sending.dispose();
    }
  }

  /** Sends an answer, again where it may not have arrived. */
  async #deliver(
    what: string,
    signal: AbortSignal,
    send: (call: CallOptions) => Promise<unknown>,
  ): Promise<void> {
    const { clock, reader } = this.#options;
    for (let tries = 1; !signal.aborted; tries++) {
      try {
        return void await send({ signal, timeout: TRY_TIMEOUT, maxRetries: 0 });
      } catch (cause) {
        if (signal.aborted) return;
        // it came before (a try whose answer was lost), or another client was faster
        if (cause instanceof NotFoundError) return;
        const final = cause instanceof APIStatusError && cause.status < 500;
        if (final || tries === TRIES) {
          const why = cause instanceof Error ? cause.message : String(cause);
          throw new TurnError(
            `The turn failed: the answer to a ${what} request did not reach the server in ${tries} ${
              tries === 1 ? "try" : "tries"
            }: ${why}`,
            { ...reader.progress, cause },
          );
        }
        await pause(clock, backoff(tries, { base: 100 }), signal);
      }
    }
  }

  /**
   * A handler that throws or takes too long does not hold up the turn.
   *
   * @param before An answer that may come before the handler's.
   */
  async #ask<T>(
    handler: (context: { signal: AbortSignal; session: { readonly id: string } }) => T | Promise<T>,
    otherwise: (why: string) => T,
    before?: Promise<T>,
  ): Promise<T> {
    const { clock, answerTimeout, signal, sessionId } = this.#options;
    const controller = new AbortController();
    const abort = () => controller.abort(signal.reason);
    signal.addEventListener("abort", abort, { once: true });
    if (signal.aborted) abort();
    let timer = () => {};
    try {
      return await new Promise<T>((resolve, reject) => {
        timer = startTimer(answerTimeout, () => {
          resolve(otherwise(`no answer came within ${answerTimeout} ms`));
          controller.abort(new DOMException("No answer came in time", "TimeoutError"));
        }, clock);
        controller.signal.addEventListener("abort", () => resolve(otherwise("the turn was ended")));
        before?.then((answer) => {
          resolve(answer);
          controller.abort(new DOMException("It has its answer", "AbortError"));
        });
        Promise.resolve()
          .then(() => handler({ signal: controller.signal, session: { id: sessionId } }))
          .then(resolve, reject);
      });
    } catch (error) {
      return otherwise(`the handler failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      timer();
      signal.removeEventListener("abort", abort);
    }
  }
}

/** An answer that the server takes. */
interface CheckedReply {
  reply: "once" | "always" | "reject";
  message?: string;
}

/** What a handler returned, or a refusal where that is no answer. */
function checkedReply(answer: PermissionReply): CheckedReply {
  const { reply, message } = typeof answer === "object" && answer !== null
    ? answer
    : { reply: answer, message: undefined };
  if (reply === "once" || reply === "always") return { reply };
  const isText = message === undefined || typeof message === "string";
  if (reply === "reject" && isText) return { reply, ...message !== undefined && { message } };
  return {
    reply: "reject",
    message: `Refused: the handler answered ${
      shown(answer)
    }, not "once", "always" or "reject", nor { reply, message }`,
  };
}

/** @throws {InvalidArgumentError} where a handler returned something else than answers. */
function checkAnswers(answers: unknown, count: number): asserts answers is QuestionReply {
  if (answers === null) return;
  const ok = Array.isArray(answers) && answers.length === count &&
    answers.every((one) => Array.isArray(one) && one.every((label) => typeof label === "string"));
  if (ok) return;
  throw new InvalidArgumentError(
    `Cannot answer ${count} ${count === 1 ? "question" : "questions"} with ${
      shown(answers)
    }: onQuestion returns one list of labels for each question, such as [["Yes"]], or null`,
  );
}

/** A value in an error message, whatever it is. */
function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return typeof value; // a BigInt, or a circle
  }
}
