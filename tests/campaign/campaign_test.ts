/**
 * A random campaign against a real server over a bad link: delays, cuts, resets before and after a
 * request is processed, hangs and doubled events, and every way to abort.
 *
 * `CAMPAIGN_CASES=5000` runs more; `CAMPAIGN_SEED=…` runs the same again.
 */
import { assert, assertEquals } from "@std/assert";
import { Opencode } from "../../src/facade/opencode.ts";
import type { Session } from "../../src/session/session.ts";
import type { Turn } from "../../src/session/turn/turn.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { type Agent, until, withAgent } from "../agent.ts";
import { addressOf, type Fault, type Proxy, proxy, type Seen } from "./proxy.ts";

const SEED = Number(Deno.env.get("CAMPAIGN_SEED") ?? Date.now() % 1_000_000);
const CASES = Number(Deno.env.get("CAMPAIGN_CASES") ?? 200);
const WORKERS = 8;
/** How long a case may take, in milliseconds: its `timeout`, and 5 s for its end. */
const TIMEOUT = 30_000;
const BOUND = TIMEOUT + 5_500;

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
const TARGETS = ["prompt_async", "/event", "/message", "/status", "/abort"] as const;
const WORDS = Array.from({ length: 20 }, (_, n) => `word${n} `);

interface Case {
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

function makeCase(seed: number): Case {
  const random = chance(seed);
  const pick: Pick = (of) => of[Math.floor(random() * of.length)]!;
  const kind = pick(["before", "after", "hang", "cut", "duplicate"] as const);
  const fault: Fault = kind === "cut" ? { kind, bytes: Math.floor(random() * 2000) } : { kind };
  return {
    seed,
    script: pick(["text", "text", "tools", "error"]),
    delay: pick([0, 0, 5, 20, 60]),
    fault: random() < 0.6 ? { target: pick(TARGETS), fault } : undefined,
    breaks: random() < 0.2,
    abort: random() < 0.5 ? pick(ABORTS) : undefined,
    leaves: Math.floor(random() * 20),
    at: Math.floor(random() * 500),
  };
}

/** What the model says: by the prompt's first word. */
function script({ prompt, toolResults }: ModelRequest): ScriptStep {
  const [kind] = prompt.split(" ");
  if (kind === "again") return { text: "fine" };
  if (kind === "error") return { status: 400 };
  if (kind === "tools" && toolResults.length === 0) {
    return { toolCalls: [{ name: "bash", input: { command: "echo hi", description: "x" } }] };
  }
  return { text: WORDS, chunkDelay: 8 };
}

/** A client on a link of its own, which runs one case after another. */
class Worker {
  readonly ai: Opencode;

  constructor(readonly link: Proxy, readonly agent: Agent) {
    this.ai = new Opencode({ baseUrl: link.url, directory: agent.directory });
  }

  async run(one: Case): Promise<void> {
    const near = this.agent.ai.client.session;
    const session = await this.ai.createSession({ title: "t" });
    const place = { sessionID: session.id };
    const prompt = `${one.script} ${one.seed}`;
    const began = performance.now();
    this.#disturb(one);
    const { text, turn } = await this.#turn(session, prompt, one);
    const reply = await turn.settled;
    const took = performance.now() - began;
    this.link.delay = 0;
    this.link.fault = () => undefined;
    assert(took < BOUND, `it took ${Math.round(took)} ms`);
    const isIdle = async () => !(session.id in await near.status());
    const how = `${reply.outcome} ${reply.error}`;
    // what is stopped from here is idle at once; what ended by itself tells so a moment before
    if (reply.outcome === "aborted") assert(await isIdle(), `busy after an abort: ${how}`);
    else await until(isIdle, `the session is idle: ${how}`, 15_000);
    const stored = await near.messages(place);
    const mine = stored.filter(({ info }) => info.role === "user");
    // a prompt that comes twice under its id has its text twice; an early abort may leave it without
    const parts = mine.flatMap(({ parts }) => parts.map(({ type }) => type));
    assert(mine.length <= 1 && parts.length <= 1, `the prompt came twice: ${mine.length} ${parts}`);
    const whole = WORDS.join("");
    if (reply.outcome === "completed") {
      const texts = stored.flatMap(({ info, parts }) =>
        info.role === "assistant"
          ? parts.flatMap((part) => part.type === "text" ? [part.text] : [])
          : []
      ).filter((text) => text !== "");
      assertEquals([texts.join("\n\n"), reply.text], [whole, whole]);
      if (text !== undefined) assertEquals(text, whole);
    } else {
      assert(whole.startsWith(reply.text), `a text that is no beginning: ${reply.text}`);
      if (text !== undefined) assert(whole.startsWith(text), `no beginning: ${text}`);
      const wanted = one.abort ?? one.fault ?? (one.breaks || one.script === "error");
      assert(wanted, `${reply.outcome}: ${reply.error}`);
    }
    assertEquals((await session.prompt("again")).text, "fine", "the session can be used");
    const again = (await near.messages(place)).filter(({ parts }) =>
      parts.some((part) => part.type === "text" && part.text === "again")
    );
    assertEquals(again.length, 1);
  }

  #disturb({ delay, fault }: Case): void {
    this.link.delay = delay;
    let left = 1;
    this.link.fault = ({ path }: Seen) =>
      fault && path.includes(fault.target) && left-- > 0 ? fault.fault : undefined;
  }

  /** Runs the turn, and ends it in the case's way; the text where it was read. */
  async #turn(
    session: Session,
    prompt: string,
    one: Case,
  ): Promise<{ turn: Turn; text: string | undefined }> {
    const controller = new AbortController();
    const { signal } = controller;
    const turn = session.stream(prompt, { signal, timeout: TIMEOUT, idleTimeout: 10_000 });
    turn.settled.then(() => {});
    const due = new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, one.at);
      turn.settled.then(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    if (one.breaks) due.then(() => this.link.cut());
    if (one.abort === "event loop") {
      let seen = 0;
      for await (const _ of turn.events) if (seen++ >= one.leaves) break;
      return { turn, text: undefined };
    }
    if (one.abort === "signal") due.then(() => controller.abort(new Error("mine")));
    if (one.abort === "turn") due.then(() => turn.abort());
    const aborted = one.abort === "session" ? due.then(() => session.abort()) : undefined;
    let text = "";
    try {
      for await (const piece of turn) {
        text += piece;
        if (one.abort === "text loop") break;
      }
    } catch { /* the reply tells */ }
    await aborted; // it may end the next turn too, as long as it is not done
    return { turn, text };
  }
}

Deno.test(`${CASES} random cases on a bad link (CAMPAIGN_SEED=${SEED})`, async () => {
  await withAgent(script, async (agent) => {
    const address = await addressOf(agent.ai);
    let next = 0;
    const failures: string[] = [];
    const work = async () => {
      await using link = proxy(address);
      const worker = new Worker(link, agent);
      await using _ai = worker.ai;
      while (next < CASES) {
        const one = makeCase(SEED + next++);
        await worker.run(one).catch((error) => {
          failures.push(`${JSON.stringify(one)}\n  ${error.message}`);
        });
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, work));
    assertEquals(failures, [], `${failures.length} of ${CASES}, CAMPAIGN_SEED=${SEED}`);
  });
});
