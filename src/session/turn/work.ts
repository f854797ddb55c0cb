/**
 * Work of a session that is no turn: a shell command, a summary. It ends like a turn.
 *
 * @module
 */
import { abortable, linkSignals } from "../../async/abort.ts";
import type { Where } from "../../dialect/types.ts";
import { APIStatusError, TurnAbortedError } from "../../errors.ts";
import type { CallOptions } from "../../http/options.ts";
import type { RunningTurn, SessionContext } from "../context.ts";
import { pause } from "../../async/pause.ts";
import { stopOnServer, within } from "./stop.ts";

/** How long the end of a server may take to be known once a connection broke, in milliseconds. */
const EXIT_WITHIN = 500;
/** How long it may take to take back what was begun, in milliseconds. */
const UNDO_WITHIN = 2_000;

/**
 * Sends a request that is answered when its work is done. Where the answer is not waited for any
 * more (a signal, an abort, the close, a bound, a lost connection), the work is stopped on the server.
 *
 * @param undo Takes back what the work leaves when it was stopped.
 */
export async function runWork<T>(
  context: SessionContext,
  where: Where,
  call: CallOptions,
  send: (call: CallOptions) => Promise<T>,
  undo?: (signal: AbortSignal) => Promise<void>,
): Promise<T> {
  const { closing, turns, clock, exitListeners, server } = context;
  let ended: Error | undefined;
  const onExit = (error: Error) => wish.abort(ended = error);
  call.signal?.throwIfAborted();
  closing?.throwIfAborted();
  const wish = linkSignals([call.signal, closing]);
  exitListeners.add(onExit);
  // not the caller's signal: what is on its way arrives before it is stopped
  const life = new AbortController();
  const work = async () => {
    try {
      const answer = send({ ...call, signal: life.signal, maxRetries: 0 });
      return await abortable(answer, wish.signal);
    } catch (error) {
      if (error instanceof APIStatusError && !wish.signal.aborted) throw error;
      // a connection breaks some moments before the server is known to have ended
      if (!wish.signal.aborted) await pause(clock, EXIT_WITHIN, wish.signal);
      const gone = () => ended !== undefined || server?.running === false;
      if (gone()) throw ended ?? error;
      const stopped = await stopOnServer(context, { ...where, gone, begun: () => false });
      if (undo && stopped === "idle") {
        await within(UNDO_WITHIN, `take back what ${where.sessionId} began`, context.warn, undo);
      }
      throw error;
    } finally {
      exitListeners.delete(onExit);
      wish.dispose();
      life.abort(new DOMException("The work is over", "AbortError"));
    }
  };
  const running = work();
  const { sessionId } = where;
  const mine: RunningTurn = {
    sessionId,
    async abort(reason = new TurnAbortedError("The caller aborted it", { sessionId })) {
      wish.abort(reason);
      await running.catch(() => {});
    },
  };
  turns.add(mine);
  try {
    return await running;
  } finally {
    turns.delete(mine);
  }
}
