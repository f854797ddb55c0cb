import { assert, assertEquals, assertRejects } from "@std/assert";
import { TurnAbortedError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import type { Session } from "../../src/session/session.ts";
import type { Script } from "../../src/testing/script.ts";
import { type Agent, processIn, until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const never = new Promise(() => {});

/** A session in which a turn is aborted at some point, and the next one works. */
async function aborted(
  script: Script,
  act: (agent: Agent, session: Session) => Promise<void>,
): Promise<void> {
  await withAgent(script, async (agent) => {
    const session = await agent.ai.createSession({ title: "t" });
    const began = Date.now();
    await act(agent, session);
    assert(Date.now() - began < 20_000);
    assertEquals(await agent.ai.client.session.status(), {});
    assertEquals((await session.prompt("next")).text, "next answer");
  });
}

test("a signal in mid-stream rejects with its reason, and stops the turn on the server", async () => {
  const script = [{ parts: [{ text: "half " }, { until: never }] }, "next answer"];
  await aborted(script, async (_, session) => {
    const controller = new AbortController();
    const reason = new Error("mine");
    const turn = session.stream("x", { signal: controller.signal });
    const seen: string[] = [];
    const error = await assertRejects(async () => {
      for await (const text of turn) {
        seen.push(text);
        controller.abort(reason);
      }
    });
    assertEquals([seen, error], [["half "], reason]);
    assertEquals(await assertRejects(() => turn.reply), reason);
    const settled = await turn.settled;
    assertEquals([settled.outcome, settled.error, settled.text], ["aborted", reason, "half "]);
  });
});

test("leaving the loop early stops the turn on the server", async () => {
  const script = [{ parts: [{ text: "half " }, { until: never }] }, "next answer"];
  await aborted(script, async (_, session) => {
    const turn = session.stream("x");
    for await (const text of turn) {
      assertEquals(text, "half ");
      break;
    }
    assertEquals((await turn.settled).outcome, "aborted");
  });
});

test("leaving the loop over the events early stops the turn on the server", async () => {
  const script = [{ parts: [{ text: "half " }, { until: never }] }, "next answer"];
  await aborted(script, async (_, session) => {
    for await (const event of session.stream("x").events) if (event.type === "text") break;
  });
});

test("Turn.abort rejects the reply with a TurnAbortedError, or with the reason given", async () => {
  const hang = { parts: [{ text: "half " }, { until: never }] };
  await aborted([hang, hang, "next answer"], async (_, session) => {
    const turn = session.stream("x");
    for await (const event of turn.events) {
      if (event.type === "text") await turn.abort();
    }
    await assertRejects(() => turn.reply, TurnAbortedError);
    const reason = new Error("because");
    const second = session.stream("x");
    for await (const event of second.events) {
      if (event.type === "text") await second.abort(reason);
    }
    assertEquals(await assertRejects(() => second.reply), reason);
    assertEquals((await second.settled).outcome, "aborted");
  });
});

test("an abort during a tool ends the turn, and the tool's process", async () => {
  const input = { command: "echo $$ > pid; exec sleep 300", description: "x" };
  const call = { toolCalls: [{ name: "bash", input }] };
  await aborted([call, "next answer"], async ({ directory }, session) => {
    const turn = session.stream("x");
    const pid = await processIn(`${directory}/pid`);
    await turn.abort();
    assertEquals((await turn.settled).outcome, "aborted");
    await until(() => !host().platform.isAlive(pid), "the process is gone");
  });
});

test("an abort while the server waits to try again ends the turn", async () => {
  const busy = {
    status: 429,
    headers: { "retry-after": "60" },
    body: { error: { message: "slow" } },
  };
  await aborted([busy, "next answer"], async (_, session) => {
    const turn = session.stream("x");
    for await (const event of turn.events) if (event.type === "retry") await turn.abort();
    assertEquals((await turn.settled).outcome, "aborted");
  });
});

test("an abort before the first event ends the turn, and the model may never be asked", async () => {
  await aborted(
    (request) => request.prompt === "next" ? "next answer" : "late",
    async (_, session) => {
      const turn = session.stream("x");
      await turn.abort();
      assertEquals((await turn.settled).outcome, "aborted");
      const controller = new AbortController();
      controller.abort(new Error("before"));
      await assertRejects(
        () => session.prompt("y", { signal: controller.signal }),
        Error,
        "before",
      );
    },
  );
});

test("an abort after the end changes nothing", async () => {
  await aborted(["done", "next answer"], async (_, session) => {
    const turn = session.stream("x");
    assertEquals(await turn.text(), "done");
    await turn.abort();
    assertEquals((await turn.reply).text, "done");
  });
});

test("an abort while a prompt waits for its turn leaves the one before alone", async () => {
  let release!: () => void;
  const gate = new Promise<void>((resolve) => release = resolve);
  const script = [{ parts: [{ text: "a" }, { until: gate }, { text: "b" }] }, "next answer"];
  await aborted(script, async ({ model }, session) => {
    const first = session.prompt("one");
    await until(() => model.requests.length === 1, "the model is asked");
    const controller = new AbortController();
    const second = session.prompt("two", { signal: controller.signal });
    controller.abort(new Error("not any more"));
    await assertRejects(() => second, Error, "not any more");
    release();
    assertEquals((await first).text, "ab");
  });
});

test("an abort by another client ends the turn as aborted", async () => {
  const script = [{ parts: [{ text: "half" }, { until: never }] }, "next answer"];
  await aborted(script, async ({ ai }, session) => {
    const turn = session.stream("x");
    for await (const event of turn.events) {
      if (event.type === "text") await ai.client.session.abort({ sessionID: session.id });
    }
    await assertRejects(() => turn.reply, TurnAbortedError);
  });
});

test("an abort while a permission waits for its answer ends the turn, and its handler hears of it", async () => {
  const call = { toolCalls: [{ name: "bash", input: { command: "true", description: "x" } }] };
  await withAgent([call, "next answer"], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const controller = new AbortController();
    let told = false;
    const prompt = session.prompt("x", {
      signal: controller.signal,
      onPermission: (_, { signal }) =>
        new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            told = true;
            resolve("reject");
          });
          controller.abort(new Error("stop"));
        }),
    });
    await assertRejects(() => prompt, Error, "stop");
    assertEquals(told, true);
    assertEquals((await session.prompt("next")).text, "next answer");
  }, { config: { permission: { bash: "ask" } } });
});

test("a signal has as many listeners after a turn as before, however it ended", async () => {
  const script = ["fine", { status: 400 }, { parts: [{ text: "half" }, { until: never }] }];
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const controller = new AbortController();
    const { signal } = controller;
    let count = 0;
    const { addEventListener, removeEventListener } = signal;
    signal.addEventListener = (...args: unknown[]) => {
      count++;
      return Reflect.apply(addEventListener, signal, args);
    };
    signal.removeEventListener = (...args: unknown[]) => {
      count--;
      return Reflect.apply(removeEventListener, signal, args);
    };
    await session.prompt("x", { signal });
    assertEquals(count, 0);
    await assertRejects(() => session.prompt("x", { signal }));
    assertEquals(count, 0);
    for await (const _ of session.stream("x", { signal })) break;
    assertEquals(count, 0);
  });
});
