/**
 * The one place from which turns are watched, such as for traces.
 *
 * @module
 */
import type { RoundNews, ServerTime } from "../../dialect/types.ts";
import type { TurnEvent } from "../events.ts";
import type { Reply } from "../reply.ts";

/** A turn that begins. */
export interface ObservedTurn {
  /** The session that it runs in. */
  readonly sessionId: string;
  /** The user's message, whose id identifies the turn. */
  readonly messageId: string;
  readonly asked: {
    /** The prompt, or the arguments of `command`. */
    readonly text: string;
    /** The server's command that runs in place of a prompt. */
    readonly command: string | undefined;
    /** `"provider/model"`; the session's, or the server's default. */
    readonly model: string | undefined;
    readonly agent: string | undefined;
  };
}

/** A call of a tool in this process. */
export interface ObservedCall {
  /** The trace that the call belongs to, in the form of the W3C's header. */
  readonly traceparent: string | undefined;
  /** Runs the tool as a part of that trace. */
  run<T>(tool: () => T): T;
}

/** Watches one turn; none of its functions throws. */
export interface TurnWatch {
  /** When what comes next happened; comes before the events of the same moment. */
  times(times: readonly ServerTime[]): void;
  /**
   * News of the model's rounds, subagents included; comes after the events of the same moment, also
   * where there is none.
   */
  rounds(news: readonly RoundNews[]): void;
  /** What the caller receives. */
  event(event: TurnEvent): void;
  /** A tool of this process is about to run; resolves within moments, never rejects. */
  toolCall(name: string, input: unknown): Promise<ObservedCall>;
  /** The turn is over. */
  end(reply: Reply): void;
}

/** Watches turns; does not throw. */
export interface TurnObserver {
  /** Called where the caller calls, before anything is sent. */
  begin(turn: ObservedTurn): TurnWatch;
}
