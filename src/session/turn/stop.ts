/**
 * Stops a turn on the server.
 *
 * @module
 */
import { isBound, startTimer } from "../../async/timer.ts";
import type { Where } from "../../dialect/types.ts";
import { pause } from "./pause.ts";
import type { SessionContext } from "../context.ts";

/** How long the server may take to stop a turn, in milliseconds. */
const STOP_WITHIN = 3_000;
/** How long the request that began the turn may take to settle before. */
const SETTLE_WITHIN = 1_500;
/** How far apart the two looks are between which nothing may have begun. */
const BETWEEN_LOOKS = 150;

/** What is to be stopped. */
export interface Stoppable extends Where {
  /** The request that began it; `undefined` where it settles only at the end, or has settled. */
  sent?: Promise<unknown> | undefined;
  /** Whether it was seen to begin. */
  begun(): boolean;
}

/** How a stop went. */
export type Stopped = "idle" | "busy" | "unanswered";

/**
 * Aborts what a session does and looks until it is idle, at most 3 s; never rejects.
 *
 * What was sent may still be on its way, and an accepted prompt may not run yet: an abort does nothing
 * then. So the request settles first, and idle is believed when it is seen twice.
 */
export async function stopOnServer(
  { dialect, clock, server, warn }: SessionContext,
  { sent, begun, ...where }: Stoppable,
): Promise<Stopped> {
  const bound = new AbortController();
  const { signal } = bound;
  const cancel = startTimer(STOP_WITHIN, () => bound.abort(), clock);
  const gone = () => server?.running === false;
  const call = { signal, timeout: STOP_WITHIN, maxRetries: 0 };
  let settled = sent === undefined;
  let looks = 0;
  let answered = false;
  try {
    const settling = sent?.then(() => settled = true, () => settled = true);
    if (settling) await Promise.race([settling, pause(clock, SETTLE_WITHIN, signal)]);
    while (!signal.aborted && !gone()) {
      if (looks === 0) await dialect.abort(where, call).catch(() => {});
      const busy = await dialect.isBusy(where, call).catch(() => undefined);
      answered ||= busy !== undefined;
      looks = busy === false ? looks + 1 : 0;
      // what was seen to run and is idle has stopped; what is on its way may begin for a while yet
      if (looks >= (settled ? begun() ? 1 : 2 : 3)) return "idle";
      await pause(clock, busy ? 50 : BETWEEN_LOOKS * (settled ? 1 : 3), signal);
    }
  } finally {
    cancel();
    bound.abort(); // ends what is still waited for
  }
  if (gone()) return "idle";
  warn(
    answered
      ? `Session ${where.sessionId} is still busy ${STOP_WITHIN} ms after it was aborted`
      : `Session ${where.sessionId} may still be busy: the server does not answer`,
  );
  return answered ? "busy" : "unanswered";
}

/** Follows a clean-up step for at most so many milliseconds; never rejects. */
export async function within(
  ms: number,
  what: string,
  warn: (message: string) => void,
  step: (signal: AbortSignal) => Promise<unknown>,
): Promise<void> {
  if (!isBound(ms)) return;
  const bound = new AbortController();
  const expired = new Promise<Error>((resolve) =>
    bound.signal.addEventListener("abort", () => resolve(new Error(`no answer within ${ms} ms`)))
  );
  const cancel = startTimer(ms, () => bound.abort());
  const failed = step(bound.signal).then(() => undefined, (error: Error) => error);
  const error = await Promise.race([failed, expired]);
  cancel();
  if (error) warn(`Cannot ${what}: ${error.message}`);
}
