/** The random cases of the campaign: a number decides each. */
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import type { Fault, Proxy, Seen } from "./proxy.ts";

/** Numbers from 0 to below 1 that a seed decides (mulberry32). */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Pick = <T>(of: readonly T[]) => T;

const SCRIPTS = ["text", "tools", "error"] as const;
const ABORTS = ["signal", "turn", "text loop", "event loop", "session"] as const;
/** The requests that a fault is for: each stands in its path. */
export const TARGETS = ["prompt_async", "/event", "/message", "/status", "/abort"] as const;
/** What the model says where it does not fail. */
export const WORDS: readonly string[] = Array.from({ length: 20 }, (_, n) => `word${n} `);

/** One case. */
export interface Case {
  seed: number;
  script: typeof SCRIPTS[number];
  delay: number;
  fault: { target: typeof TARGETS[number]; fault: Fault } | undefined;
  /** Whether the open event connections break in mid-turn. */
  breaks: boolean;
  abort: typeof ABORTS[number] | undefined;
  /** The event at which the reader of events leaves. */
  leaves: number;
  /** When things happen, in milliseconds after the start. */
  at: number;
}

/** The case of a seed. */
export function makeCase(seed: number): Case {
  const random = chance(seed);
  const pick: Pick = (of) => of[Math.floor(random() * of.length)]!;
  const kind = pick(["before", "after", "hang", "cut", "duplicate"] as const);
  const target = pick(TARGETS);
  // a stream of events is long, all other answers are short
  const bytes = Math.floor(random() * (target === "/event" ? 20_000 : 600));
  const fault: Fault = kind === "cut" ? { kind, bytes } : { kind };
  // the store is asked after a break alone
  const asks = target === "/message" || target === "/status";
  return {
    seed,
    script: pick(["text", "text", "tools", "error"]),
    delay: pick([0, 0, 5, 20, 60]),
    fault: random() < 0.6 ? { target, fault } : undefined,
    breaks: random() < (asks ? 0.7 : 0.2),
    abort: random() < (target === "/abort" ? 0.9 : 0.4) ? pick(ABORTS) : undefined,
    leaves: Math.floor(random() * 20),
    at: Math.floor(random() * 500),
  };
}

/** What the model says: by the prompt's first word. */
export function script({ prompt, toolResults }: ModelRequest): ScriptStep {
  const [kind] = prompt.split(" ");
  if (kind === "again") return { text: "fine" };
  if (kind === "error") return { status: 400 };
  if (kind === "tools" && toolResults.length === 0) {
    return { toolCalls: [{ name: "bash", input: { command: "echo hi", description: "x" } }] };
  }
  return { text: WORDS, chunkDelay: 8 };
}

/** Makes a link as bad as a case wants it. */
export function disturb(link: Proxy, { delay, fault }: Case): void {
  if (fault?.target === "/event") link.cut(); // else the one of the case before may stand
  link.delay = delay;
  link.seen.length = link.harmed.length = 0;
  let left = 1;
  link.fault = ({ path }: Seen) =>
    fault && path.includes(fault.target) && left-- > 0 ? fault.fault : undefined;
}

/** Makes a link good again. */
export function calm(link: Proxy): void {
  link.delay = 0;
  link.fault = () => undefined;
}
