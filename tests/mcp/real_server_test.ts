import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { OpencodeError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { registerTools } from "../../src/mcp/register.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/mod.ts";
import { tool } from "../../src/tools/mod.ts";
import { ask, withAgent, withTools } from "./agent.ts";
import { until } from "../tools/support.ts";
import { test } from "../harness.ts";

const any = { type: "object" } as const;

/** A tool's name as the model sees it. */
const named = (request: ModelRequest, own: string): string =>
  request.toolNames.find((name) => name.startsWith("localtools_") && name.endsWith(`_${own}`)) ??
    `no_${own}`;

/** Calls these tools in one step, then says what they gave. */
const calls =
  (list: readonly (readonly [name: string, input: unknown])[]) =>
  (request: ModelRequest): ScriptStep =>
    request.toolResults.length > 0
      ? { text: request.toolResults.map(({ content }) => content).join("\n--\n") }
      : {
        toolCalls: list.map(([name, input]) => ({ name: named(request, name), input })),
      };

test("a file asked for is made by our write, and the server's own tools are out of sight", async () => {
  await withAgent(calls([["write", { path: "hello.txt", content: "Hello\n" }]]), async (agent) => {
    await withTools(agent, {}, async ({ tools, audit }) => {
      const { client, directory, model } = agent;
      const { id } = await client.session.create({ title: "t", directory });
      await tools.enable(id);
      const text = await ask(agent, id, "Create a file called hello.txt");
      assertEquals(text, "Created hello.txt (6 bytes)");
      assertEquals(await host().files.readText(join(directory, "hello.txt")), "Hello\n");
      assertEquals(audit.map(({ name, result }) => [name, result.status]), [["write", "ok"]]);
      const seen = model.requests[0]!.toolNames;
      for (const twin of ["bash", "write", "edit", "read", "glob", "grep"]) {
        assert(!seen.includes(twin), twin);
        assert(seen.includes(tools.prefix + twin), `${tools.prefix}${twin} in ${seen}`);
        assertEquals(tools.ownName(tools.prefix + twin), twin);
      }
      assertEquals(tools.ownName("bash"), undefined);
    });
  });
});

test("a model reads why a denied or unconfirmed tool was not run", async () => {
  const script = calls([
    ["bash", { command: "touch ran" }],
    ["write", { path: "ran", content: "" }],
    ["read", { path: "../x" }],
  ]);
  await withAgent(script, async (agent) => {
    const permissions = { write: "deny" } as const;
    await withTools(agent, { permissions, confirm: () => false }, async ({ tools }) => {
      const { client, directory } = agent;
      const { id } = await client.session.create({ title: "t", directory });
      await tools.enable(id);
      const text = await ask(agent, id, "Do it");
      assertStringIncludes(text, "bash was not run: the user said no");
      assertStringIncludes(text, "write was not run: a permission rule forbids it");
      assertStringIncludes(text, "outside the working directory");
      const names = (await host().files.readDir(directory)).map(({ name }) => name);
      assertEquals(names.includes("ran"), false);
    });
  });
});

test("nine calls of one step run side by side and each has its result", async () => {
  const list = [
    ["wait", { n: 1 }],
    ["wait", { n: 2 }],
    ["wait", { n: 3 }],
    ["wait", { n: 4 }],
    ["throws", {}],
    ["never", {}],
    ["strict", { n: "x" }],
    ["nowhere", {}],
    ["hang", {}],
  ] as const;
  await withAgent(calls(list), async (agent) => {
    let [running, most] = [0, 0];
    const controller = new AbortController();
    let ended: unknown;
    const own = [
      tool({
        name: "wait",
        description: "",
        inputSchema: { type: "object", properties: { n: { type: "number" } } },
        async execute({ n }) {
          most = Math.max(most, ++running);
          await until(() => most >= 4, 5000);
          running--;
          return `waited ${n}`;
        },
      }),
      tool({
        name: "throws",
        description: "",
        inputSchema: any,
        execute() {
          throw new Error("broken on purpose");
        },
      }),
      tool({
        name: "never",
        description: "",
        inputSchema: any,
        timeout: 500,
        execute: () => new Promise(() => {}),
      }),
      tool({
        name: "strict",
        description: "",
        inputSchema: { type: "object", properties: { n: { type: "number" } }, required: ["n"] },
        execute: () => "ran",
      }),
      tool({
        name: "hang",
        description: "",
        inputSchema: any,
        execute(_, { signal }) {
          signal.addEventListener("abort", () => ended = signal.reason, { once: true });
          return new Promise(() => {});
        },
      }),
    ];
    const options = { builtins: false, tools: own, signal: controller.signal } as const;
    await withTools(agent, options, async ({ tools, audit }) => {
      const { client, directory, model } = agent;
      const { id } = await client.session.create({ title: "t", directory });
      await tools.enable(id);
      const asked = ask(agent, id, "All at once");
      // The one that never ends is ended when all others are done.
      await until(() => audit.length === 7);
      const reason = new Error("enough");
      controller.abort(reason);
      await asked;
      assertEquals(ended, reason);
      assertEquals(audit.at(-1)!.result.status, "aborted");
      const results = model.requests[1]!.toolResults.map(({ content }) => content);
      assertEquals(results.slice(0, 4), ["waited 1", "waited 2", "waited 3", "waited 4"]);
      assertStringIncludes(results[4]!, "broken on purpose");
      assertStringIncludes(results[5]!, "took longer than 500 ms");
      assertStringIncludes(results[6]!, "/n: Expected number");
      assert(results[7]!.length > 0);
      assertStringIncludes(results[8]!, "The call was aborted");
      assertEquals(results.length, 9);
      assertEquals(most, 4);
    });
  });
});

test("a session's abort ends the tool that runs", async () => {
  await withAgent(calls([["hang", {}]]), async (agent) => {
    let state = "";
    const hang = tool({
      name: "hang",
      description: "",
      inputSchema: any,
      execute(_, { signal }) {
        state = "running";
        signal.addEventListener("abort", () => state = "ended", { once: true });
        return new Promise(() => {});
      },
    });
    await withTools(agent, { tools: [hang] }, async ({ tools, audit }) => {
      const { client, directory } = agent;
      const { id } = await client.session.create({ title: "t", directory });
      await tools.enable(id);
      const asked = ask(agent, id, "Hang");
      await until(() => state === "running");
      await client.session.abort({ sessionID: id, directory });
      await until(() => state === "ended");
      await asked;
      await until(() => audit.length === 1);
      assertEquals(audit[0]!.result.status, "aborted");
    });
  });
});

test("a tool may take longer than the server's bound, as signs of life begin it anew", async () => {
  await withAgent(calls([["slow", {}]]), async (agent) => {
    const slow = tool({
      name: "slow",
      description: "",
      inputSchema: any,
      async execute() {
        await new Promise((resolve) => setTimeout(resolve, 3500));
        return "it took its time";
      },
    });
    await withTools(agent, { tools: [slow] }, async ({ tools }) => {
      const { client, directory } = agent;
      const { id } = await client.session.create({ title: "t", directory });
      await tools.enable(id);
      assertEquals(await ask(agent, id, "Slowly"), "it took its time");
    }, { progressInterval: 300, timeout: 1000 });
  });
});

test("registerTools says why the server could not connect", async () => {
  await withAgent([], async (agent) => {
    const { client, directory } = agent;
    await withTools(agent, {}, async ({ server }) => {
      const stranger = { config: { ...server.config, headers: {} } };
      const error = await assertRejects(
        () => registerTools(client, stranger, [], { directory }),
        OpencodeError,
      );
      assertStringIncludes(error.message, "401");
      assert(!error.message.includes(server.token));
    });
  });
});

test("a picture that a tool gives reaches the model", async () => {
  const png =
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";
  // The server sends a picture as a user's message after the tool's.
  const script = (request: ModelRequest): ScriptStep =>
    request.messages.some(({ role }) => role === "tool")
      ? { text: "seen" }
      : { toolCalls: [{ name: named(request, "picture"), input: {} }] };
  await withAgent(script, async (agent) => {
    const picture = tool({
      name: "picture",
      description: "",
      inputSchema: any,
      execute:
        () => [{ type: "text", text: "look" }, { type: "image", data: png, mimeType: "image/png" }],
    });
    await withTools(agent, { tools: [picture] }, async ({ tools }) => {
      const { client, directory, model } = agent;
      const { id } = await client.session.create({ title: "t", directory });
      await tools.enable(id);
      assertEquals(await ask(agent, id, "Look"), "seen");
      assertStringIncludes(JSON.stringify(model.requests[1]!.messages), png);
    });
  });
});
