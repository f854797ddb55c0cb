import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { APIConnectionError, InternalServerError, TurnError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import type { Clock } from "../../src/async/clock.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { storedTexts } from "./recordings.ts";
import { replaying } from "./replay.ts";

/** A clock on which time goes so many times as fast. */
function fastClock(times = 50): Clock {
  const began = Date.now();
  return {
    now: () => began + (Date.now() - began) * times,
    setTimer: (callback, ms) => setTimeout(callback, ms / times),
    clearTimer: (timer) => clearTimeout(timer as number),
  };
}

test("Session.prompt ends without a handler where the server asks by default: files elsewhere, loops", async () => {
  const outside = { name: "read", input: { filePath: "/etc/hostname" } };
  const same = { name: "bash", input: { command: "echo again", description: "x" } };
  const script = [
    { toolCalls: [outside] },
    "not there",
    { toolCalls: [same, same, same, same] },
    "not asked",
  ];
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turns = [
      session.stream("go", { collect: true }),
      // the server takes a refused loop for the turn's failure
      session.stream("go", { collect: true }),
    ];
    const replies = await Promise.all(turns.map((turn) => turn.settled));
    assertEquals(replies.map(({ outcome }) => outcome), ["completed", "error"]);
    assertEquals(replies[0]!.text, "not there");
    assert(replies[1]!.error instanceof TurnError);
    assertStringIncludes(replies[1]!.error.message, "Refused");
    const kinds = replies.map(({ events }) =>
      events.flatMap((event) =>
        event.type === "permission" && event.reply === "reject" ? [event.request.permission] : []
      )
    );
    assertEquals(kinds.map((of) => [...new Set(of)]), [["external_directory"], ["doom_loop"]]);
  });
});

test("Turn.abort settles and says so where the session stays busy", async () => {
  const warnings: string[] = [];
  await replaying("plain", async ({ replay, session }) => {
    replay.stubborn = true;
    const turn = session.stream("go");
    await replay.asked;
    await turn.abort();
    assertEquals((await turn.settled).outcome, "aborted");
    assertEquals(warnings.length, 1);
    assertStringIncludes(warnings[0]!, "still busy 3000 ms after it was aborted");
  }, { clock: fastClock(5), warn: (message) => void warnings.push(message) });
});

test("Turn.abort does not warn of a session that is called busy though nothing runs", async () => {
  const warnings: string[] = [];
  await replaying("plain", async ({ replay, session }) => {
    replay.stubborn = true;
    // an abort whose connection broke leaves it so (server 1.18.33)
    replay.more = ({ pathname }) =>
      pathname.endsWith("/message/msg_none") ? Response.json(true) : undefined;
    const turn = session.stream("go");
    await replay.asked;
    await turn.abort();
    assertEquals((await turn.settled).outcome, "aborted");
    assertEquals(warnings, []);
  }, { clock: fastClock(5), warn: (message) => void warnings.push(message) });
});

test("Turn.abort waits for a slow server that clears away what it cancelled", async () => {
  const clock = fastClock(5);
  await replaying("plain", async ({ replay, session }) => {
    let aborted = 0;
    let idle = 0;
    replay.more = ({ pathname }) => {
      if (pathname.endsWith("/abort")) aborted ||= clock.now();
      if (pathname.endsWith("/message/msg_none")) return Response.json(true);
      if (pathname !== "/session/status" || aborted === 0) return undefined;
      if (clock.now() - aborted < 1_800) {
        return Response.json({ [session.id]: { type: "busy" } });
      }
      idle++;
      return Response.json({});
    };
    const turn = session.stream("go");
    await replay.asked;
    await turn.abort();
    assertEquals((await turn.settled).outcome, "aborted");
    assert(idle >= 2, "it is over when the session is idle");
  }, { clock });
});

test("Turn.abort stops a run that begins after the session was idle for long, but no later turn", async () => {
  for (const goesOn of [false, true]) {
    await replaying("plain", async ({ replay, server, session }) => {
      replay.more = ({ pathname }) =>
        pathname === "/session/status" ? Response.json({}) : undefined;
      const turn = session.stream("go");
      await replay.asked;
      await turn.abort();
      const aborts = () => server.requests.filter(({ path }) => path.includes("/abort")).length;
      const before = aborts();
      assert(before > 0);
      replay.more = undefined;
      replay.at = 0;
      const next = goesOn ? session.stream("again") : undefined;
      if (next) await until(() => replay.prompts === 2, "the next prompt is sent");
      const stream = server.streams.at(-1)!;
      replay.send(stream, next ? replay.of.events.length : 12);
      if (!next) return await until(() => aborts() > before, "the late run is stopped");
      assertEquals((await next.reply).text, storedTexts(replay.of).join(""));
      assertEquals(aborts(), before);
    });
  }
});

test("Session.prompt is never sent twice where the server fails or is silent after it got it", async () => {
  await replaying("plain", async ({ replay, session }) => {
    replay.answer = () => Response.json({ name: "UnknownError", data: {} }, { status: 500 });
    await assertRejects(() => session.prompt("go"), InternalServerError);
    assertEquals(replay.prompts, 1);
  }, { maxRetries: 3 });
  await replaying("plain", async ({ replay, session }) => {
    let release!: () => void;
    const gate = new Promise<void>((resolve) => release = resolve);
    replay.answer = async () => {
      await gate;
      return new Response(null, { status: 204 });
    };
    await assertRejects(() => session.prompt("go"), APIConnectionError);
    release();
    assertEquals(replay.prompts, 1);
  }, { maxRetries: 3, timeout: 300 });
});

test("Turn leaves no event connection behind, whether it ends, is left or fails", async () => {
  await replaying("plain", async ({ replay, server, session }) => {
    const turn = session.stream("go");
    await replay.asked;
    const stream = await server.stream(0);
    replay.send(stream, replay.of.events.length);
    await turn.reply;
    await until(() => stream.ended.aborted, "the connection is closed");
  });
  await replaying("plain", async ({ replay, server, session }) => {
    const turn = session.stream("go");
    await replay.asked;
    const stream = await server.stream(0);
    replay.send(stream, 18);
    for await (const _ of turn) break;
    await until(() => stream.ended.aborted, "the connection is closed");
  });
  await replaying("plain", async ({ replay, server, session }) => {
    replay.answer = () => Response.json({ name: "BadRequest" }, { status: 400 });
    await assertRejects(() => session.prompt("go"));
    await until(() => server.streams[0]!.ended.aborted, "the connection is closed");
  });
});

test("files reach the model by every way to ask", async () => {
  await withAgent(
    (request) =>
      request.toolNames.includes("StructuredOutput")
        ? { toolCalls: [{ name: "StructuredOutput", input: { ok: true } }] }
        : "ok",
    async ({ ai, model, directory }) => {
      await host().files.writeText(join(directory, "note.txt"), "the content of the note");
      const session = await ai.createSession({ title: "t" });
      const files = ["note.txt"];
      const schema = { type: "object", properties: { ok: { type: "boolean" } } } as const;
      const ways = [
        () => session.prompt("x", { files }),
        () => session.stream("x", { files }).reply,
        () => session.ask("x", { files }),
        () => session.object("x", { files, schema }),
        () => ai.ask("x", { files }),
        () => ai.prompt("x", { files }),
        () => ai.object("x", { files, schema }),
        async () => {
          for await (const _ of ai.askStream("x", { files }));
        },
      ];
      for (const [index, way] of ways.entries()) {
        await way();
        const { messages, index: at } = model.requests.at(-1)!;
        const last = messages.slice(messages.findLastIndex(({ role }) => role === "user"));
        assertStringIncludes(JSON.stringify(last), "content of the note", `way ${index}`);
        assert(at >= index);
      }
    },
  );
});
