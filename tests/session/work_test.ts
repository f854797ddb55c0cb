/** What a session does beside turns ends like a turn: at a signal, an abort, a bound and the close. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { OpencodeError, TurnAbortedError, TurnError } from "../../src/errors.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import type { Session } from "../../src/session/session.ts";
import { type Agent, until, withAgent } from "../agent.ts";
import { addressOf, type Proxy, proxy } from "../campaign/proxy.ts";

interface Far extends Agent {
  link: Proxy;
  /** A facade on the far side of the link, and a session of it. */
  far: Opencode;
  session: Session;
  /** Whether the server says, asked directly, that the session works. */
  busy(): Promise<boolean>;
}

const SLOW = { text: Array.from({ length: 200 }, (_, n) => `word${n} `), chunkDelay: 50 };

async function withFar(run: (far: Far) => Promise<void>): Promise<void> {
  await withAgent(({ prompt }) => prompt === "hi" ? "fine" : SLOW, async (agent) => {
    await using link = proxy(await addressOf(agent.ai));
    await using far = new Opencode({ baseUrl: link.url, directory: agent.directory });
    const session = await far.createSession({ title: "t" });
    const busy = async () => session.id in await agent.ai.client.session.status();
    await run({ ...agent, link, far, session, busy });
  });
}

async function within<T>(promise: Promise<T>, ms = 8_000): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not settled within ${ms} ms`)), ms);
  });
  return await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Idle, and still idle when what was on its way has come. */
async function staysIdle({ busy, link }: Far): Promise<void> {
  link.delay = 0;
  for (let look = 0; look < 5; look++) {
    assertEquals(await busy(), false, "it works on");
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

for (const how of ["abort", "close"] as const) {
  for (const wait of [30, 1_000]) {
    Deno.test(`a shell command ends at ${how}, ${wait} ms after it was sent on a slow link`, async () => {
      await withFar(async (at) => {
        at.link.delay = 200;
        const failed = assertRejects(() => at.session.shell("sleep 30"), TurnAbortedError);
        await new Promise((resolve) => setTimeout(resolve, wait));
        await within(how === "abort" ? at.session.abort() : at.far.close());
        await within(failed, 10_000);
        await staysIdle(at);
      });
    });
  }
}

for (const wait of [30, 400, 1_200]) {
  Deno.test(`a turn ends at close on a server of others, ${wait} ms after it was sent`, async () => {
    await withFar(async (at) => {
      at.link.delay = 100;
      const turn = at.session.stream("long");
      await new Promise((resolve) => setTimeout(resolve, wait));
      await within(at.far.close());
      assertEquals((await within(turn.settled, 2_000)).outcome, "aborted");
      await staysIdle(at);
    });
  });
}

Deno.test("a shell command that takes longer than its timeout is stopped", async () => {
  await withFar(async (at) => {
    const call = { timeout: 700 };
    await within(assertRejects(() => at.session.shell("sleep 30", call), OpencodeError, "700 ms"));
    await staysIdle(at);
    assertEquals((await at.session.prompt("hi")).text, "fine");
  });
});

Deno.test("a summary that is no longer wanted is not written on", async () => {
  await withFar(async (at) => {
    await at.session.prompt("hi");
    const controller = new AbortController();
    const failed = assertRejects(
      () => at.session.compact({ signal: controller.signal }),
      Error,
      "my",
    );
    await until(at.busy, "the summary is being written");
    controller.abort(new Error("my reason"));
    await within(failed);
    await staysIdle(at);
    // the server would write the summary first, in place of the answer
    assertEquals((await at.session.prompt("hi")).text, "fine");
  });
});

Deno.test("a prompt whose place a leftover summary takes fails, and says what to do", async () => {
  let summaries = 0;
  const script = ({ prompt }: { prompt: string }) =>
    prompt === "hi" ? "fine" : summaries++ === 0 ? SLOW : "a summary";
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    await session.prompt("hi");
    const where = { sessionID: session.id, directory: session.directory };
    const [providerID, modelID] = ["scripted", "model"];
    const summary = ai.client.session.summarize({ ...where, providerID, modelID }).catch(() => {});
    await until(async () => session.id in await ai.client.session.status(), "it is written");
    // somebody else stops it: nothing of this process knows of it
    await ai.client.session.abort(where);
    await summary;
    await assertRejects(() => session.prompt("hi"), TurnError, "send the prompt again");
    assertEquals((await session.prompt("hi")).text, "fine");
  });
});

Deno.test("calls that are never answered end with the close, and so do events", async () => {
  await withFar(async ({ far, session, link }) => {
    const events = far.client.events();
    await events.next();
    const reading = (async () => {
      for await (const _ of events) { /* until it ends */ }
    })();
    link.fault = () => ({ kind: "hang" });
    const calls = [
      far.createSession(),
      far.sessions(),
      session.context(),
      session.note("x"),
      session.rename("x"),
      session.compact({ model: "scripted/scripted" }),
      far.client.path.get(),
      far.client.request("GET", "/path"),
      reading,
    ];
    const failed = Promise.all(calls.map((call) => assertRejects(() => call, Error, "closed")));
    await new Promise((resolve) => setTimeout(resolve, 200));
    const began = performance.now();
    await within(far.close());
    await within(failed, 10_000);
    assert(performance.now() - began < 15_000);
  });
});

Deno.test("a prompt that is aborted while names are looked up takes no other with it", async () => {
  await withFar(async ({ far, session, link }) => {
    const other = await far.createSession({ title: "t" });
    const model = (await far.client.config.get()).model!;
    link.delay = 400;
    const turns = [session, other].map((one) => one.stream("hi", { model, agent: "build" }));
    await new Promise((resolve) => setTimeout(resolve, 200));
    await turns[0]!.abort();
    link.delay = 0;
    assertEquals(await turns[1]!.text(), "fine");
  });
});
