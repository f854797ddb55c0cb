/**
 * What a turn is held to before it is sent: its policy, and a model and an agent that exist.
 *
 * @module
 */
import type { Guarded } from "../permissions/guard.ts";
import type { Rule } from "../permissions/restrict.ts";
import type { SessionContext } from "./context.ts";
import type { PromptOptions } from "./options.ts";
import { policyOf } from "./policies.ts";

/** The options with who answers, and what must be done before anything is sent. */
export function heldTo(
  { guard, choices }: SessionContext,
  session: Guarded & { info: { permission?: readonly Rule[] } },
  options: PromptOptions,
  starts: boolean,
): { options: PromptOptions; before(signal: AbortSignal): Promise<void> } {
  const { policy, onPermission } = policyOf(options);
  const { agent, serverTools, ...rest } = options;
  const wanted = { policy, agent, serverTools, starts };
  const held: PromptOptions = {
    ...rest,
    ...agent !== undefined && { agent },
    ...onPermission && { onPermission },
    // under a policy they become rules of the session: in a prompt they would replace all others
    ...serverTools && policy === undefined && { serverTools },
  };
  return {
    options: held,
    async before(signal) {
      await choices?.check(held, session.directory, signal);
      const model = held.model ?? await choices?.instead(session, signal);
      if (model !== undefined) held.model = model;
      await guard?.prepare(session, session.info.permission ?? [], wanted, signal);
    },
  };
}
