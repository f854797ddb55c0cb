/** Hooks of sessions and summaries, and hooks that do what hooks had better not. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { Opencode } from "../../src/facade/opencode.ts";
import type { Hooks } from "../../src/hooks/types.ts";
import { host } from "../../src/runtime/host.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import type { Session } from "../../src/session/session.ts";
import { type Agent, until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const bash = (command: string) => ({ name: "bash", input: { command, description: "x" } });
const read = (requests: readonly ModelRequest[]) =>
  JSON.stringify(requests.map(({ body }) => body));

test("a compact hook adds to a summary; sessions' hooks hear their beginning, rest and end", async () => {
  const heard: string[] = [];
  const hear = (event: string) => (_: object, { sessionId }: { sessionId: string }) =>
    void heard.push(`${event} ${sessionId}`);
  const hooks: Hooks = {
    compact: () => ({ context: "keep the number 4711" }),
    sessionStart: hear("start"),
    sessionEnd: hear("end"),
    stop: hear("stop"),
  };
  await withAgent(["one", "the summary"], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const { id } = session;
    await session.prompt("go");
    await until(() => heard.includes(`stop ${id}`), "the stop hook");
    await ai.client.session.summarize({
      sessionID: id,
      providerID: "scripted",
      modelID: "model",
      directory: ai.directory,
    });
    assertStringIncludes(read(model.requests.slice(1)), "keep the number 4711");
    await ai.client.session.delete({ sessionID: id });
    await until(() => heard.includes(`end ${id}`), "the sessionEnd hook");
    assertEquals(heard.filter((one) => one === `start ${id}`).length, 1);
    assertEquals(heard[0], `start ${id}`);
  }, { own: true, hooks });
});

/** Hooks that sessions of one agent have, each for a model of its own kind. */
interface Case {
  hooks: Hooks;
  script(request: ModelRequest): ScriptStep;
  run(agent: Agent, session: Session, prompt: string): Promise<void>;
}

/** Hooks that answer nonsense, or break their call's input: nothing runs that they did not allow. */
const nonsense: Case = (() => {
  const answers: Record<string, unknown> = {
    word: "deny",
    list: ["deny"],
    typo: { decison: "deny" },
    decision: { decision: "no" },
    input: { input: "echo" },
    // what can't be sent as JSON
    circle: (() => {
      const input: Record<string, unknown> = {};
      input.input = input;
      return { input };
    })(),
    // not what the tool takes: the server refuses it
    type: { input: { command: { nested: true } } },
  };
  const names = Object.keys(answers);
  return {
    hooks: {
      preToolUse: ({ input }) =>
        answers[String(input.command).replace("echo x >", "")] as ReturnType<never>,
    },
    script: ({ toolResults }) =>
      toolResults.length > 0
        ? { text: "done" }
        : { toolCalls: names.map((name) => bash(`echo x >${name}`)) },
    run: async ({ model, directory }, session, prompt) => {
      assertEquals(`${await session.prompt(prompt)}`, "done");
      const results = model.requests.at(-1)!.toolResults.map(({ content }) => content);
      assertEquals(results.length, names.length);
      for (const [at, name] of names.entries()) {
        assertEquals(await host().files.exists(join(directory, name)), false, name);
        if (name !== "type") assertStringIncludes(results[at]!, "Refused: ", name);
      }
    },
  };
})();

/** Hooks that see and rewrite a megabyte. */
const megabyte: Case = (() => {
  const long = "x".repeat(1_000_000);
  let seen = 0;
  return {
    hooks: {
      preToolUse: ({ input }) => {
        seen = String(input.content).length;
        return { input: { ...input, content: `${input.content}y` } };
      },
    },
    script: ({ toolResults }) =>
      toolResults.length > 0
        ? { text: "done" }
        : { toolCalls: [{ name: "write", input: { filePath: "long.txt", content: long } }] },
    run: async ({ directory }, session, prompt) => {
      assertEquals(`${await session.prompt(prompt)}`, "done");
      assertEquals(seen, long.length);
      const text = await host().files.readText(join(directory, "long.txt"));
      assertEquals([text.length, text.at(-1)], [long.length + 1, "y"]);
    },
  };
})();

/** A hook that asks the same agent itself. */
const asking: Case = (() => {
  let ai: Opencode | undefined;
  return {
    hooks: {
      preToolUse: async ({ input }) =>
        await ai!.ask(`asking: is ${input.command} fine?`) === "no"
          ? { decision: "deny", reason: "the other one says no" }
          : {},
    },
    script: ({ prompt, toolResults }) =>
      prompt.includes(" is ")
        ? { text: "no" }
        : toolResults.length > 0
        ? { text: "done" }
        : { toolCalls: [bash("echo x >ran")] },
    run: async (agent, session, prompt) => {
      ({ ai } = agent);
      assertEquals(`${await session.prompt(prompt)}`, "done");
      assertStringIncludes(read(agent.model.requests), "the other one says no");
      assertEquals(await host().files.exists(join(agent.directory, "ran")), false);
    },
  };
})();

test("hooks that answer nonsense, rewrite a megabyte, or ask the same agent", async () => {
  const cases: Record<string, Case> = { nonsense, megabyte, asking };
  const script = (request: ModelRequest) => cases[request.prompt.split(":")[0]!]!.script(request);
  await withAgent(script, async (agent) => {
    for (const [name, { hooks, run }] of Object.entries(cases)) {
      const session = await agent.ai.createSession({ title: name, hooks });
      await run(agent, session, `${name}: go`).catch((cause) => {
        throw new Error(`in the case ${name}`, { cause });
      });
    }
  }, { own: true, hooks: { preToolUse: [] } });
});

test("an abort and a close end a turn whose hook never answers, and tell the hook", async () => {
  let waiting = 0;
  let told = 0;
  const hooks: Hooks = {
    preToolUse: (_, { signal }) => {
      waiting++;
      signal.addEventListener("abort", () => told++);
      return new Promise(() => {});
    },
  };
  await withAgent([{ toolCalls: [bash("echo x >ran")], times: 9 }], async ({ ai, directory }) => {
    const first = (await ai.createSession({ title: "t" })).stream("go");
    await until(() => waiting === 1, "the first call");
    await first.abort();
    await assertRejects(() => first.reply);
    const second = (await ai.createSession({ title: "t" })).stream("go");
    await until(() => waiting === 2, "the second call");
    const start = Date.now();
    await ai.close();
    assert(Date.now() - start < 30_000, "the close waits for no hook");
    await assertRejects(() => second.reply);
    await until(() => told >= 1, "a signal");
    assertEquals(await host().files.exists(join(directory, "ran")), false);
  }, { own: true, hooks });
});

test("two agents of one process have hooks of their own", async () => {
  const { files } = host();
  const directory = await files.realPath(await files.makeTempDir({ prefix: "hooks-test-" }));
  const run = async (name: string) => {
    const model = await scriptedModel([{ toolCalls: [bash("echo whose")] }, "done"]);
    const hooks: Hooks = {
      preToolUse: ({ input }) => ({ input: { ...input, command: `echo of-${name}` } }),
    };
    try {
      await using ai = new Opencode({ isolated: true, directory, config: model.config, hooks });
      assertEquals(`${await ai.prompt("go")}`, "done");
      return read(model.requests.slice(1));
    } finally {
      await model.close();
    }
  };
  const [one, two] = await Promise.all([run("one"), run("two")]);
  assert(one!.includes("of-one") && !one!.includes("of-two"));
  assert(two!.includes("of-two") && !two!.includes("of-one"));
  await files.remove(directory, { recursive: true });
});
