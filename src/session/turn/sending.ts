/**
 * The request of a turn: from its sending until nothing of it can run on the server any more.
 *
 * @module
 */
import type { TurnPlace, TurnReader, TurnRequest } from "../../dialect/types.ts";
import { APIStatusError } from "../../errors.ts";
import type { SessionContext } from "../context.ts";
import type { Inquiry } from "./inquiry.ts";
import { awaitLateRun, type LateRun, stopOnServer, type Stoppable, type Stopped } from "./stop.ts";

/** What a request is sent for. */
export interface SendingOptions {
  context: SessionContext;
  place: TurnPlace;
  reader: TurnReader;
  inquiry: Inquiry;
}

/** The request, once it is sent. */
interface Sent {
  promise: Promise<unknown>;
  /** Whether it settles only at the end of the turn. */
  atEnd: boolean;
  accepted: boolean;
  /** Whether the server refused it: then nothing runs there. */
  refused: boolean;
  cancel(): void;
}

/** Sends the request of one turn, and stops what it began. */
export class Sending {
  readonly #options: SendingOptions;
  #sent: Sent | undefined;
  /** What stops the run where it begins after the turn was stopped. */
  #late: LateRun | undefined;
  /** Whether the server that it ran on, or was started for it, has ended. */
  #gone = false;

  constructor(options: SendingOptions) {
    this.#options = options;
  }

  /** Whether the request is on its way, or was. */
  get isSent(): boolean {
    return this.#sent !== undefined;
  }

  /** Whether the server is known to have the prompt. */
  get isAccepted(): boolean {
    const sent = this.#sent;
    // the events may tell of the turn before the response does
    if (sent && this.#options.reader.received) sent.accepted = true;
    return sent?.accepted === true;
  }

  /** Whether there is no server any more that could work on it. */
  get isGone(): boolean {
    return this.#gone || this.#options.context.server?.running === false;
  }

  /** Takes note that the server has ended. */
  serverEnded(): void {
    this.#gone = true;
  }

  /**
   * Sends it.
   *
   * @param accepted Called when the server has it.
   * @param failed Called where it was refused, or did not arrive.
   */
  send(request: TurnRequest, accepted: () => void, failed: (error: unknown) => void): void {
    const { context: { dialect }, place, inquiry } = this.#options;
    // not the turn's own signal: what is on its way settles before it is stopped
    const life = new AbortController();
    const promise = dialect.send(place, request, { signal: life.signal });
    const atEnd = dialect.answersAtEnd(request);
    const cancel = () => life.abort(new DOMException("The turn is over", "AbortError"));
    const sent: Sent = this.#sent = { promise, atEnd, accepted: atEnd, refused: false, cancel };
    const accept = () => {
      sent.accepted = true;
      accepted();
    };
    promise.then(accept, async (error) => {
      sent.refused = error instanceof APIStatusError && error.status < 500;
      sent.accepted = false; // one that is answered at the end counted as accepted until now
      // a refusal ends the turn; where the response was lost, the server may have the prompt
      if (await inquiry.arrived(error, atEnd)) accept();
      else failed(error);
    });
  }

  /** Stops what may still run on the server; `undefined` where nothing does. */
  async stop(): Promise<Stopped | undefined> {
    const { context, reader } = this.#options;
    const sent = this.#sent;
    if (!sent || sent.refused || this.isGone) return undefined;
    return await stopOnServer(context, {
      ...this.#stoppable,
      sent: sent.atEnd ? undefined : sent.promise,
      begun: () => reader.begun,
    });
  }

  /**
   * Ends the request and the turn's events; those of a turn that was stopped before its run was seen
   * are heard a while longer, but for a close: nothing may be waited for after it.
   */
  end(stopped: Stopped | undefined, events: { close(): void }): void {
    const { context, reader } = this.#options;
    this.#sent?.cancel();
    const mayBegin = stopped !== undefined && !reader.begun && !this.isGone;
    if (mayBegin && !context.closing?.aborted) {
      this.#late = awaitLateRun(context, this.#stoppable, () => events.close());
    } else events.close();
  }

  /** After events of a turn that is over: a run that has begun all the same is stopped. */
  heardLate(): void {
    if (this.#options.reader.begun) this.#late?.began();
  }

  get #stoppable(): Omit<Stoppable, "begun"> {
    const { sessionId, directory } = this.#options.place;
    return { gone: () => this.isGone, sessionId, directory };
  }
}
