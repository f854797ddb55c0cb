/**
 * Stops a turn on the server.
 *
 * @module
 */
import { isBound, startTimer } from "../../async/timer.ts";
import type { Where } from "../../dialect/types.ts";
import { pause } from "../../async/pause.ts";
import type { RunningTurn, SessionContext } from "../context.ts";

/** How long the server may take to stop a turn, in milliseconds. */
const STOP_WITHIN = 3_000;
/** How long the request that began the turn may take to settle before. */
const SETTLE_WITHIN = 1_500;
/** How long one of its requests may take: the next may get through. */
const CALL_WITHIN = 1_500;
/** How far apart two looks are. */
const BETWEEN_LOOKS = 150;
/**
 * For how long nothing must have run, at the end, in a session that is "busy" all the time: what was
 * cancelled clears away late on a slow server, so it is waited for until then.
 */
const STUCK = 1_000;
/** How long a session must be idle whose run was not seen to begin: it may begin for so long. */
const QUIET = 1_500;

/** What is to be stopped. */
export interface Stoppable extends Where {
  /** The request that began it; `undefined` where it settles only at the end, or has settled. */
  sent?: Promise<unknown> | undefined;
  /** Whether the run was seen to begin. */
  begun(): boolean;
  /** Whether its server is known to have ended. */
  gone(): boolean;
}

/** How a stop went. */
export type Stopped = "idle" | "busy" | "unanswered";

/**
 * Aborts what a session does and looks until it is idle, at most 3 s; never rejects.
 *
 * What was sent may still be on its way, and an accepted prompt may not run yet: an abort does nothing
 * then. A run that is cancelled may say once more that it is busy. So the request settles first, each
 * look is preceded by an abort, and idle is believed when it is seen twice, or for long enough.
 */
export async function stopOnServer(
  { dialect, clock, warn }: SessionContext,
  { sent, begun, gone, ...where }: Stoppable,
): Promise<Stopped> {
  const bound = new AbortController();
  const { signal } = bound;
  const cancel = startTimer(STOP_WITHIN, () => bound.abort(), clock);
  const call = { signal, timeout: CALL_WITHIN, maxRetries: 0 };
  /** Since when it is idle, and how often that was seen. */
  let idle = { since: 0, looks: 0 };
  /** Since when it is called busy though nothing runs. */
  let stuck: number | undefined;
  let stuckFor = 0;
  let answered = false;
  try {
    const settled = sent?.then(() => {}, () => {});
    if (settled) await Promise.race([settled, pause(clock, SETTLE_WITHIN, signal)]);
    while (!signal.aborted && !gone()) {
      // one whose connection breaks may leave the session "busy": it is waited for, but not cut
      const aborting = dialect.abort(where, { ...call, timeout: STOP_WITHIN });
      const aborted = await Promise.race([
        aborting.then(() => true, () => false),
        pause(clock, CALL_WITHIN, signal).then(() => false),
      ]);
      if (gone()) break; // a request would start the next one
      const busy = await dialect.isBusy(where, call).catch(() => undefined);
      answered ||= busy !== undefined;
      if (signal.aborted && busy === undefined) break; // it was cut, and says nothing
      const now = clock.now();
      if (busy && aborted) {
        const runs = await dialect.isRunning(where, call)
          .catch(() => !signal.aborted || stuck === undefined); // one that was cut says nothing
        stuck = runs ? undefined : stuck ?? now;
      } else stuck = undefined;
      stuckFor = stuck === undefined ? 0 : now - stuck;
      if (busy !== false || !aborted) idle = { since: now, looks: 0 };
      else if (idle.looks++ === 0) idle.since = now;
      if (idle.looks >= 2 && (begun() || now - idle.since >= QUIET)) break;
      await pause(clock, busy ? 50 : BETWEEN_LOOKS, signal);
    }
  } finally {
    cancel();
    bound.abort(); // cancels the waits that are left
  }
  if (gone() || idle.looks >= 2 || stuckFor >= STUCK) return "idle";
  warn(
    answered
      ? `Session ${where.sessionId} is still busy ${STOP_WITHIN} ms after it was aborted`
      : `Session ${where.sessionId} may still be busy: the server does not answer`,
  );
  return answered ? "busy" : "unanswered";
}

/** How long a prompt that was stopped before its run began may still begin, in milliseconds. */
const LATE = 10_000;

/** Stops a run that begins after its turn was stopped. */
export interface LateRun extends RunningTurn {
  /** The run was seen to begin. */
  began(): void;
}

/**
 * Waits for a run that may begin after its turn was stopped: a busy server may have taken the prompt
 * and take seconds until it runs, and an abort does nothing before (server 1.18.33). It is stopped
 * then, as long as no other turn of the session has begun.
 *
 * @param leave Called once it is not waited for any more.
 */
export function awaitLateRun(
  context: SessionContext,
  stop: Omit<Stoppable, "begun">,
  leave: () => void,
): LateRun {
  const { turns, clock } = context;
  let stopping: Promise<unknown> | undefined;
  const end = () => {
    cancel();
    turns.delete(late);
    leave();
  };
  const late: LateRun = {
    sessionId: stop.sessionId,
    async abort() {
      if (!stopping) end();
      await stopping;
    },
    began() {
      if (!turns.has(late)) return;
      stopping ??= stopOnServer(context, { ...stop, begun: () => true }).then(end);
    },
  };
  const cancel = startTimer(LATE, () => void late.abort(), clock);
  turns.add(late);
  return late;
}

/** Before a turn of a session begins: what begins late from then on is part of it. */
export async function forgetLateRun(
  { turns }: SessionContext,
  sessionId: string,
): Promise<void> {
  const late = [...turns].filter((turn) => "began" in turn && turn.sessionId === sessionId);
  await Promise.all(late.map((turn) => turn.abort()));
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
