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

/** A server of its own that is frozen while a call is on its way. */
async function frozen(
  call: (session: Session, tools: ToolExecutor, signal: AbortSignal) => Promise<unknown>,
  end: (ai: Opencode, abort: () => void) => Promise<unknown>,
): Promise<void> {
  await withAgent(() => hang, async ({ ai, model, directory }) => {
    await using tools = new ToolExecutor({ workdir: directory });
    const session = await ai.createSession({ title: "t" });
    const controller = new AbortController();
    const running = call(session, tools, controller.signal);
    running.catch(() => {});
    await until(() => model.requests.length > 0, "the model is asked");
    const { pid } = ai.server!;
    Deno.kill(pid, "SIGSTOP");
    try {
      const ms = await took(async () => {
        const ended = end(ai, () => controller.abort(new Error("mine")));
        await assertRejects(() => running);
        await ended;
      });
      // 5 s are promised; a busy machine adds to them
      assert(ms < 12_000, `it took ${ms} ms`);
    } finally {
      if (ai.server!.running) Deno.kill(pid, "SIGCONT");
    }
  }, { own: true });
}

const abort = (_: Opencode, abort: () => void) => Promise.resolve(abort());
const close = (ai: Opencode) => ai.close();

Deno.test("a signal ends a prompt, data and tools within 5 s where the server is frozen", async () => {
  await frozen((session, _, signal) => session.prompt("x", { signal }), abort);
  await frozen((session, _, signal) => session.object("x", { schema, signal }), abort);
  await frozen((session, tools, signal) => session.prompt("x", { tools, signal }), abort);
});

Deno.test("Opencode.close ends within 5 s where the server is frozen, and the server is gone", async () => {
  await frozen((session) => session.object("x", { schema }), close);
  await frozen((session, tools) => session.prompt("x", { tools }), async (ai) => {
    await ai.close();
    assertEquals(ai.server!.running, false);
  });
});

Deno.test("Session.abort ends within 5 s where the server is frozen", async () => {
  let session!: Session;
  await frozen((own) => (session = own).prompt("x"), () => session.abort());
});
