/**
 * Agents that are defined in code, as a piece of the server's configuration.
 *
 * @module
 */
import type { AgentConfig, Config, PermissionConfig } from "../api/types.gen.ts";
import { InvalidArgumentError } from "../errors.ts";
import { defined, parseModel } from "../session/options.ts";
import { didYouMean } from "../text/nearest.ts";

/** An agent of your own. */
export interface AgentDefinition {
  /** When to hand work to it; other agents read this. */
  description: string;
  /**
   * Its system prompt, in place of the server's. The server replaces `{env:NAME}` and `{file:path}`
   * in it, as everywhere in its configuration.
   */
  prompt: string;
  /** Switches tools on or off by their names; `"*"` is all others: `{ "*": false, read: true }`. */
  tools?: Record<string, boolean>;
  /** `"provider/model"`. @default {that of the prompt, or of the agent that hands it work} */
  model?: string;
  /** Rounds of the model at most; then the server has it answer with what it has. */
  maxSteps?: number;
  /** Its permission rules, after those of the configuration. A policy of `permissions` holds too. */
  permission?: PermissionConfig;
  /** `"primary"` for prompts, `"subagent"` for work handed to it, `"all"` for both. @default {"all"} */
  mode?: "primary" | "subagent" | "all";
}

/** Agents by their names. */
export type AgentDefinitions = Readonly<Record<string, AgentDefinition>>;

type Check = (value: unknown) => boolean;

const isObject: Check = (value) =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText: Check = (value) => typeof value === "string" && value.trim() !== "";
const isAction: Check = (value) => ["allow", "ask", "deny"].includes(value as string);
const each = (check: Check): Check => (value) =>
  isObject(value) && Object.values(value as object).every(check);
const either = (...checks: Check[]): Check => (value) => checks.some((check) => check(value));

/** What each field may be, and how an error says it. */
const FIELDS: Record<keyof AgentDefinition, [Check, string]> = {
  description: [isText, "a text that says when to use it"],
  prompt: [isText, "a text, its system prompt"],
  tools: [each((value) => typeof value === "boolean"), "an object such as { bash: false }"],
  model: [isText, '"provider/model"'],
  maxSteps: [(value) => Number.isInteger(value) && value as number > 0, "a whole number from 1"],
  permission: [
    either(isAction, each(either(isAction, each(isAction)))),
    '"allow", "ask" or "deny", or an object of them such as { edit: "deny" }',
  ],
  mode: [
    (value) => ["primary", "subagent", "all"].includes(value as string),
    '"primary", "subagent" or "all"',
  ],
};

/** Agents that the server has work of its own for. */
const RESERVED = ["compaction", "summary", "title"];

/**
 * The configuration with the agents; those of the same name in it are replaced.
 *
 * @throws {InvalidArgumentError} for a name, a field or a value that can't be used, and for a server
 * that is not started here.
 */
export function withDefinedAgents(
  config: Config | undefined,
  agents: AgentDefinitions | undefined,
  baseUrl: string | undefined,
): Config | undefined {
  if (agents === undefined) return config;
  if (!isObject(agents)) {
    throw new InvalidArgumentError(
      'Invalid defineAgents: give an object such as { reviewer: { description: "…", prompt: "…" } }; names of agents to hand work to go to `agents`',
    );
  }
  const made = Object.entries(agents).map(([name, given]) => [name, agentConfig(name, given)]);
  if (made.length === 0) return config;
  if (baseUrl !== undefined) {
    throw new InvalidArgumentError(
      "Cannot define agents on a server that was not started here: leave `baseUrl` out, or put them into `agent` of that server's configuration",
    );
  }
  return { ...config, agent: { ...config?.agent, ...Object.fromEntries(made) } };
}

function agentConfig(name: string, given: AgentDefinition): AgentConfig {
  const where = `defineAgents[${JSON.stringify(name)}]`;
  if (!/^[a-z][\w-]{0,63}$/i.test(name) || name in Object.prototype) {
    throw new InvalidArgumentError(
      `Invalid agent name ${
        JSON.stringify(name)
      }: begin with a letter, use letters, digits, "_" and "-"`,
    );
  }
  if (RESERVED.includes(name)) {
    throw new InvalidArgumentError(
      `Invalid agent name "${name}": the server has an agent of its own for that; choose another`,
    );
  }
  if (!isObject(given)) {
    throw new InvalidArgumentError(`Invalid ${where}: give { description, prompt }`);
  }
  const agent = defined(given);
  for (const [field, value] of Object.entries(agent)) {
    const [check, wanted] = Object.hasOwn(FIELDS, field)
      ? FIELDS[field as keyof AgentDefinition]
      : unknownField(where, field);
    if (!check(value)) throw new InvalidArgumentError(`Invalid ${where}.${field}: give ${wanted}`);
  }
  for (const field of ["description", "prompt"] as const) {
    if (Object.hasOwn(agent, field)) continue;
    throw new InvalidArgumentError(`Missing ${where}.${field}: give ${FIELDS[field][1]}`);
  }
  if (agent.model !== undefined) parseModel(agent.model);
  const { maxSteps: steps, mode = "all", ...rest } = agent;
  return defined({ ...rest, mode, steps });
}

function unknownField(where: string, field: string): never {
  const names = Object.keys(FIELDS);
  const hint = didYouMean(field, names) ?? `it may have ${names.join(", ")}`;
  throw new InvalidArgumentError(`Unknown field ${where}.${field}: ${hint}`);
}
