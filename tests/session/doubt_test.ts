import { assert, assertEquals, assertRejects } from "@std/assert";
import type { Clock } from "../../src/async/clock.ts";
import {
  APIConnectionError,
  APIStatusError,
  APITimeoutError,
  TurnAbortedError,
} from "../../src/errors.ts";
import { encodeEvent } from "../../src/sse/encode.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { storedTexts } from "./recordings.ts";
import { replaying, type Scene } from "./replay.ts";

async function read(turn: AsyncIterable<string>): Promise<string> {
  let text = "";
  for await (const piece of turn) text += piece;
  return text;
}

/** Where the first step of the recorded `tools` turn is over, and the second has not begun. */
function firstStep({ replay }: Scene): number {
  return replay.of.events.findIndex(({ properties }) =>
    JSON.stringify(properties).includes('"finish":"tool-calls"')
  ) + 1;
}

test("Turn does not end by an idle from before its run, with what its first step has stored", async () => {
  await replaying("tools", async (scene) => {
    const { replay, server, session } = scene;
    const turn = session.stream("go");
    const text = read(turn);
    await replay.asked;
    const stream = await server.stream(0);
    let looks = 0;
    replay.more = ({ pathname }) => {
      if (pathname === "/session/status" && looks++ === 0) return Response.json({});
      // the run begins between the two requests
      if (pathname.endsWith("/message")) replay.at = Math.max(replay.at, firstStep(scene));
      return undefined;
    };
    // the second idle of a turn before
    const properties = { sessionID: session.id };
    stream.write(
      encodeEvent({ data: JSON.stringify({ id: "evt_i", type: "session.idle", properties }) }),
    );
    await until(() => looks > 1, "the server is asked again");
    replay.send(stream, replay.of.events.length);
    assertEquals(await text, storedTexts(replay.of).join("\n\n"));
    assertEquals((await turn.reply).outcome, "completed");
  });
});

for (const hung of ["/message", "/session/status", "/permission"]) {
  test(`Turn asks again within seconds where the server does not answer after a gap: ${hung}`, async () => {
    await replaying("plain", async ({ replay, server, session }) => {
      const turn = session.stream("again");
      const text = read(turn);
      await replay.asked;
      replay.send(await server.stream(0), 10);
      let asked = 0;
      let give = () => {};
      const never = new Promise<Response>((resolve) => give = () => resolve(new Response()));
      replay.more = ({ pathname }) => pathname.endsWith(hung) && asked++ === 0 ? never : undefined;
      server.streams[0]!.cut();
      const began = Date.now();
      replay.send(await server.stream(1), 14);
      await until(() => asked > 1, "it is asked again");
      assert(Date.now() - began < 15_000, `${Date.now() - began} ms`);
      replay.send(server.streams[1]!, replay.of.events.length);
      assertEquals(await text, storedTexts(replay.of).join("\n\n"));
      give();
    });
  });
}

test("Turn fails where the rest of its answer can't be read", async () => {
  await replaying("plain", async ({ replay, server, session }) => {
    const turn = session.stream("again");
    await replay.asked;
    const stream = await server.stream(0);
    replay.more = ({ pathname }) =>
      pathname.endsWith("/message") ? Response.json({}, { status: 503 }) : undefined;
    // all of it but the event that closes the text
    const { events } = replay.of;
    const closing = events.findLastIndex(({ type, properties }) =>
      type === "message.part.updated" && JSON.stringify(properties).includes('"type":"text"')
    );
    replay.send(stream, closing);
    replay.at++;
    replay.send(stream, events.length);
    await assertRejects(() => turn.reply, APITimeoutError, "The rest of the answer did not come");
    assertEquals((await turn.settled).outcome, "error");
  });
});

/** A `fetch` whose first prompt fails, before or after the server has it. */
function losing(when: "before" | "after"): { fetch: typeof fetch; prompts: () => number } {
  let prompts = 0;
  return {
    prompts: () => prompts,
    fetch: async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : String(input));
      if (!pathname.endsWith("/prompt_async") || prompts++ > 0) return await fetch(input, init);
      if (when === "after") await (await fetch(input, init)).body?.cancel();
      throw new TypeError("connection reset");
    },
  };
}

test("Turn goes on where the response to its prompt is lost, and sends it once", async () => {
  const { fetch, prompts } = losing("after");
  await withAgent(["fine"], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    assertEquals((await session.prompt("go")).text, "fine");
    assertEquals([prompts(), model.requests.length], [1, 1]);
  }, { fetch });
});

test("Turn that asks for data goes on too where the response to its prompt is lost", async () => {
  const { fetch, prompts } = losing("after");
  const answer = { toolCalls: [{ name: "StructuredOutput", input: { n: 1 } }] };
  await withAgent([answer], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const schema = { type: "object", properties: { n: { type: "number" } } } as const;
    assertEquals(await session.object("go", { schema }), { n: 1 });
    assertEquals([prompts(), model.requests.length], [1, 1]);
  }, { fetch });
});

test("Turn fails within seconds where its prompt never reached the server, and sends it once", async () => {
  const { fetch, prompts } = losing("before");
  await withAgent(["fine"], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const began = Date.now();
    await assertRejects(() => session.prompt("go"), APIConnectionError);
    assert(Date.now() - began < 20_000, `${Date.now() - began} ms`);
    assertEquals([prompts(), model.requests.length], [1, 0]);
    assertEquals((await session.prompt("again")).text, "fine");
  }, { fetch });
});

test("Turn does not take a session for idle after a gap whose prompt has not reached the server", async () => {
  await replaying("plain", async ({ replay, server, session }) => {
    const held = Promise.withResolvers<Response>();
    replay.answer = () => held.promise;
    const turn = session.stream("go");
    await replay.asked;
    server.streams[0]!.cut();
    const stream = await server.stream(1);
    await until(() => server.requests.some(({ path }) => path.startsWith("/permission")), "asked");
    const looked = server.requests.some(({ path }) => path.startsWith("/session/status"));
    assertEquals(looked, false, "idle says nothing yet");
    held.resolve(new Response(null, { status: 204 }));
    replay.send(stream, replay.of.events.length);
    assertEquals((await turn.reply).text, storedTexts(replay.of).join(""));
  });
});

test("Session.command fails as its request did where that never reached the server, gap or not", async () => {
  const began = Date.now();
  const fast: Clock = {
    now: () => began + 20 * (Date.now() - began),
    setTimer: (callback, ms) => setTimeout(callback, ms / 20),
    clearTimer: (timer) => clearTimeout(timer as number),
  };
  await replaying("plain", async ({ replay, server, session }) => {
    let sent = 0;
    replay.more = ({ pathname }) => {
      if (pathname === "/session/status") return Response.json({});
      if (pathname.endsWith("/message")) return Response.json([]);
      if (pathname.includes("/message/")) return Response.json({}, { status: 404 });
      if (!pathname.endsWith("/command")) return undefined;
      sent++;
      server.streams.at(-1)!.cut();
      return new Response("a proxy's word", { status: 502 });
    };
    await assertRejects(() => session.command("hello"), APIStatusError, "502");
    assertEquals(sent, 1);
  }, { clock: fast });
});

test("Turn that another client stops while the provider is waited for is aborted, not completed", async () => {
  await withAgent([{ status: 503 }, "late"], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("go");
    for await (const event of turn.events) {
      if (event.type === "retry") await ai.client.session.abort({ sessionID: session.id });
    }
    await assertRejects(() => turn.reply, TurnAbortedError);
    assertEquals(model.requests.length, 1);
  });
});
