/**
 * Stops a turn on the server.
 *
 * @module
 */
import { pause } from "./clock.ts";
import type { SessionContext } from "./context.ts";

/** How long the server may take to stop a turn, in milliseconds. */
const STOP_WITHIN = 5_000;
/** After so many tries in a row without an answer there is nobody to tell. */
const MAX_UNANSWERED = 4;

/** Aborts what a session does and waits until it is idle, at most 5 s; never rejects. */
export async function stopOnServer(
  context: SessionContext,
  { sessionId, directory, begun }: {
    sessionId: string;
    directory: string;
    /** Whether the turn was seen to begin. */
    begun(): boolean;
  },
): Promise<void> {
  const { client, clock } = context;
  const deadline = clock.now() + STOP_WITHIN;
  const never = new AbortController().signal;
  let quiet = 0;
  let unanswered = 0;
  for (let wait = 20; clock.now() < deadline && quiet < 2; wait = Math.min(wait * 2, 400)) {
    const call = { timeout: 2_000, maxRetries: 0 };
    await client.session.abort({ sessionID: sessionId, directory }, call).catch(() => {});
    if (context.server?.running === false) return;
    const busy = await client.session.status({ directory }, call).catch(() => undefined);
    unanswered = busy === undefined ? unanswered + 1 : 0;
    if (unanswered === MAX_UNANSWERED) {
      context.warn(`Session ${sessionId} may still be busy: the server does not answer`);
      return;
    }
    // an accepted prompt may not run yet, and an abort does nothing then: look twice
    if (busy === undefined || sessionId in busy) quiet = 0;
    else quiet += begun() ? 2 : 1;
    if (quiet < 2) await pause(clock, wait, never);
  }
  if (quiet < 2) {
    context.warn(`Session ${sessionId} is still busy ${STOP_WITHIN} ms after it was aborted`);
  }
}
