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
import type { Session } from "../../src/session/session.ts";
import { type Agent, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { tcpProxy } from "../http/tcp.ts";

const bash = (command: string) => ({ name: "bash", input: { command, description: "x" } });

/** A session with hooks of its own on the server that all cases share. */
interface Case {
  /** What the prompt begins with; the model knows the case by it. */
  name: string;
  hooks: Hooks;
  /** What the model does, call by call. */
  steps: ScriptStep[];
  run(ground: Ground): Promise<void>;
}

interface Ground extends Agent {
  session: Session;
  prompt: string;
  /** What the model was sent in this case, but for its first request. */
  read(): string;
}

const denies: Case = (() => {
  const seen: unknown[] = [];
  let isTold = false;
  return {
    name: "DENY",
    hooks: {
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
                isTold = true;
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
    },
    steps: [
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
    ],
    run: async ({ session, prompt, read, directory }) => {
      assertEquals(`${await session.prompt(prompt)}`, "done");
      const said = read();
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
      assert(isTold, "the hook that took too long was told");
    },
  };
})();

const subagents: Case = {
  name: "CHILD",
  hooks: { preToolUse: { matcher: "bash", hook: () => ({ decision: "deny", reason: "mine" }) } },
  steps: [
    {
      toolCalls: [{
        name: "task",
        input: { description: "d", prompt: "CHILD below", subagent_type: "general" },
      }],
    },
    { toolCalls: [bash("echo x >child")] },
    { text: "child done" },
    { text: "done" },
    { toolCalls: [bash("echo x >other")] },
    { text: "other done" },
  ],
  run: async ({ ai, session, prompt, read, directory }) => {
    assertEquals(`${await session.prompt(prompt)}`, "done");
    assertStringIncludes(read(), "Refused: mine");
    assertEquals(await host().files.exists(join(directory, "child")), false);
    const other = await ai.createSession({ title: "free" });
    await other.prompt(prompt);
    assertEquals(await host().files.exists(join(directory, "other")), true);
  },
};

const eight: Case = (() => {
  let running = 0;
  let most = 0;
  return {
    name: "EIGHT",
    hooks: {
      preToolUse: async ({ tool, input }) => {
        most = Math.max(most, ++running);
        for (let tries = 0; most < 8 && tool === "bash" && tries < 500; tries++) {
          await new Promise((resolve) => setTimeout(resolve, 10));
        }
        running--;
        return { input: tool === "mine_look" ? { at: "there" } : input };
      },
      postToolUse: ({ output }) => ({ output: output.replace("top-secret", "[hidden]") }),
    },
    steps: [
      { toolCalls: [{ name: "mine_look", input: { at: "here" } }] },
      { toolCalls: Array.from({ length: 8 }, (_, at) => bash(`echo ran-${at}`)) },
      { text: "done" },
    ],
    run: async ({ ai, session, prompt, read }) => {
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
      await ai.client.mcp.add({ name: "mine", config: served.config, directory: ai.directory });
      assertEquals(`${await session.prompt(prompt)}`, "done");
      const said = read();
      assertStringIncludes(said, "saw there and [hidden]");
      for (let at = 0; at < 8; at++) assertStringIncludes(said, `ran-${at}`);
      assertEquals(most, 8);
    },
  };
})();

const changes: Case = {
  name: "CHANGE",
  hooks: {
    userPrompt: ({ prompt }) => {
      if (prompt.includes("forbidden")) return { decision: "deny", reason: "no such prompts" };
      return { prompt: prompt.replace("4111", "[card]"), context: "today is Monday" };
    },
    systemPrompt: ({ system }) => ({ system: [...system, "be brief"] }),
    chatParams: () => ({ temperature: 0.125 }),
    shellEnv: () => ({ env: { FROM_HOOK: "yes" } }),
  },
  steps: [{ toolCalls: [bash("echo env-$FROM_HOOK")] }, { text: "done" }],
  run: async ({ session, prompt, read, model }) => {
    assertEquals(`${await session.prompt(`${prompt}: pay with 4111`)}`, "done");
    const said = read();
    assertStringIncludes(said, "pay with [card]");
    assertStringIncludes(said, "today is Monday");
    assertStringIncludes(said, "be brief");
    assertStringIncludes(said, "0.125");
    assertStringIncludes(said, "env-yes");
    assertEquals(said.includes("4111"), false);
    await assertRejects(() => session.prompt("FORBIDDEN forbidden", { timeout: 20_000 }));
    assert(!model.requests.some(({ prompt }) => prompt.includes("FORBIDDEN")));
  },
};

const asks: Case = {
  name: "ASK",
  hooks: {
    preToolUse: ({ input }) => input.command === "echo three" ? { decision: "ask" } : undefined,
  },
  steps: [
    { toolCalls: [bash("echo one"), bash("echo two"), bash("echo three")] },
    { text: "done" },
  ],
  run: async ({ session, prompt, read }) => {
    assertEquals(`${await session.prompt(prompt)}`, "done");
    const said = read();
    assertStringIncludes(said, "Refused: not one");
    assertStringIncludes(said, "2-rewritten");
    assertStringIncludes(said, "the user says no");
  },
};

test("hooks deny, rewrite, redact, ask and change, for subagents, MCP tools and eight calls at once", async () => {
  const cases = [denies, subagents, eight, changes, asks];
  const warned: string[] = [];
  const asked: unknown[] = [];
  const parents: unknown[] = [];
  const heard: string[] = [];
  const step: Record<string, number> = {};
  const script = ({ prompt }: ModelRequest): ScriptStep => {
    const { name, steps } = cases.find(({ name }) => prompt.startsWith(name))!;
    step[name] = (step[name] ?? -1) + 1;
    return steps[step[name]]!;
  };
  await withAgent(script, async (agent) => {
    const run = async ({ name, hooks, run }: Case) => {
      const { requests } = agent.model;
      const session = await agent.ai.createSession({ title: name, hooks });
      const read = () =>
        JSON.stringify(
          requests.filter(({ prompt }) => prompt.startsWith(name)).slice(1).map(({ body }) => body),
        );
      try {
        await run({ ...agent, session, prompt: `${name} go`, read });
      } catch (error) {
        throw new Error(`in the case ${name}`, { cause: error });
      }
      return session.id;
    };
    const ids = await Promise.all(cases.map(run));
    const child = ids[cases.indexOf(subagents)];
    assertEquals(parents.filter((parent) => parent !== undefined), [child!]);
    for (const id of ids) assert(heard.includes(`start ${id}`) && heard.includes(`stop ${id}`), id);
    assertEquals(asked, [["bash", "echo three"]]);
    assertEquals(warned.filter((text) => text.includes("preToolUse hook failed")).length, 2);
  }, {
    own: true,
    permissions: "default",
    logger: { debug() {}, info() {}, error() {}, warn: (text: string) => void warned.push(text) },
    onPermission: ({ permission, input }) => {
      asked.push([permission, input?.command]);
      return { reply: "reject", message: "the user says no" };
    },
    hooks: {
      preToolUse: (_, { parent }) => void parents.push(parent),
      ...{ postToolUse: [], userPrompt: [], systemPrompt: [], chatParams: [], shellEnv: [] },
      sessionStart: (_, { sessionId }) => void heard.push(`start ${sessionId}`),
      stop: (_, { sessionId }) => void heard.push(`stop ${sessionId}`),
    },
    canUseTool: (_, input) => {
      if (input.command === "echo one") return { behavior: "deny", message: "not one" };
      if (input.command !== "echo two") return { behavior: "allow" };
      return { behavior: "allow", updatedInput: { ...input, command: "echo 2-rewritten" } };
    },
  });
});

test("nothing runs where an answer takes too long, the way breaks in mid-hook, or nothing listens", async () => {
  const { files } = host();
  const directory = await files.makeTempDir({ prefix: "hooks-test-" });
  const listener = await host().serve(async (request) => {
    const { event } = await request.json();
    if (event === "preToolUse") {
      await new Promise((resolve) => request.signal.addEventListener("abort", resolve));
    }
    return Response.json({});
  }, {});
  const way = await tcpProxy(listener.port);
  const model = await scriptedModel([
    { toolCalls: [bash("echo x >ran")] },
    { text: "late" },
    { toolCalls: [bash("echo x >ran")] },
    { text: "broken" },
  ]);
  try {
    await using server = await createOpencodeServer({
      isolated: true,
      cwd: directory,
      config: { ...model.config },
      hooks: {
        url: `http://127.0.0.1:${way.port}/`,
        token: "t",
        timeout: 2_000,
        events: ["preToolUse", "userPrompt"],
      },
    });
    const { url: baseUrl, username, password } = server;
    await using ai = new Opencode({ baseUrl, username, password, directory });
    assertEquals(`${await ai.prompt("go")}`, "late");
    way.breakOn = { text: '"preToolUse"', how: "reset" };
    assertEquals(`${await ai.prompt("go")}`, "broken");
    assert(way.broken > 0, "the way broke");
    const refused = model.requests.flatMap(({ toolResults }) => toolResults);
    assertEquals(refused.length, 2);
    for (const { content } of refused) {
      assertStringIncludes(content, "Refused: no answer of the hook");
    }
    // as after the end of the process with the hooks: nothing listens there
    await way.close();
    const before = model.requests.length;
    await assertRejects(() => ai.prompt("go", { timeout: 30_000 }));
    assertEquals(model.requests.length, before);
    assertEquals(await files.exists(join(directory, "ran")), false);
  } finally {
    await way.close();
    await listener.close();
    await model.close();
    await files.remove(directory, { recursive: true });
  }
});

test("hooks are refused at once where they can't be had", async () => {
  const hooks: Hooks = { preToolUse: () => {} };
  const wrong = (options: object) =>
    assertThrows(() => new Opencode(options), InvalidArgumentError).message;
  assertStringIncludes(wrong({ hooks, baseUrl: "http://127.0.0.1:1" }), "not started here");
  assertStringIncludes(wrong({ hooks: { preTool: () => {} } }), 'no hook "preTool"');
  assertStringIncludes(wrong({ hooks: { preToolUse: "bash" } }), "give a function");
  assertStringIncludes(wrong({ hooks: { preToolUse: { hook() {}, timeout: 0 } } }), "timeout");
  assertStringIncludes(wrong({ hooks: { stop: { hook() {}, matcher: "x" } } }), "matcher");
  const matcher = (matcher: unknown) => wrong({ hooks: { preToolUse: { hook() {}, matcher } } });
  assertStringIncludes(matcher("edit|Bash"), 'did you mean "bash"?');
  assertStringIncludes(matcher("wirte"), 'did you mean "write"?');
  assertStringIncludes(matcher("Bash(git push:*)"), "look at the arguments");
  assertStringIncludes(matcher("bash|"), "an empty name");
  assertStringIncludes(matcher(["bash"]), "or a regular expression");
  for (const fine of ["bash", "edit | write", "*", "mine_Bash", "deploy", /^Bash$/]) {
    await new Opencode({ hooks: { preToolUse: { hook() {}, matcher: fine } } }).close();
  }
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
