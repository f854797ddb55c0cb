/**
 * Watches turns for any number of recorders; what a tracer or a meter throws reaches nobody's turn.
 *
 * @module
 */
import type {
  ObservedCall,
  ObservedTurn,
  TurnObserver,
  TurnWatch,
} from "../session/turn/observer.ts";
import type { Recorder } from "./recorder.ts";
import { Told } from "./told.ts";
import { TurnSpans } from "./turn.ts";

const NO_CALL: ObservedCall = { traceparent: undefined, run: (tool) => tool() };

/** An observer that records what it sees. */
export class TelemetryObserver implements TurnObserver {
  readonly #recorders: readonly Recorder[];
  readonly #warn: (message: string) => void;
  /** The turns that run. */
  readonly #turns = new Set<readonly TurnSpans[]>();
  readonly #news = new Told();
  #warned = false;

  /** @param warn Told once of a tracer or a meter that throws. */
  constructor(recorders: readonly Recorder[], warn: (message: string) => void) {
    this.#recorders = recorders;
    this.#warn = warn;
  }

  begin(turn: ObservedTurn): TurnWatch {
    const watches = this.#recorders.flatMap((recorder) =>
      this.#guarded(() => [new TurnSpans(turn, recorder)]) ?? []
    );
    this.#turns.add(watches);
    const each = (tell: (watch: TurnWatch) => void) => {
      for (const watch of watches) this.#guarded(() => tell(watch));
    };
    return {
      times: (times) => each((watch) => watch.times(times)),
      rounds: (news) => each((watch) => watch.rounds(news)),
      event: (event) => {
        each((watch) => watch.event(event));
        this.#news.tell();
      },
      end: (reply) => {
        this.#turns.delete(watches);
        each((watch) => watch.end(reply));
        this.#news.tell();
      },
      toolCall: async (name, input) => {
        const calls = watches.map((watch) => this.#call(() => watch.toolCall(name, input)));
        return (await Promise.all(calls)).reduceRight(nested, NO_CALL);
      },
    };
  }

  /**
   * The trace of a call of the server's own shell, in the form of the W3C's header; `undefined`
   * where no turn has its session. Resolves within moments, never rejects.
   */
  async traceparent(sessionId: string, callId: string): Promise<string | undefined> {
    const find = () => {
      for (const watch of [...this.#turns].flat()) {
        const found = this.#guarded(() => watch.shellCall(sessionId, callId));
        if (found !== undefined) return found;
      }
      return undefined;
    };
    // a subagent's session may not have been told of yet
    return await this.#news.until(find, () => this.#turns.size > 0);
  }

  #guarded<T>(run: () => T): T | undefined {
    try {
      return run();
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  async #call(run: () => Promise<ObservedCall>): Promise<ObservedCall> {
    try {
      return await run();
    } catch (error) {
      this.#failed(error);
      return NO_CALL;
    }
  }

  #failed(error: unknown): void {
    if (this.#warned) return;
    this.#warned = true;
    const why = error instanceof Error ? error.message : String(error);
    this.#warn(`Telemetry is incomplete: the tracer or the meter failed: ${why}`);
  }
}

/** The first that has a trace names it; the tool runs as a part of all. */
function nested(inner: ObservedCall, outer: ObservedCall): ObservedCall {
  return {
    traceparent: outer.traceparent ?? inner.traceparent,
    run: (tool) => outer.run(() => inner.run(tool)),
  };
}
