/**
 * Data over a bad link: the calls that the campaign makes as text, as `object`. A structured prompt
 * makes its page of messages unreadable (server 1.18.33), so what was missed is found in other ways.
 */
import { assert, assertEquals } from "@std/assert";
import { OpencodeError } from "../../src/errors.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { calm, type Case, disturb } from "./cases.ts";
import { allowed } from "./outcomes.ts";
import { type Place, runCases } from "./workers.ts";

const SEED = Number(Deno.env.get("CAMPAIGN_SEED") ?? Date.now() % 1_000_000);
const CASES = Number(Deno.env.get("CAMPAIGN_CASES") ?? 24);

const VALUE = { name: "Ada" };
const schema = {
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
} as const;

/** A tool first where the prompt says so, then the value. */
function script({ prompt, toolResults }: ModelRequest): ScriptStep {
  if (prompt.startsWith("tools") && toolResults.length === 0) {
    return { toolCalls: [{ name: "bash", input: { command: "echo hi", description: "x" } }] };
  }
  return { delay: 100, toolCalls: [{ name: "StructuredOutput", input: VALUE }] };
}

/** One call; fails where it ends otherwise than its faults excuse. */
async function run({ ai, link, agent }: Place, one: Case): Promise<void> {
  const near = agent.ai.client.session;
  const session = await ai.createSession({ title: "t" });
  disturb(link, one);
  let broken = false;
  let settled = false;
  const timer = setTimeout(() => {
    if (!one.breaks) return;
    broken = !settled;
    link.cut();
  }, one.at);
  const call = session.object(`${one.script} ${one.seed}`, { schema, timeout: 30_000 });
  let failed: unknown;
  const outcome = await call.then(
    (value) => {
      assertEquals(value, VALUE);
      return "answer";
    },
    (error) => {
      failed = error;
      return error instanceof OpencodeError ? error.code : `a raw error: ${error}`;
    },
  );
  settled = true;
  clearTimeout(timer);
  calm(link);
  const messages = await near.messages({ sessionID: session.id }).catch(() => undefined);
  const stored = messages === undefined || messages.length > 0;
  const { harmed, seen } = link;
  const may = allowed({ harmed, seen, broken, aborted: false, stored });
  assert(
    may.has(outcome as "answer"),
    `${outcome} (${failed}); allowed: ${[...may]}; ${JSON.stringify(harmed)}`,
  );
  assertEquals(await session.object("again", { schema }), VALUE, "the session can be used");
}

Deno.test(`${CASES} random calls for data on a bad link (CAMPAIGN_SEED=${SEED})`, async () => {
  const failures = await runCases(script, SEED, SEED + CASES, run);
  assertEquals(failures, [], `${failures.length} of ${CASES}, CAMPAIGN_SEED=${SEED}`);
});
