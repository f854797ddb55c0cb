/** Runs random cases side by side, each worker on a bad link of its own. */
import { Opencode } from "../../src/facade/opencode.ts";
import type { Script } from "../../src/testing/script.ts";
import { type Agent, withAgent } from "../agent.ts";
import { type Case, makeCase } from "./cases.ts";
import { addressOf, type Proxy, proxy } from "./proxy.ts";

const WORKERS = 8;

/** Where a case runs. */
export interface Place {
  /** What is tried: it reaches the server by the link. */
  ai: Opencode;
  link: Proxy;
  /** What reaches the server without it. */
  agent: Agent;
}

/** Runs the cases of some seeds in a directory of their own; returns what failed. */
export async function runCases(
  script: Script,
  first: number,
  end: number,
  run: (place: Place, one: Case) => Promise<void>,
): Promise<string[]> {
  const failures: string[] = [];
  await withAgent(script, async (agent) => {
    const address = await addressOf(agent.ai);
    let next = first;
    const work = async () => {
      await using link = proxy(address);
      await using ai = new Opencode({ baseUrl: link.url, directory: agent.directory });
      while (next < end) {
        const one = makeCase(next++);
        await run({ ai, link, agent }, one).catch((error) => {
          failures.push(`${JSON.stringify(one)}\n  ${error.message}`);
        });
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
  });
  return failures;
}
