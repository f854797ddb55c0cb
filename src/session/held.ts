/**
 * What a turn is held to before it is sent: its policy, and a model and an agent that exist.
 *
 * @module
 */
import type { Guarded, Wanted } from "../permissions/guard.ts";
import type { Rule } from "../permissions/restrict.ts";
import type { Named } from "./choices.ts";
import type { SessionContext } from "./context.ts";

/** What is to be sent, once `before` has been waited for. */
export interface Held {
  model: string | undefined;
  serverTools: Readonly<Record<string, boolean>> | undefined;
  /** Sees to what must hold before anything is sent. */
  before(signal: AbortSignal): Promise<void>;
}

/** What to send, and what must be done before. */
export function heldTo(
  { guard, choices }: SessionContext,
  session: Guarded & { info: { permission?: readonly Rule[] } },
  wanted: Named & Wanted,
): Held {
  const { policy, serverTools } = wanted;
  const held: Held = {
    model: wanted.model,
    // under a policy they become rules of the session: in a prompt they would replace all others
    serverTools: policy === undefined ? serverTools : undefined,
    async before(signal) {
      await choices?.check(wanted, session, signal);
      held.model ??= await choices?.instead(session, signal);
      await guard?.prepare(session, session.info.permission ?? [], wanted, signal);
    },
  };
  return held;
}
