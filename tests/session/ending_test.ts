import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { InvalidArgumentError, TurnAbortedError, TurnTimeoutError } from "../../src/errors.ts";
import type { Fetch } from "../../src/http/options.ts";
import { host } from "../../src/runtime/host.ts";
import type { CommandOptions } from "../../src/session/options.ts";
import { tool } from "../../src/tools/define.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { processIn, until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const never = new Promise(() => {});

test("timeout and idleTimeout cover the opening of the event connection", async () => {
  let closed = false;
  const fetch: Fetch = (input, init) => {
    const url = typeof input === "string" ? input : input.url;
    if (!url.includes("/event")) return globalThis.fetch(input, init);
    return new Promise((_, reject) => {
      init!.signal!.addEventListener("abort", () => {
        closed = true;
        reject(init!.signal!.reason);
      });
    });
  };
  await withAgent(["done"], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    for (const name of ["timeout", "idleTimeout"] as const) {
      closed = false;
      await assertRejects(
        () => session.prompt("x", { [name]: 300 }),
        TurnTimeoutError,
        `300 ms (${name})`,
      );
      assertEquals(closed, true);
    }
  }, { fetch });
});

test("0, Infinity and numbers above 2^31-1 are no bound for a turn and its answers", async () => {
  const call = { toolCalls: [{ name: "bash", input: { command: "true", description: "x" } }] };
  for (const none of [0, Infinity, 2 ** 31]) {
    await withAgent([call, "done"], async ({ ai }) => {
      const reply = await ai.prompt("x", {
        timeout: none,
        idleTimeout: none,
        answerTimeout: none,
        collect: true,
        onPermission: () => new Promise((resolve) => setTimeout(() => resolve("once"), 300)),
      });
      assertEquals(reply.text, "done");
      const replies = reply.events.flatMap((e) => e.type === "permission" ? [e.reply] : []);
      assertEquals(replies, [undefined, "once"]);
    }, { config: { permission: { bash: "ask" } } });
  }
});

test("what is no number of milliseconds is refused", async () => {
  await withAgent([], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    for (const name of ["timeout", "idleTimeout", "answerTimeout"]) {
      for (const value of [NaN, -1, "5000"]) {
        const options: object = { [name]: value };
        await assertRejects(() => session.prompt("x", options), InvalidArgumentError, name);
      }
    }
    assertEquals(model.requests.length, 0);
  });
});

test("TurnAbortedError.text holds what had arrived, after an abort and a close", async () => {
  await withAgent(() => ({ parts: [{ text: "half " }, { until: never }] }), async ({ ai }) => {
    for (const end of [(turn: AsyncDisposable) => turn[Symbol.asyncDispose](), () => ai.close()]) {
      const session = await ai.createSession({ title: "t" });
      const turn = session.stream("x");
      turn.settled.then(() => {});
      for await (const event of turn.events) if (event.type === "text") void end(turn);
      const error = await assertRejects(() => turn.reply, TurnAbortedError);
      assertEquals([error.text, error.sessionId], ["half ", session.id]);
      assertEquals((await turn.settled).text, "half ");
    }
  });
});

test("Session.shell with a signal that aborts stops the command on the server", async () => {
  await withAgent([], async ({ ai, directory }) => {
    const session = await ai.createSession({ title: "t" });
    const controller = new AbortController();
    const running = session.shell("echo $$ > pid; exec sleep 300", { signal: controller.signal });
    const pid = await processIn(join(directory, "pid"));
    controller.abort(new Error("mine"));
    await assertRejects(() => running, Error, "mine");
    assertEquals(await ai.client.session.status(), {});
    await until(() => !host().platform.isAlive(pid), "the process is gone");
    await assertRejects(
      () => session.shell("touch never", { signal: controller.signal }),
      Error,
      "mine",
    );
    assertEquals(await host().files.exists(join(directory, "never")), false);
  });
});

test("Session.delete ends a turn that runs, and says what is wrong where it can't", async () => {
  await withAgent(() => ({ parts: [{ text: "half" }, { until: never }] }), async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("x");
    for await (const _ of turn) break;
    await session.delete();
    await assertRejects(() => ai.session(session.id));
  });
  let stubborn = false;
  const fetch: Fetch = (input, init) => {
    const url = typeof input === "string" ? input : input.url;
    if (stubborn && url.includes("/abort")) return Promise.resolve(Response.json(true));
    return globalThis.fetch(input, init);
  };
  await withAgent(() => ({ parts: [{ text: "half" }, { until: never }] }), async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    await ai.client.session.promptAsync({
      sessionID: session.id,
      parts: [{ type: "text", text: "x" }],
    });
    await until(async () => session.id in await ai.client.session.status(), "it is busy");
    stubborn = true;
    const error = await assertRejects(() => session.delete(), TurnTimeoutError, "still busy");
    assertEquals(error.sessionId, session.id);
    assertEquals("status" in error && error.status, undefined, "no made-up status");
    stubborn = false;
    await session.delete();
  }, { fetch });
});

test("Session.command sends files and offers tools; collect keeps its events", async () => {
  const echo = tool({
    name: "echo",
    description: "Echoes",
    schema: { type: "object", properties: { text: { type: "string" } } },
    run: ({ text }) => String(text),
  });
  await withAgent(
    ({ toolNames, toolResults }) => {
      const name = toolNames.find((one) => one.endsWith("_echo"));
      return toolResults.length > 0 || !name
        ? "done"
        : { toolCalls: [{ name, input: { text: "hi" } }] };
    },
    async ({ ai, model, directory }) => {
      const { files } = host();
      await files.writeText(join(directory, "note.txt"), "the content of the note");
      await using tools = new ToolExecutor({ workdir: directory, tools: [echo] });
      const session = await ai.createSession({ title: "t" });
      const options: CommandOptions = { files: ["note.txt"], tools, collect: true };
      const reply = await session.command("hello", "world", options);
      assertEquals(reply.text, "done");
      const sent = JSON.stringify(model.requests[0]!.messages);
      assertStringIncludes(sent, "content of the note");
      assertStringIncludes(sent, "Greet world");
      assert(reply.events.some((event) => event.type === "tool" && event.output === "hi"));
      // @ts-expect-error a command has no system prompt
      void ({ system: "x" } satisfies CommandOptions);
    },
    { config: { command: { hello: { template: "Greet $ARGUMENTS" } } } },
  );
});
