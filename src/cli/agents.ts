/**
 * Which agent a prompt goes to, and what the server's configuration says of it.
 *
 * @module
 */
import { takesPrompts } from "../dialect/sessions.ts";
import type { Opencode } from "../facade/opencode.ts";
import type { PolicyRule } from "../session/policies.ts";

/** The agent of a name; without one, the agent that takes a prompt which names none. */
async function agentOf({ client }: Opencode, directory: string, name: string | undefined) {
  const agents = await client.app.agents({ directory });
  return agents.find(name === undefined ? takesPrompts : (agent) => agent.name === name);
}

/** The name of the agent that takes a prompt which names none: `default_agent`, else `build`. */
export async function defaultAgent(ai: Opencode, directory: string): Promise<string> {
  return (await agentOf(ai, directory, undefined))?.name ?? "build";
}

/** The rules that the server's configuration has for an agent's tools. */
export async function rulesOfAgent(
  ai: Opencode,
  directory: string,
  name: string | undefined,
): Promise<readonly PolicyRule[]> {
  return (await agentOf(ai, directory, name))?.permission ?? [];
}
