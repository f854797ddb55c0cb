import { assert, assertEquals, assertRejects } from "@std/assert";
import { ServerExitedError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import type { Session } from "../../src/session/session.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

/** A `fetch` whose event streams break off after so many bytes, one number for each connection. */
function cutting(
  after: number[],
): { fetch: typeof fetch; connections(): number; open(): number } {
  let connections = 0;
  let open = 0;
  const cut: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    const { pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (pathname !== "/event" || !response.body) return response;
    let left = after[connections++] ?? Infinity;
    const reader = response.body.getReader();
    open++;
    reader.closed.catch(() => {}).finally(() => open--);
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const { value, done } = await reader.read();
        if (done) return controller.close();
        controller.enqueue(value.subarray(0, Math.min(left, value.length)));
        left -= value.length;
        if (left > 0) return;
        await reader.cancel().catch(() => {});
        controller.error(new Error("cut"));
      },
      cancel: (reason) => reader.cancel(reason),
    }, { highWaterMark: 0 });
    return new Response(body, response);
  };
  return { fetch: cut, connections: () => connections, open: () => open };
}

async function storedText(session: Session): Promise<string> {
  const texts = (await session.history()).filter(({ info }) => info.role === "assistant")
    .map(({ parts }) => parts.map((part) => part.type === "text" ? part.text : "").join(""));
  return texts.join("\n\n");
}

const script = [
  {
    text: Array.from({ length: 20 }, (_, i) => `word ${i} 👋 `),
    chunkDelay: 10,
    toolCalls: [{ name: "bash", input: { command: "echo hi; sleep 0.3", description: "x" } }],
  },
  { text: Array.from({ length: 20 }, (_, i) => `more ${i} `), chunkDelay: 10 },
];

for (const bytes of [700, 4_000, 5_500, 7_000, 7_333, 9_001, 11_000, 14_000, 20_000]) {
  test(`Turn gives the stored text where the real server's events break off after ${bytes} bytes`, async () => {
    const { fetch, connections, open } = cutting([bytes, 1_500]);
    await withAgent(script, async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      const turn = session.stream("go");
      let text = "";
      for await (const piece of turn) text += piece;
      assertEquals(text, await storedText(session));
      assertEquals((await turn.reply).outcome, "completed");
      assert(connections() >= 2);
    }, { fetch });
    await until(() => open() === 0, "the event connections are let go of");
  });
}

const invented = { name: "Ada" };
const nameSchema = {
  type: "object",
  properties: { name: { type: "string" } },
  required: ["name"],
} as const;

for (const bytes of [200, 400, 700, 1_200]) {
  test(`Session.object gives its value where the real server's events break off after ${bytes} bytes`, async () => {
    const { fetch, connections } = cutting([bytes]);
    const step = { delay: 500, toolCalls: [{ name: "StructuredOutput", input: invented }] };
    await withAgent([step], async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      assertEquals(await session.object("Invent a user", { schema: nameSchema }), invented);
      assert(connections() >= 2);
    }, { fetch });
  });
}

test("Session.object gives its value where no event of all its steps arrives", async () => {
  const { fetch: cut } = cutting([200]);
  let isDown = false;
  const flaky: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (pathname === "/event" && isDown) throw new TypeError("down");
    isDown ||= pathname.endsWith("/prompt_async");
    return await cut(input, init);
  };
  const look = { toolCalls: [{ name: "bash", input: { command: "echo hi", description: "x" } }] };
  const steps = [look, look, { toolCalls: [{ name: "StructuredOutput", input: invented }] }];
  await withAgent(steps, async ({ ai, model, directory }) => {
    const session = await ai.createSession({ title: "t" });
    const value = session.object("Invent a user", { schema: nameSchema });
    const isIdle = async () => {
      const status = await ai.client.session.status({ directory });
      return model.requests.length === 3 && status[session.id] === undefined;
    };
    await until(isIdle, "the turn is over");
    isDown = false;
    assertEquals(await value, invented);
  }, { fetch: flaky });
});

test("Turn answers a permission that was asked while the connection was down", async () => {
  let cut!: () => void;
  const cutNow = new Promise<void>((resolve) => cut = resolve);
  let connections = 0;
  let down = false;
  const flaky: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (pathname !== "/event") return await fetch(input, init);
    if (down) throw new TypeError("down");
    const response = await fetch(input, init);
    if (connections++ > 0) return response;
    const reader = response.body!.getReader();
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const read = await Promise.race([reader.read(), cutNow]);
        if (read?.value) return controller.enqueue(read.value);
        await reader.cancel();
        controller.error(new Error("cut"));
      },
      cancel: (reason) => reader.cancel(reason),
    });
    return new Response(body, response);
  };
  let release!: () => void;
  const gate = new Promise<void>((resolve) => release = resolve);
  const call = { name: "bash", input: { command: "echo allowed", description: "x" } };
  const asks = [{ parts: [{ text: "a" }, { until: gate }, { toolCall: call }] }, "done"];
  await withAgent(asks, async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("go", { onPermission: () => "once" });
    for await (const event of turn.events) {
      if (event.type !== "text" || event.text !== "a") continue;
      down = true;
      cut();
      release();
      await until(async () => (await ai.client.permission.list()).length === 1, "it is asked");
      down = false;
    }
    assertEquals((await turn.reply).text, "done");
    assert(model.requests.at(-1)!.toolResults.at(-1)!.content.includes("allowed"));
  }, { fetch: flaky, config: { permission: { bash: "ask" } } });
});

test("Turn rejects with ServerExitedError within seconds where its server is killed", async () => {
  const never = new Promise(() => {});
  const hang = [{ parts: [{ text: "half " }, { until: never }] }, "back"];
  await withAgent(hang, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("go");
    let text = "";
    let killed = 0;
    const error = await assertRejects(async () => {
      for await (const piece of turn) {
        text += piece;
        killed = Date.now();
        host().platform.kill(ai.server!.pid, "SIGKILL");
      }
    }, ServerExitedError);
    assert(Date.now() - killed < 15_000, `${Date.now() - killed} ms`);
    assert(error.message.includes("SIGKILL"), error.message);
    const settled = await turn.settled;
    assertEquals([text, settled.text, settled.outcome], ["half ", "half ", "error"]);
    // the next call starts another server, which has the session
    assertEquals((await session.prompt("again")).text, "back");
  }, { own: true });
});
