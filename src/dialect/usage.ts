/**
 * Tokens and dollars, in our form.
 *
 * @module
 */
import type { AssistantMessage, StepFinishPart } from "../api/types.gen.ts";
import type { Usage } from "./events.ts";

/** Tokens and dollars of a message or a step. */
export function usageOf(
  of: Pick<AssistantMessage | StepFinishPart, "tokens" | "cost">,
): { usage: Usage; cost: number } {
  const { input, output, reasoning, cache } = of.tokens;
  return {
    usage: { input, output, reasoning, cacheRead: cache.read, cacheWrite: cache.write },
    cost: of.cost,
  };
}
