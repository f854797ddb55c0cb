/**
 * Drives one turn: opens the events, sends the request, answers what is asked, keeps the bounds, and
 * puts everything in order at the end. What the events mean is the reader's business (`dialect/`).
 *
 * @module
 */
import { abortable, both, linkSignals } from "../../async/abort.ts";
import type { Account } from "../../budget/ledger.ts";
import type { ServerEvent } from "../../client/events.ts";
import type { Step, TurnPlace, TurnReader, TurnRequest } from "../../dialect/types.ts";
import {
  APITimeoutError,
  ServerExitedError,
  TurnAbortedError,
  TurnTimeoutError,
} from "../../errors.ts";
import { type SessionContext, takeTurn } from "../context.ts";
import type { TurnEvent } from "../events.ts";
import type { LocalTools } from "./local_tools.ts";
import type { ObservedTurn, TurnWatch } from "./observer.ts";
import type { TurnLimits } from "../options.ts";
import { Reply } from "../reply.ts";
import type { QuestionHandler } from "../requests.ts";
import type { ResolvedPrompt } from "../resolve.ts";
import { Deadlines } from "./deadlines.ts";
import { Ending } from "./ending.ts";
import { Inquiry } from "./inquiry.ts";
import { Output } from "./output.ts";
import { RequestResponder } from "./responder.ts";
import { Sending } from "./sending.ts";
import { forgetLateRun, type Stopped, within } from "./stop.ts";

/** What a turn takes that is not sent. */
export interface RunSettings extends Pick<ResolvedPrompt, "answerTimeout" | "onPermission"> {
  onQuestion: QuestionHandler | undefined;
  limits: Required<TurnLimits>;
  /** Whether events are kept for the reply. */
  collect: boolean;
  signal: AbortSignal | undefined;
}

/** What a run needs. */
export interface RunOptions extends TurnPlace {
  context: SessionContext;
  /** What it is asked, for those who watch. */
  asked: ObservedTurn["asked"];
  settings: RunSettings;
  /** Whether the model is asked for data; what that leaves behind is put in order. */
  hasFormat: boolean;
  /** Sees to what must hold before anything is sent. */
  before?(signal: AbortSignal): Promise<void>;
  /** Makes the request; files are read here. */
  request(): Promise<TurnRequest>;
  /** Tools of this process for the model. */
  tools?: LocalTools | undefined;
  /** Watches it. */
  watch?: TurnWatch | undefined;
  /** Takes the events as they come. */
  emit(event: TurnEvent): void;
}

/** How long the end of a turn may take, in milliseconds, and what a stop leaves of it. */
const END_WITHIN = 4_500;
const ORDER_AFTER_STOP = 1_000;

/** One turn on its way. */
export class TurnRun {
  readonly #run: RunOptions;
  readonly #reader: TurnReader;
  readonly #ending = new Ending();
  readonly #output: Output;
  readonly #responder: RequestResponder;
  readonly #deadlines: Deadlines;
  readonly #inquiry: Inquiry;
  readonly #account: Account | undefined;
  readonly #sending: Sending;

  constructor(run: RunOptions) {
    this.#run = run;
    const { context, settings, sessionId, directory, tools } = run;
    const { dialect, clock } = context;
    const { limits, collect, answerTimeout, onPermission, onQuestion } = settings;
    const fail = (error: unknown) => this.fail(this.#translated(error));
    const reader = this.#reader = dialect.turn(run);
    const ending = this.#ending;
    this.#account = context.ledger?.account(
      fail,
      (near) => this.#output.emit({ type: "budget", sessionId, ...near }),
    );
    this.#output = new Output({
      clock,
      limits,
      collect,
      ownName: (name) => tools?.ownName(name) ?? name,
      emit: run.emit,
      took: (taken) => this.#account?.took(taken),
      fail,
    }, sessionId);
    this.#responder = new RequestResponder({
      dialect,
      clock,
      directory,
      sessionId,
      signal: ending.signal,
      answerTimeout,
      grants: context.grants,
      // the executor decides about its tools, not the server's rules
      onPermission: (request, handler) =>
        tools?.owns(request.permission) ? "once" : onPermission?.(request, handler),
      onQuestion,
      reader,
      emit: (event) => this.#output.emit(event),
      fail,
    });
    this.#deadlines = new Deadlines({
      clock,
      ...limits,
      working: () => reader.working || this.#responder.pending > 0,
      expired: (why) => fail(new TurnTimeoutError(why, reader.progress)),
      quiet: () => void (this.#sending.isAccepted && this.#inquiry.ask()),
    });
    this.#inquiry = new Inquiry({
      context,
      place: run,
      reader,
      ending,
      accepted: () => this.#sending.isAccepted,
      take: (step) => this.#tell(step),
      feed: (events) => this.#take(events),
      fail,
    });
    this.#sending = new Sending({ context, place: run, reader, inquiry: this.#inquiry });
  }

  /** Ends the turn at the caller's wish, here and on the server. */
  abort(reason?: unknown): void {
    const { closing } = this.#run.context;
    const why = reason === undefined
      ? "The turn was aborted by its caller"
      : reason === closing?.reason && reason instanceof TurnAbortedError
      ? reason.message
      : undefined;
    const error = why === undefined ? reason : new TurnAbortedError(why, this.#reader.progress);
    this.fail(error, true);
  }

  /** Ends the turn with this error, here and on the server. */
  fail(error: unknown, aborted = false): void {
    if (this.#ending.over || this.#isOver) return;
    const { text } = this.#ending.broken = this.#reader.result;
    this.#ending.fail(error instanceof ServerExitedError ? withText(error, text) : error, aborted);
  }

  /** Runs it to its end; never rejects: the reply's `outcome` and `error` say how it went. */
  async execute(): Promise<Reply> {
    const { context, sessionId, settings: { signal } } = this.#run;
    const onAbort = () => this.abort(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const onExit = (error: Error) => {
      this.#sending.serverEnded();
      this.fail(error);
    };
    context.exitListeners.add(onExit);
    const slot = takeTurn(context, sessionId);
    try {
      await Promise.race([slot, this.#ending.reached]);
      if (!this.#ending.over) await this.#account?.open();
      if (!this.#ending.over) await this.#drive();
    } catch (error) {
      this.fail(this.#translated(error));
    } finally {
      await this.#account?.close().catch((error: Error) => context.warn(error.message));
      this.#deadlines.stop();
      context.exitListeners.delete(onExit);
      signal?.removeEventListener("abort", onAbort);
      // where the wait for the queue was cut short, the place in it is given up when it comes
      slot.then((release) => release());
    }
    return this.#reply();
  }

  async #drive(): Promise<void> {
    const { context } = this.#run;
    const { server, closing } = context;
    closing?.throwIfAborted();
    if (server && !server.running) throw server.exitError();
    await forgetLateRun(context, this.#run.sessionId);
    this.#deadlines.start();
    let stopped: Stopped | undefined;
    try {
      const [request, events] = await this.#open();
      try {
        if (!this.#ending.over) await this.#follow(request);
        if (this.#ending.failure && !this.#isOver) stopped = await this.#sending.stop();
        const missing = stopped === undefined && this.#reader.incomplete && !this.#ending.failure;
        if (missing) await this.#fetchRest();
      } finally {
        this.#sending.end(stopped, events);
      }
    } catch (error) {
      this.fail(this.#translated(error));
    } finally {
      await this.#putInOrder(stopped);
    }
  }

  /** Makes the request, and sees to all that comes before it, while the connection for events opens. */
  async #open(): Promise<[TurnRequest, { close(): void }]> {
    const { context: { dialect }, directory, tools, watch } = this.#run;
    const { signal } = this.#ending;
    const opening = linkSignals([signal]); // once it stands it stays until the turn has stopped
    try {
      const events = dialect.subscribe({
        events: (batch) => this.#take(batch),
        gap: () =>
          this.#ending.over || void this.#inquiry.afterGap(
            this.#sending.isSent,
            (lost) => this.#ask(lost),
          ),
        lost: (error) => this.fail(this.#translated(error)),
      }, { directory, signal: opening.signal });
      const prepare = async () => {
        await abortable(this.#run.before?.(signal) ?? Promise.resolve(), signal);
        if (tools) {
          await events; // nothing may fail beside them while they open
          await tools.open(signal, watch);
        }
        return await abortable(this.#run.request(), signal);
      };
      return await both(prepare(), events, (late) => late.close());
    } finally {
      opening.dispose();
    }
  }

  /** Sends the request, and follows the turn to its end. */
  async #follow(request: TurnRequest): Promise<void> {
    const judge = () => this.#judge();
    this.#sending.send(request, judge, (error) => this.fail(this.#translated(error)));
    this.#judge();
    await this.#ending.reached;
  }

  #take(batch: readonly ServerEvent[]): void {
    if (this.#inquiry.hold(batch)) return;
    const step = this.#reader.feed(batch);
    if (step.alive) this.#deadlines.heard();
    const stopping = this.#ending.over;
    if (!stopping) this.#responder.take(step.asked);
    this.#tell(step, stopping);
    if (!stopping) this.#judge();
    else this.#sending.heardLate();
  }

  #tell({ rounds, times, events }: Step, stopping = false): void {
    if (times.length > 0) this.#run.watch?.times(times);
    if (!stopping) this.#output.take(events, this.#reader);
    if (rounds.length + events.length > 0) this.#run.watch?.rounds(rounds);
  }

  /** Events that were held back and are void: what they ask waits for an answer all the same. */
  #ask(lost: readonly ServerEvent[]): void {
    this.#responder.take(this.#reader.asked(lost));
  }

  /** Whether the turn ended normally, and the server has accepted it. */
  get #isOver(): boolean {
    return this.#reader.next === "ended" && this.#sending.isAccepted;
  }

  /** After new events: is it over, or does the server have to be asked? */
  #judge(): void {
    if (this.#ending.over || !this.#sending.isAccepted) return;
    if (this.#isOver) this.#ending.complete();
    else if (this.#reader.next === "ask") void this.#inquiry.ask();
  }

  /** The last pieces of text did not come with the events: without them it is no answer. */
  async #fetchRest(): Promise<void> {
    const timeoutReason = () =>
      new APITimeoutError(`The rest of the answer did not come within ${END_WITHIN} ms`, {
        timeout: END_WITHIN,
      });
    const bound = linkSignals([], { timeout: END_WITHIN, timeoutReason });
    try {
      await this.#inquiry.fetch(bound.signal, true);
    } catch (error) {
      this.#ending.broken = { ...this.#reader.result, error: this.#translated(error) };
    } finally {
      bound.dispose();
    }
  }

  /** What a turn leaves behind is put in order before the session's next turn. */
  async #putInOrder(stopped: Stopped | undefined): Promise<void> {
    const { context: { dialect, warn }, sessionId, hasFormat, tools } = this.#run;
    const ms = stopped === undefined ? END_WITHIN : ORDER_AFTER_STOP;
    const answers = stopped !== "unanswered" && !this.#sending.isGone;
    if (answers && this.#sending.isSent && hasFormat) {
      const { message } = this.#reader.result;
      const what = `make the messages of session ${sessionId} readable again`;
      const repair = async (signal: AbortSignal) => {
        // one that did not arrive would be made by it
        const isStored = this.#sending.isAccepted || await dialect.isStored(this.#run, { signal });
        if (isStored) await dialect.repairFormat(this.#run, message, { signal });
      };
      await within(ms, what, warn, repair);
    }
    if (!tools) return;
    const what = `take the tools of session ${sessionId} back`;
    await within(ms, what, warn, (signal) => tools.close(answers ? signal : undefined));
  }

  #translated(error: unknown): unknown {
    const { server, closing } = this.#run.context;
    if (closing?.aborted) return closing.reason; // the server went because it was told to
    return server && !server.running ? server.exitError() : error;
  }

  #reply(): Reply {
    const { sessionId, messageId } = this.#run;
    const { failure } = this.#ending;
    const { error: said, ...result } = this.#ending.broken ?? this.#reader.result;
    const error = failure ? failure.error : said;
    const outcome = error === undefined
      ? "completed"
      : error instanceof TurnAbortedError || failure?.aborted
      ? "aborted"
      : "error";
    const structuredBy = result.structured === undefined ? undefined : "tool";
    const { events } = this.#output;
    return new Reply({ ...result, structuredBy, sessionId, messageId, outcome, error, events });
  }
}

/** The error of a server with what had arrived; each turn has its own. */
function withText({ message, exitCode, logs }: ServerExitedError, text: string): ServerExitedError {
  return new ServerExitedError(message, { exitCode, logs, text });
}
