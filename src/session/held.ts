/**
 * A turn held to its policy.
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
  { guard }: SessionContext,
  session: Guarded & { info: { permission?: readonly Rule[] } },
  options: PromptOptions,
  starts: boolean,
): { options: PromptOptions; before(signal: AbortSignal): Promise<void> } {
  const { policy, onPermission } = policyOf(options);
  const { agent, serverTools, ...rest } = options;
  const wanted = { policy, agent, serverTools, starts };
  return {
    options: {
      ...rest,
      ...agent !== undefined && { agent },
      ...onPermission && { onPermission },
      // under a policy they become rules of the session: in a prompt they would replace all others
      ...serverTools && policy === undefined && { serverTools },
    },
    before: async (signal) =>
      await guard?.prepare(session, session.info.permission ?? [], wanted, signal),
  };
}
