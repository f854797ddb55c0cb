/**
 * Drives one turn: sends the prompt, follows the events, keeps the bounds, ends.
 *
 * @module
 */
import { APIStatusError, TurnAbortedError, TurnTimeoutError } from "../errors.ts";
import type { SessionPromptAsyncInput } from "../api/operations.gen.ts";
import type { ServerEvent } from "../client/events.ts";
import { Bounds } from "./bounds.ts";
import { both } from "../async/abort.ts";
import { RequestResponder, type WirePermission, type WireQuestion } from "./answers.ts";
import { inputOfCall } from "./call_input.ts";
import { pause } from "./clock.ts";
import { type SessionContext, takeTurn } from "./context.ts";
import type { TurnEvent } from "./events.ts";
import { turnError } from "./failure.ts";
import type { LocalTools } from "./local_tools.ts";
import { type PromptOptions, resolveLimits, type TurnLimits } from "./options.ts";
import { pendingEvents } from "./pending.ts";
import { replyOf } from "./outcome.ts";
import type { Reply } from "./reply.ts";
import { TurnState } from "./state.ts";
import { stopOnServer } from "./stop.ts";
import { storedMessages } from "./stored.ts";

/** What a run needs. */
export interface RunOptions {
  context: SessionContext;
  sessionId: string;
  directory: string;
  messageId: string;
  options: PromptOptions;
  /** Makes the request's body; files are read here. */
  body(
    options: PromptOptions,
  ): Promise<Omit<SessionPromptAsyncInput, "sessionID" | "messageID" | "directory">>;
  /** Sees to what must hold before anything is sent. */
  before?(signal: AbortSignal): Promise<void>;
  /** Tools of this process for the model. */
  tools?: LocalTools | undefined;
  /** Puts in order what the turn left behind, before the session's next turn. */
  after?(reply: Reply): Promise<void>;
  /** Sends something else than a prompt, such as a command; its answer comes at the end. */
  send?(
    ids: { sessionID: string; messageID: string; directory: string },
    signal: AbortSignal,
  ): Promise<unknown>;
  /** Takes the events as they come. */
  emit(event: TurnEvent): void;
}

/** After so long without an event of the turn the server is asked, in milliseconds. */
const POLL_AFTER = 15_000;

/** One turn on its way. */
export class TurnRun {
  readonly #run: RunOptions;
  readonly #state: TurnState;
  readonly #limits: Required<TurnLimits>;
  readonly #bounds: Bounds;
  readonly #controller = new AbortController();
  readonly #events: TurnEvent[] = [];
  readonly #responder: RequestResponder;
  #over!: () => void;
  readonly #ended: Promise<void> = new Promise((resolve) => this.#over = resolve);
  #failure: { error: unknown; aborted: boolean } | undefined;
  #sent = false;
  #accepted = false;
  #stopping = false;
  #checking = false;
  #doubts = 0;
  #lastLife = 0;
  #started = 0;
  #timer: unknown;
  /** Events that wait until what came before them is known. */
  #held: ServerEvent[] | undefined;

  constructor(run: RunOptions) {
    this.#run = run;
    this.#limits = resolveLimits(run.options);
    this.#bounds = new Bounds(this.#limits, run.sessionId);
    this.#state = new TurnState(run.sessionId, run.messageId);
    const { context, options, directory } = run;
    const { signal } = this.#controller;
    this.#responder = new RequestResponder({
      client: context.client,
      clock: context.clock,
      directory,
      sessionId: run.sessionId,
      signal,
      answerTimeout: options.answerTimeout ?? 600_000,
      onPermission: (request, handler) =>
        // the executor decides about its tools, not the server's rules
        run.tools?.owns(request.permission) ? "once" : options.onPermission?.(request, handler),
      onQuestion: options.onQuestion,
      inputOf: (call) => {
        const { calls } = this.#state;
        return inputOfCall({ ...context, directory, signal, calls }, call);
      },
      fail: (error) => this.fail(error),
      at: () => this.#at(),
      emit: (event) => this.#emit(event),
    });
  }

  /** Ends the turn at the caller's wish, here and on the server. */
  abort(reason: unknown): void {
    this.fail(reason, true);
  }

  /** Ends the turn with this error, here and on the server. */
  fail(error: unknown, aborted = false): void {
    if (this.#failure || this.#state.phase === "ended") return;
    this.#failure = { error, aborted };
    this.#controller.abort(error);
    this.#over();
  }

  /** Runs it to its end; never rejects: the reply's `outcome` and `error` say how it went. */
  async execute(): Promise<Reply> {
    const { context, sessionId, options } = this.#run;
    const { signal } = options;
    const onAbort = () => this.abort(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const onExit = () => this.fail(context.server!.exitError());
    context.exitListeners.add(onExit);
    const slot = takeTurn(context, sessionId);
    try {
      await Promise.race([slot, this.#ended]);
      if (!this.#failure) await this.#drive();
    } catch (error) {
      this.fail(this.#translated(error));
    } finally {
      context.clock.clearTimer(this.#timer);
      this.#controller.abort(new DOMException("The turn is over", "AbortError"));
      context.exitListeners.delete(onExit);
      signal?.removeEventListener("abort", onAbort);
      if (this.#sent) await this.#run.after?.(this.#finish());
      await this.#run.tools?.close();
      // where the wait for the queue was cut short, the place in it is given up when it comes
      slot.then((release) => release());
    }
    return this.#finish();
  }

  async #drive(): Promise<void> {
    const { context, sessionId, messageId, directory } = this.#run;
    const { client, clock, server, closing } = context;
    closing?.throwIfAborted();
    if (server && !server.running) throw server.exitError();
    this.#started = this.#lastLife = clock.now();
    const signal = this.#controller.signal;
    await this.#run.before?.(signal);
    await this.#run.tools?.open(signal);
    const [body, subscription] = await both(
      this.#run.body(this.#run.options),
      client.subscribe({
        events: (batch) => this.#take(batch),
        gap: () => this.#afterGap(),
        lost: (error) => this.fail(this.#translated(error)),
      }, { directory, signal }),
      (late) => late.close(),
    );
    try {
      if (this.#failure) return;
      this.#arm();
      this.#sent = true;
      const ids = { sessionID: sessionId, messageID: messageId, directory };
      if (this.#run.send) this.#follow(this.#run.send(ids, signal));
      else await client.session.promptAsync({ ...body, ...ids }, { signal });
      this.#accepted = true;
      if (body.noReply) this.#state.settle();
      else this.#judge();
      if (this.#state.phase !== "ended") await this.#ended;
      if (!this.#failure && this.#state.incomplete) await this.#fetch(true);
    } catch (error) {
      this.fail(this.#translated(error));
    } finally {
      if (this.#mustStop()) {
        this.#stopping = true;
        const begun = () => this.#state.begun;
        await stopOnServer(context, { sessionId, directory, begun });
      }
      subscription.close();
    }
  }

  /** A call that is answered only at the end: the events tell of the turn, it of a refusal. */
  #follow(call: Promise<unknown>): void {
    call.catch((error) => {
      if (error instanceof APIStatusError) this.fail(this.#translated(error));
    });
  }

  /** Whether it failed here and may still run there. */
  #mustStop(): boolean {
    const ended = this.#state.phase === "ended" && this.#accepted;
    return this.#failure !== undefined && this.#sent && !ended &&
      this.#run.context.server?.running !== false;
  }

  #take(batch: readonly ServerEvent[]): void {
    if (this.#held) return void this.#held.push(...batch);
    const out: TurnEvent[] = [];
    for (const event of batch) {
      const own = this.#isOurs(event);
      this.#state.feed(event, out);
      if (!own) continue;
      this.#lastLife = this.#run.context.clock.now();
      if (!this.#failure) this.#answer(event);
    }
    for (const event of out) this.#emit(event);
    const { rounds, spent } = this.#state;
    const error = this.#bounds.taken({ rounds, ...spent }, () => this.#at());
    if (error) this.fail(error);
    this.#judge();
  }

  #isOurs({ properties }: ServerEvent): boolean {
    return this.#state.tree.has((properties as { sessionID?: string }).sessionID ?? "");
  }

  #answer({ type, properties }: ServerEvent): void {
    if (type === "permission.asked") {
      this.#responder.permission(properties as unknown as WirePermission);
    } else if (type === "question.asked") {
      this.#responder.question(properties as unknown as WireQuestion);
    } else if (/^(permission|question)\.(replied|rejected)$/.test(type)) {
      this.#responder.answered((properties as { requestID?: string }).requestID ?? "");
    }
  }

  #emit(event: TurnEvent): void {
    if (event.type === "tool" && this.#run.tools) event.name = this.#run.tools.ownName(event.name);
    if (this.#run.options.collect) this.#events.push(event);
    this.#run.emit(event);
    const wait = event.type === "retry" ? event.next - this.#run.context.clock.now() : 0;
    const error = this.#bounds.event(event, wait, () => this.#at());
    if (error) this.fail(error);
  }

  /** After new events: is it over, or does the server have to be asked? */
  #judge(): void {
    if (this.#failure || !this.#accepted) return;
    if (this.#state.phase === "ended") this.#over();
    else if (this.#state.doubt) this.#check();
  }

  /** Sets the timer for the next bound or poll; events only note the time, and cost no timer. */
  #arm(): void {
    const { clock } = this.#run.context;
    const { timeout, idleTimeout } = this.#limits;
    const now = clock.now();
    const alive = this.#state.calls.running.size > 0 || this.#responder.pending > 0;
    const idle = now - this.#lastLife;
    if (now - this.#started >= timeout) {
      return this.fail(
        new TurnTimeoutError(`The turn took longer than ${timeout} ms (timeout)`, this.#at()),
      );
    }
    if (idle >= idleTimeout && !alive) {
      return this.fail(
        new TurnTimeoutError(
          `The turn showed no life for ${idleTimeout} ms (idleTimeout)`,
          this.#at(),
        ),
      );
    }
    if (idle >= POLL_AFTER && this.#accepted) this.#check();
    const next = Math.min(
      timeout - (now - this.#started),
      idle < idleTimeout ? idleTimeout - idle : POLL_AFTER,
      idle < POLL_AFTER ? POLL_AFTER - idle : POLL_AFTER,
    );
    this.#timer = clock.setTimer(() => this.#arm(), Math.max(1, next));
  }

  /** Asks the server how the turn stands, for idle or an error that came without an answer. */
  async #check(): Promise<void> {
    if (this.#checking || this.#failure || this.#stopping) return;
    this.#checking = true;
    const { context, sessionId, directory } = this.#run;
    try {
      const busy = await context.client.session.status({ directory }, {
        signal: this.#controller.signal,
      });
      if (this.#settledMeanwhile()) return;
      if (sessionId in busy) {
        this.#state.doubt = false;
        this.#doubts = 0;
        return;
      }
      await this.#fetch(false);
      if (this.#settledMeanwhile()) return;
      if (this.#state.phase === "answered") {
        this.#state.settle();
        return this.#over();
      }
      // idle and unanswered: it may not have begun yet, so it is asked again before it is believed
      if (++this.#doubts >= (this.#state.lastError ? 2 : 4)) {
        this.fail(
          this.#state.lastError
            ? turnError(this.#state.lastError, this.#at())
            : new TurnAbortedError(
              this.#state.lineage.joined
                ? "Another client's prompt came into this turn, and the server answered that one"
                : "The session went idle without an answer",
              this.#at(),
            ),
        );
      } else {
        await pause(context.clock, 200 * this.#doubts, this.#controller.signal);
        this.#state.doubt = true;
      }
    } catch (error) {
      if (!this.#failure) this.fail(this.#translated(error));
    } finally {
      this.#checking = false;
      this.#judge();
    }
  }

  #settledMeanwhile(): boolean {
    return this.#failure !== undefined || this.#state.phase === "ended";
  }

  /**
   * Events may be missing. What comes now waits until the store has told of what came before, so that
   * no text overtakes another; where the connection breaks again meanwhile, it begins anew.
   */
  async #afterGap(): Promise<void> {
    const { client } = this.#run.context;
    const { directory } = this.#run;
    const lost = this.#held ?? [];
    const held: ServerEvent[] = this.#held = [];
    this.#state.gap();
    for (const event of lost) if (this.#isOurs(event)) this.#answer(event);
    try {
      if (this.#sent) await this.#fetch(false);
      if (this.#held !== held) return;
      this.#held = undefined;
      this.#take(held);
      this.#state.doubt = true;
      this.#judge();
      const { signal } = this.#controller;
      this.#take(await pendingEvents(client, directory, this.#state.tree, signal));
    } catch (error) {
      if (!this.#failure && this.#held === held) this.fail(this.#translated(error));
    }
  }

  /** Feeds the stored messages of this turn to the machine. */
  async #fetch(final: boolean): Promise<void> {
    const { context, sessionId, directory } = this.#run;
    const stored = await storedMessages(context.client, {
      sessionId,
      directory,
      limit: this.#state.rounds.begun + 20,
      messageId: this.#state.message?.id,
      signal: this.#controller.signal,
    });
    const out: TurnEvent[] = [];
    this.#state.reconcile(stored, out, final);
    for (const event of out) this.#emit(event);
  }

  #translated(error: unknown): unknown {
    const { server, closing } = this.#run.context;
    if (closing?.aborted) return closing.reason; // the server went because it was told to
    return server && !server.running ? server.exitError() : error;
  }

  #at(): { sessionId: string; messageId?: string; text: string } {
    const messageId = this.#state.message?.id;
    return {
      sessionId: this.#run.sessionId,
      text: this.#state.text,
      ...messageId !== undefined && { messageId },
    };
  }

  #finish(): Reply {
    return replyOf(this.#state, this.#failure, this.#events, this.#at());
  }
}
