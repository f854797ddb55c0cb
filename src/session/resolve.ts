/**
 * Options of prompts, taken together once: a prompt's own, over the session's, over the facade's.
 *
 * @module
 */
import { checkBound } from "../async/timer.ts";
import { InvalidArgumentError } from "../errors.ts";
import { describe } from "../text/describe.ts";
import { checkShape, type Shape } from "../text/shape.ts";
import { toExecutor, type ToolExecutor } from "../tools/executor.ts";
import type { Policy } from "../permissions/restrict.ts";
import { defined, parseModel, type PromptOptions, type TurnLimits } from "./options.ts";
import { policyOf } from "./policies.ts";
import type { PermissionHandler } from "./requests.ts";

/** The options of one prompt, defaults included; nothing is merged into them any more. */
export interface ResolvedPrompt extends
  Required<TurnLimits>,
  Omit<
    PromptOptions,
    keyof TurnLimits | "tools" | "permissions" | "onPermission" | "appendSystemPrompt"
  > {
  tools?: ToolExecutor;
  /** The policy that the server's rules are held to; `undefined` for the user's own rules. */
  policy: Policy | undefined;
  onPermission: PermissionHandler | undefined;
  answerTimeout: number;
}

/** Every option of a prompt; one that is added and not named here does not compile. */
export const PROMPT_SHAPE = {
  model: "text",
  agent: "text",
  system: "text",
  appendSystemPrompt: "text",
  variant: "text",
  agents: "list",
  files: "list",
  tools: "any",
  serverTools: "object",
  format: "object",
  permissions: "any",
  onPermission: "function",
  onQuestion: "function",
  answerTimeout: "any",
  collect: "flag",
  signal: "signal",
  timeout: "any",
  idleTimeout: "any",
  maxProviderRetries: "any",
  maxSteps: "any",
  maxToolRounds: "any",
  maxCost: "any",
  maxTokens: "any",
} as const satisfies Shape<PromptOptions>;

/**
 * Takes layers of options together; in each, what is `undefined` lets the layers below show.
 *
 * @param layers The lowest first.
 * @throws {InvalidArgumentError} for a model, a bound or a word that can't be used, and for an option
 *   that does not exist.
 */
export function resolvePrompt(...layers: PromptOptions[]): ResolvedPrompt {
  for (const layer of layers) checkShape("prompt", layer, PROMPT_SHAPE);
  const all: PromptOptions = Object.assign({}, ...layers.map(defined));
  const { tools, permissions: _, onPermission: __, appendSystemPrompt, ...rest } = all;
  const system = [all.system, appendSystemPrompt].filter((text) => text !== undefined).join("\n\n");
  if (all.model !== undefined) parseModel(all.model); // an invalid name is an error at once
  return {
    ...rest,
    ...system !== "" && { system },
    ...resolveLimits(all, tools !== undefined),
    ...tools !== undefined && { tools: toExecutor(tools) },
    ...policyOf(...layers),
    answerTimeout: checkBound("answerTimeout", all.answerTimeout, 600_000),
  };
}

/** The limits with their defaults. */
function resolveLimits(limits: TurnLimits, hasTools: boolean): Required<TurnLimits> {
  const resolved: Required<TurnLimits> = {
    timeout: limits.timeout ?? 3_600_000,
    idleTimeout: limits.idleTimeout ?? 300_000,
    maxProviderRetries: limits.maxProviderRetries ?? 4,
    maxSteps: limits.maxSteps ?? 100,
    maxToolRounds: limits.maxToolRounds ?? (hasTools ? 25 : Infinity),
    maxCost: limits.maxCost ?? Infinity,
    maxTokens: limits.maxTokens ?? Infinity,
  };
  for (const [name, value] of Object.entries(resolved)) {
    if (typeof value !== "number" || Number.isNaN(value) || value < 0) {
      throw new InvalidArgumentError(
        `Cannot use ${describe(value)} as ${name}: give a number from 0`,
      );
    }
  }
  return resolved;
}
