/** Agents that are defined in code. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { InvalidArgumentError } from "../../src/errors.ts";
import type { AgentDefinitions } from "../../src/facade/agents.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { resolveOptions } from "../../src/facade/options.ts";
import { host } from "../../src/runtime/host.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const texts = { description: "Reviews changes", prompt: "You are the reviewer of code." };
const touch: ScriptStep = {
  toolCalls: [{ name: "bash", input: { command: "touch made", description: "x" } }],
};

test("an agent defined in code answers prompts, and work is handed to it", async () => {
  const seen: ModelRequest[] = [];
  const task = { description: "d", prompt: "look at it", subagent_type: "reviewer" };
  await withAgent((request) => {
    seen.push(request);
    if (request.toolResults.length > 0) return "done";
    return request.prompt === "hand over" ? { toolCalls: [{ name: "task", input: task }] } : "fine";
  }, async ({ ai }) => {
    const { reviewer } = Object.fromEntries(
      (await ai.client.app.agents()).map((agent) => [agent.name, agent]),
    );
    assertEquals([reviewer?.mode, reviewer?.steps, reviewer?.description], [
      "all",
      7,
      texts.description,
    ]);
    assertEquals(await ai.ask("look", { agent: "reviewer" }), "fine");
    assertStringIncludes(JSON.stringify(seen[0]!.messages), texts.prompt);
    assertStringIncludes(JSON.stringify(seen[0]!.messages), "Be strict.");
    assertEquals(seen[0]!.toolNames.includes("bash"), false);
    assertEquals(seen[0]!.toolNames.includes("read"), true);
    assertEquals(await ai.ask("hand over", { quiet: true }), "done");
    const handed = seen.find(({ prompt }) => prompt === "look at it");
    assertStringIncludes(JSON.stringify(handed!.messages), texts.prompt);
    await ai.ask("name it", { agents: ["reviewer"], quiet: true });
  }, {
    own: true,
    env: { REVIEW_STYLE: "strict" },
    defineAgents: {
      reviewer: {
        ...texts,
        prompt: `${texts.prompt} Be {env:REVIEW_STYLE}.`,
        tools: { bash: false },
        maxSteps: 7,
      },
    },
  });
});

test("readonly holds for agents defined in code, whatever permission they have", async () => {
  const permissions = [undefined, "allow", { "*": "allow", bash: { "*": "allow" } }] as const;
  const names = permissions.map((_, at) => `reviewer-${at}`);
  await withAgent((request) => {
    if (request.toolResults.length > 0) return "done";
    const name = /^hand over to (.*)$/.exec(request.prompt)?.[1];
    if (name === undefined) return touch;
    const task = { description: "d", prompt: "touch it", subagent_type: name };
    return { toolCalls: [{ name: "task", input: task }] };
  }, async ({ ai, directory }) => {
    for (const agent of names) {
      await ai.ask("go", { agent, quiet: true });
      await ai.ask(`hand over to ${agent}`, { agent, quiet: true });
      assertEquals(await host().files.exists(join(directory, "made")), false, agent);
    }
  }, {
    own: true,
    permissions: "readonly",
    defineAgents: Object.fromEntries(names.map((name, at) => {
      const permission = permissions[at];
      return [name, { ...texts, ...permission && { permission }, tools: { bash: true } }];
    })),
  });
});

test("the same agent makes the file where no policy forbids it", async () => {
  await withAgent([touch, "done"], async ({ ai, directory }) => {
    await ai.ask("go", { agent: "reviewer", quiet: true });
    assert(await host().files.exists(join(directory, "made")));
  }, { own: true, defineAgents: { reviewer: { ...texts, permission: "allow" } } });
});

test("agents join the configuration, which is not changed", () => {
  const config = { agent: { build: { prompt: "b" }, reviewer: { prompt: "old" } } };
  const { server, place } = resolveOptions({
    model: "a/b",
    config,
    defineAgents: { reviewer: { ...texts, maxSteps: 3, mode: "subagent" } },
  });
  assertEquals(server.config, {
    model: "a/b",
    agent: { build: { prompt: "b" }, reviewer: { ...texts, steps: 3, mode: "subagent" } },
  });
  assertEquals(config.agent.reviewer, { prompt: "old" });
  assertEquals(Object.keys(place), ["config", "defineAgents"]);
});

test("agents that can't be used are refused at once, with what to type", () => {
  const refused = (agents: unknown, message: string, baseUrl?: string) =>
    assertThrows(
      () =>
        new Opencode({
          defineAgents: agents as AgentDefinitions,
          ...baseUrl !== undefined && { baseUrl },
        }),
      InvalidArgumentError,
      message,
    );
  refused(["reviewer"], "names of agents to hand work to go to `agents`");
  refused({ "a b": texts }, 'Invalid agent name "a b"');
  refused({ "": texts }, 'Invalid agent name ""');
  refused({ constructor: texts }, 'Invalid agent name "constructor"');
  refused({ title: texts }, "the server has an agent of its own");
  refused({ r: null }, "give { description, prompt }");
  refused({ r: { prompt: "p" } }, 'Missing defineAgents["r"].description');
  refused({ r: { ...texts, prompt: " " } }, 'Invalid defineAgents["r"].prompt');
  refused({ r: { ...texts, promt: "x" } }, '.promt: did you mean "prompt"?');
  refused({ r: { ...texts, colour: "x" } }, "it may have description, prompt, tools");
  refused({ r: { ...texts, tools: { bash: "no" } } }, ".tools: give an object");
  refused({ r: { ...texts, maxSteps: 0 } }, ".maxSteps: give a whole number");
  refused({ r: { ...texts, permission: "never" } }, ".permission: give");
  refused({ r: { ...texts, permission: { bash: { x: 1 } } } }, ".permission: give");
  refused({ r: { ...texts, mode: "both" } }, '.mode: give "primary"');
  refused({ r: { ...texts, model: "gpt" } }, "provider/model");
  refused({ r: texts }, "not started here", "http://127.0.0.1:1");
});
