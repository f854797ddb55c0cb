/** Which ends of a turn a bad network excuses: everything else is a needless failure. */
import { OpencodeError, TurnError } from "../../src/errors.ts";
import type { Reply } from "../../src/session/reply.ts";
import { type Case, TARGETS } from "./cases.ts";
import type { Harm, Seen } from "./proxy.ts";

/**
 * How a turn ended: `answer` is what it ends with on a good network, the whole text or the model's
 * own failure; `aborted` is the abort that the case asks for; else the code of the error.
 */
export type Outcome = "answer" | "aborted" | "connection_failed";

/**
 * What each fault excuses where it hits `prompt_async`, which is sent once: one that the server never
 * got is an error; one whose response is lost is looked up by its id, and its turn goes on. Where a
 * break met it on its way the store says whether the server got it.
 */
const PROMPT: Readonly<Record<Harm["kind"], Outcome | "as stored">> = {
  before: "connection_failed",
  after: "answer",
  hang: "answer",
  cut: "answer",
  duplicate: "answer",
  break: "as stored",
};

/** What happened in a case. */
export interface Happened {
  harmed: readonly Harm[];
  /** The requests that the proxy passed on. */
  seen: readonly Seen[];
  /** Whether the connections were broken before the turn had ended. */
  broken: boolean;
  /** Whether the case's abort was asked for before the turn had ended. */
  aborted: boolean;
  /** Whether the server has stored the prompt. */
  stored: boolean;
}

const isPrompt = ({ path }: Seen) => path.includes("prompt_async");

/**
 * The outcomes that are allowed. Faults of all other requests excuse nothing, and neither does a
 * delay: they can be sent again, or the answer does not need them.
 */
export function allowed({ harmed, seen, broken, aborted, stored }: Happened): Set<Outcome> {
  const prompts = harmed.filter(isPrompt);
  const wanted = prompts.map(({ kind }) => PROMPT[kind]);
  // the break may have met it before it came to the proxy
  if (broken && ![...seen, ...prompts].some(isPrompt)) wanted.push("as stored");
  if (wanted.length === 0) wanted.push("answer");
  const outcomes = wanted.map((one): Outcome =>
    one === "as stored" ? stored ? "answer" : "connection_failed" : one
  );
  return new Set([...outcomes, ...aborted ? ["aborted" as const] : []]);
}

/** How a turn ended; in words that no table has where it is none of the outcomes. */
export function outcomeOf({ outcome, error }: Reply, { script, abort }: Case): string {
  if (outcome === "completed") return script === "error" ? "completed without an answer" : "answer";
  if (outcome === "aborted") {
    const wanted = abort === "signal" ? "mine" : "turn_aborted";
    const was = error instanceof OpencodeError ? error.code : (error as Error).message;
    return was === wanted ? "aborted" : `aborted by ${error}`;
  }
  if (!(error instanceof OpencodeError)) return `a raw error: ${error}`;
  if (script === "error" && error instanceof TurnError && error.status === 400) return "answer";
  return error.code;
}

/** What happened, in a few words. */
export function label({ harmed }: Happened): string {
  const name = ({ path }: Seen) => TARGETS.find((target) => path.includes(target)) ?? "other";
  const names = harmed.map((harm) => `${name(harm)} ${harm.kind}`);
  return [...new Set(names)].sort().join(", ") || "nothing";
}
