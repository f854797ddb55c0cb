import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Opencode } from "../../src/facade/opencode.ts";
import type { Session } from "../../src/session/session.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { until, withAgent } from "../agent.ts";

const never = new Promise(() => {});
const hang = { parts: [{ text: "half " }, { until: never }] };
const schema = { type: "object", properties: { ok: { type: "boolean" } } } as const;

/** How long something takes, in milliseconds. */
async function took(what: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await what();
  return performance.now() - began;
}

type Call = (session: Session, tools: ToolExecutor, signal: AbortSignal) => Promise<unknown>;

/** A server of its own that is frozen while calls are on their way, each in a session of its own. */
async function frozen(
  calls: readonly Call[],
  end: (ai: Opencode, abort: () => void, sessions: Session[]) => Promise<unknown>,
): Promise<void> {
  await withAgent(() => hang, async ({ ai, model, directory }) => {
    const controller = new AbortController();
    const sessions: Session[] = [];
    const running: Promise<unknown>[] = [];
    const executors: ToolExecutor[] = [];
    for (const call of calls) {
      const session = await ai.createSession({ title: "t" });
      const tools = new ToolExecutor({ workdir: directory });
      const called = call(session, tools, controller.signal);
      called.catch(() => {});
      sessions.push(session);
      executors.push(tools);
      running.push(called);
      await until(() => model.requests.length >= running.length, "the model is asked");
    }
    const { pid } = ai.server!;
    Deno.kill(pid, "SIGSTOP");
    try {
      const ms = await took(async () => {
        const ended = end(ai, () => controller.abort(new Error("mine")), sessions);
        await Promise.all(running.map((one) => assertRejects(() => one)));
        await ended;
      });
      // 5 s are promised; a busy machine adds to them
      assert(ms < 12_000, `it took ${ms} ms`);
    } finally {
      if (ai.server!.running) Deno.kill(pid, "SIGCONT");
      for (const tools of executors) await tools.close();
    }
  }, { own: true });
}

Deno.test("a signal ends a prompt, data and tools within 5 s where the server is frozen", () =>
  frozen([
    (session, _, signal) => session.prompt("x", { signal }),
    (session, _, signal) => session.object("x", { schema, signal }),
    (session, tools, signal) => session.prompt("x", { tools, signal }),
  ], (_, abort) => Promise.resolve(abort())));

Deno.test("Opencode.close ends within 5 s where the server is frozen, and the server is gone", () =>
  frozen([
    (session) => session.object("x", { schema }),
    (session, tools) => session.prompt("x", { tools }),
  ], async (ai) => {
    await ai.close();
    assertEquals(ai.server!.running, false);
  }));

Deno.test("Session.abort ends within 5 s where the server is frozen", () =>
  frozen([(session) => session.prompt("x")], (_ai, _abort, [session]) => session!.abort()));
