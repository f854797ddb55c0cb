/** Hooks on the real server: what runs, what the model reads, and what happens when a hook fails. */
import {
  assert,
  assertEquals,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { Opencode } from "../../src/facade/opencode.ts";
import type { Hooks } from "../../src/hooks/types.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { createOpencodeServer } from "../../src/server/server.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import { host } from "../../src/runtime/host.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { serveTools } from "../../src/mcp/serve.ts";
import { tool as makeTool } from "../../src/tools/define.ts";
import { ToolExecutor } from "../../src/tools/executor.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const bash = (command: string) => ({ name: "bash", input: { command, description: "x" } });

/** What the model reads of its tools. */
const read = (requests: readonly ModelRequest[]) =>
  JSON.stringify(requests.map(({ body }) => body));

test("a hook denies, rewrites and redacts calls of the server's tools, by name", async () => {
  const warned: string[] = [];
  const logger = { debug() {}, info() {}, error() {}, warn: (text: string) => warned.push(text) };
  const seen: unknown[] = [];
  let ended = false;
  const hooks: Hooks = {
    preToolUse: [
      ({ tool, input }, { sessionId, callId, agent, parent }) => {
        const command = String(input.command);
        seen.push([tool, typeof sessionId, typeof callId, agent, parent]);
        if (command.includes("denied")) return { decision: "deny", reason: "not here" };
        if (command.includes("throw")) throw new Error("broken hook");
        if (command === "echo before") {
          return { input: { ...input, command: "echo after" }, context: "mind the step" };
        }
        return undefined;
      },
      {
        matcher: "b*|none",
        timeout: 300,
        hook: ({ input }, { signal }) => {
          if (!String(input.command).includes("hang")) return;
          return new Promise((resolve) =>
            signal.addEventListener("abort", () => {
              ended = true;
              resolve(undefined);
            })
          );
        },
      },
      { matcher: /^other$/, hook: () => ({ decision: "deny" }) },
    ],
    postToolUse: ({ tool, output }) => {
      if (tool !== "bash" || !output.includes("top-secret")) return;
      return { output: output.replaceAll("top-secret", "[hidden]") };
    },
  };
  const script: ScriptStep[] = [
    {
      toolCalls: [
        bash("echo x >denied"),
        bash("echo x >throw"),
        bash("echo x >hang"),
        bash("echo before"),
        bash("echo top-\\secret"),
      ],
    },
    { text: "done" },
  ];
  await withAgent(script, async ({ ai, model, directory }) => {
    assertEquals(`${await ai.prompt("go")}`, "done");
    const said = read(model.requests.slice(1));
    assertStringIncludes(said, "Refused: not here");
    assertStringIncludes(said, "Refused: the preToolUse hook failed: broken hook");
    assertStringIncludes(said, "gave no answer within 300 ms");
    assertStringIncludes(said, "after");
    assertStringIncludes(said, "mind the step");
    assertStringIncludes(said, "[hidden]");
    assertEquals(said.includes("top-secret"), false);
    for (const name of ["denied", "throw", "hang"]) {
      assertEquals(await host().files.exists(join(directory, name)), false, name);
    }
    assertEquals(seen.length, 5);
    assertEquals(seen[0], ["bash", "string", "string", "build", undefined]);
    assert(ended, "the hook that took too long was told");
    assertEquals(warned.filter((text) => text.includes("hook failed")).length, 2);
  }, { own: true, hooks, logger });
});

test("hooks hold for subagents, and a session's own for its subagents alone", async () => {
  const script: ScriptStep[] = [
    {
      toolCalls: [{
        name: "task",
        input: { description: "d", prompt: "sub", subagent_type: "general" },
      }],
    },
    { toolCalls: [bash("echo x >child")] },
    { text: "child done" },
    { text: "done" },
    { toolCalls: [bash("echo x >other")] },
    { text: "other done" },
  ];
  const parents: unknown[] = [];
  const events: string[] = [];
  const hooks: Hooks = {
    preToolUse: (_, { parent }) => void parents.push(parent),
    sessionStart: (_, { sessionId }) => void events.push(`start ${sessionId}`),
    stop: (_, { sessionId }) => void events.push(`stop ${sessionId}`),
  };
  await withAgent(script, async ({ ai, model, directory }) => {
    const session = await ai.createSession({
      title: "guarded",
      hooks: {
        preToolUse: { matcher: "bash", hook: () => ({ decision: "deny", reason: "mine" }) },
      },
    });
    assertEquals(`${await session.prompt("go")}`, "done");
    assertStringIncludes(read(model.requests), "Refused: mine");
    assertEquals(await host().files.exists(join(directory, "child")), false);
    assertEquals(parents, [undefined, session.id]);
    const other = await ai.createSession({ title: "free" });
    await other.prompt("go");
    assertEquals(await host().files.exists(join(directory, "other")), true);
    assert(events.includes(`start ${session.id}`) && events.includes(`stop ${session.id}`));
  }, { own: true, hooks });
});

test("hooks hold for MCP tools, and for eight tools at once", async () => {
  await using executor = new ToolExecutor({
    builtins: false,
    tools: [makeTool({
      name: "look",
      description: "looks",
      inputSchema: { type: "object", properties: { at: { type: "string" } }, required: ["at"] },
      execute: ({ at }) => `saw ${at} and top-secret`,
    })],
  });
  await using served = await serveTools(executor);
  let running = 0;
  let most = 0;
  const hooks: Hooks = {
    preToolUse: async ({ tool, input }) => {
      most = Math.max(most, ++running);
      for (let tries = 0; most < 8 && tool === "bash" && tries < 500; tries++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      running--;
      return { input: tool === "mine_look" ? { at: "there" } : input };
    },
    postToolUse: ({ output }) => ({ output: output.replace("top-secret", "[hidden]") }),
  };
  const script: ScriptStep[] = [
    { toolCalls: [{ name: "mine_look", input: { at: "here" } }] },
    { toolCalls: Array.from({ length: 8 }, (_, at) => bash(`echo ran-${at}`)) },
    { text: "done" },
  ];
  await withAgent(script, async ({ ai, model }) => {
    await ai.client.mcp.add({ name: "mine", config: served.config, directory: ai.directory });
    assertEquals(`${await ai.prompt("go")}`, "done");
    const said = read(model.requests);
    assertStringIncludes(said, "saw there and [hidden]");
    for (let at = 0; at < 8; at++) assertStringIncludes(said, `ran-${at}`);
    assertEquals(most, 8);
  }, { own: true, hooks });
});

test("hooks see and change prompts, system prompts, parameters and the shell's environment", async () => {
  const hooks: Hooks = {
    userPrompt: ({ prompt }) => {
      if (prompt.includes("forbidden")) return { decision: "deny", reason: "no such prompts" };
      return { prompt: prompt.replace("4111", "[card]"), context: "today is Monday" };
    },
    systemPrompt: ({ system }) => ({ system: [...system, "be brief"] }),
    chatParams: () => ({ temperature: 0.125 }),
    shellEnv: () => ({ env: { FROM_HOOK: "yes" } }),
  };
  const script: ScriptStep[] = [{ toolCalls: [bash("echo env-$FROM_HOOK")] }, { text: "done" }];
  await withAgent(script, async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    assertEquals(`${await session.prompt("pay with 4111")}`, "done");
    const said = read(model.requests);
    assertStringIncludes(said, "pay with [card]");
    assertStringIncludes(said, "today is Monday");
    assertStringIncludes(said, "be brief");
    assertStringIncludes(said, "0.125");
    assertStringIncludes(said, "env-yes");
    assertEquals(said.includes("4111"), false);
    const before = model.requests.length;
    await assertRejects(() => session.prompt("a forbidden one", { timeout: 20_000 }));
    assertEquals(model.requests.length, before);
  }, { own: true, hooks });
});

test("canUseTool and a hook that asks decide about calls", async () => {
  const script: ScriptStep[] = [
    { toolCalls: [bash("echo one"), bash("echo two"), bash("echo three")] },
    { text: "done" },
  ];
  const asked: unknown[] = [];
  await withAgent(script, async ({ ai, model }) => {
    assertEquals(`${await ai.prompt("go")}`, "done");
    const said = read(model.requests.slice(1));
    assertStringIncludes(said, "Refused: not one");
    assertStringIncludes(said, "2-rewritten");
    assertStringIncludes(said, "the user says no");
    assertEquals(asked, [["bash", "echo three"]]);
  }, {
    own: true,
    permissions: "default",
    onPermission: ({ permission, input }) => {
      asked.push([permission, input?.command]);
      return { reply: "reject", message: "the user says no" };
    },
    hooks: {
      preToolUse: ({ input }) => input.command === "echo three" ? { decision: "ask" } : undefined,
    },
    canUseTool: (_, input) => {
      if (input.command === "echo one") return { behavior: "deny", message: "not one" };
      if (input.command !== "echo two") return { behavior: "allow" };
      return { behavior: "allow", updatedInput: { ...input, command: "echo 2-rewritten" } };
    },
  });
});

for (const how of ["nothing answers the hooks any more", "an answer takes too long"]) {
  test(`nothing runs where ${how}`, async () => {
    const { files } = host();
    const directory = await files.makeTempDir({ prefix: "hooks-test-" });
    const hangs = how.includes("too long");
    const listener = await host().serve(async (request) => {
      const { event } = await request.json();
      if (event === "preToolUse") {
        await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
      }
      return Response.json({});
    }, {});
    // as after the end of the process with the hooks: nothing listens there
    if (!hangs) await listener.close();
    const model = await scriptedModel([{ toolCalls: [bash("echo x >ran")] }, { text: "done" }]);
    try {
      await using server = await createOpencodeServer({
        isolated: true,
        cwd: directory,
        config: { ...model.config },
        hooks: {
          url: `http://127.0.0.1:${listener.port}/`,
          token: "t",
          timeout: 2_000,
          events: ["preToolUse", ...hangs ? [] : ["userPrompt"]],
        },
      });
      const { url: baseUrl, username, password } = server;
      await using ai = new Opencode({ baseUrl, username, password, directory });
      if (hangs) {
        assertEquals(`${await ai.prompt("go")}`, "done");
        assertStringIncludes(read(model.requests), "Refused: no answer of the hook");
      } else {
        await assertRejects(() => ai.prompt("go", { timeout: 30_000 }));
        assertEquals(model.requests.length, 0);
      }
      assertEquals(await files.exists(join(directory, "ran")), false);
    } finally {
      await listener.close();
      await model.close();
      await files.remove(directory, { recursive: true });
    }
  });
}

test("hooks are refused at once where they can't be had", async () => {
  const hooks: Hooks = { preToolUse: () => {} };
  const wrong = (options: object) =>
    assertThrows(() => new Opencode(options), InvalidArgumentError).message;
  assertStringIncludes(wrong({ hooks, baseUrl: "http://127.0.0.1:1" }), "not started here");
  assertStringIncludes(wrong({ hooks: { preTool: () => {} } }), 'no hook "preTool"');
  assertStringIncludes(wrong({ hooks: { preToolUse: "bash" } }), "give a function");
  assertStringIncludes(wrong({ hooks: { preToolUse: { hook() {}, timeout: 0 } } }), "timeout");
  assertStringIncludes(wrong({ hooks: { stop: { hook() {}, matcher: "x" } } }), "matcher");
  await using plain = new Opencode();
  const error = await assertRejects(() => plain.createSession({ hooks }), InvalidArgumentError);
  assertStringIncludes(error.message, "hooks: { preToolUse: [] }");
  assertEquals(plain.server, undefined);
  await using pure = new Opencode({ hooks, isolated: true, env: { OPENCODE_PURE: "1" } });
  assertStringIncludes(
    (await assertRejects(() => pure.start(), InvalidArgumentError)).message,
    "OPENCODE_PURE",
  );
});
