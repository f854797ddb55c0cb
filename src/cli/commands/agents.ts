/**
 * `opencode-ts agents`: the agents that `--agent` takes.
 *
 * @module
 */
import type { Opencode } from "../../facade/opencode.ts";
import type { Args } from "../args.ts";
import type { Io } from "../io.ts";
import { tableOf } from "../render/table.ts";

/** Lists them. */
export async function runAgents(args: Args, io: Io, ai: Opencode): Promise<number> {
  const all = await ai.client.app.agents({ directory: ai.directory });
  const agents = all.filter(({ hidden }) => !hidden).map(({ name, mode, description, model }) => ({
    name,
    mode,
    ...model && { model: `${model.providerID}/${model.modelID}` },
    description: description ?? "",
  }));
  if (args.json) await io.out(`${JSON.stringify(agents, null, 2)}\n`);
  else {
    const rows = agents.map(({ name, mode, description }) => [name, mode, description]);
    await io.out(tableOf(["agent", "mode", "what it is for"], rows, io));
  }
  return 0;
}
