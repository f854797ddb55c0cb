/** What a session, its subagents and its later turns see of an executor's tools, on the real server. */
import { assert, assertEquals } from "@std/assert";
import type { PermissionRule } from "../../src/api/types.gen.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/mod.ts";
import { tool } from "../../src/tools/mod.ts";
import { test } from "../harness.ts";
import { ask, withAgent, withTools } from "./agent.ts";

test("executors in one directory don't see each other, and subagents have the session's own", async () => {
  let asked = false;
  const script = (request: ModelRequest): ScriptStep => {
    if (request.prompt === "use a subagent" && !asked) {
      asked = true;
      const input = { description: "d", prompt: "in the subagent", subagent_type: "general" };
      return { toolCalls: [{ name: "task", input }] };
    }
    return { text: "said" };
  };
  await withAgent(script, async (agent) => {
    const { client, directory, model } = agent;
    await withTools(agent, {}, async ({ tools: first }) => {
      await withTools(agent, {}, async ({ tools: second }) => {
        const { id: a } = await client.session.create({ title: "a", directory });
        const { id: b } = await client.session.create({ title: "b", directory });
        await Promise.all([first.enable(a), second.enable(b)]);
        await ask(agent, a, "from a");
        await ask(agent, b, "from b");
        const seen = (prompt: string) =>
          model.requests.find((request) => request.prompt === prompt)!.toolNames;
        const has = (names: readonly string[], prefix: string) =>
          names.some((name) => name.startsWith(prefix));
        assertEquals([has(seen("from a"), first.prefix), has(seen("from a"), second.prefix)], [
          true,
          false,
        ]);
        assertEquals([has(seen("from b"), first.prefix), has(seen("from b"), second.prefix)], [
          false,
          true,
        ]);
        await ask(agent, a, "use a subagent");
        const child = seen("in the subagent");
        assertEquals([has(child, first.prefix), has(child, second.prefix)], [true, false]);
        assert(!child.includes("bash") && !child.includes("write"), String(child));
      });
    });
  });
});

test("subagents have the session's own tools in every turn", async () => {
  let asked: unknown;
  const script = (request: ModelRequest): ScriptStep => {
    if (/^turn/.test(request.prompt) && asked !== request.prompt) {
      asked = request.prompt;
      const prompt = `subagent of ${request.prompt}`;
      const input = { description: "d", prompt, subagent_type: "general" };
      return { toolCalls: [{ name: "task", input }] };
    }
    return { text: "said" };
  };
  await withAgent(script, async (agent) => {
    const { client, directory, model } = agent;
    const { id } = await client.session.create({ title: "t", directory });
    const turn = async (prompt: string, prefix: string) => {
      await ask(agent, id, prompt);
      const child = model.requests.find((one) => one.prompt === `subagent of ${prompt}`)!;
      assert(
        child.toolNames.some((name) => name.startsWith(prefix)),
        `${prompt}: ${child.toolNames}`,
      );
      assert(!child.toolNames.includes("bash"), String(child.toolNames));
    };
    for (const prompt of ["turn one", "turn two"]) {
      await withTools(agent, {}, async ({ tools }) => {
        await tools.enable(id);
        await turn(prompt, tools.prefix);
      }, { key: id });
    }
    await withTools(agent, {}, async ({ tools }) => {
      await tools.enable(id);
      await tools.restore(id);
      await ask(agent, id, "without");
      assert(!model.requests.at(-1)!.toolNames.some((name) => name.startsWith("localtools_")));
      await tools.enable(id);
      await turn("turn three", tools.prefix);
    }, { key: id });
  });
});

test("tools may have the names of every object's own properties", async () => {
  const names = ["constructor", "toString", "__proto__", "hasOwnProperty"];
  const step = (request: ModelRequest): ScriptStep => {
    if (request.toolResults.length > 0) return { text: "said" };
    const find = (name: string) => request.toolNames.find((one) => one.endsWith(`_${name}`))!;
    return { toolCalls: names.map((name) => ({ name: find(name), input: {} })) };
  };
  const schema = { type: "object" } as const;
  const tools = names.map((name) =>
    tool({ name, description: "", inputSchema: schema, execute: () => name })
  );
  await withAgent(step, async (agent) => {
    await withTools(agent, { builtins: false, tools }, async ({ tools, audit }) => {
      const { client, directory } = agent;
      const { id } = await client.session.create({ title: "t", directory });
      await tools.enable(id);
      await ask(agent, id, "call them");
      // calls of one round run at the same time
      assertEquals(
        audit.map(({ name, result }) => [name, result.text]).sort(),
        names.map((name) => [name, name]).sort(),
      );
      const { permission } = await client.session.get({ sessionID: id, directory });
      assertEquals(permission?.length, 1);
    });
  });
});

test("enable and restore leave a session as it was, its own rules included", async () => {
  await withAgent(() => ({ text: "said" }), async (agent) => {
    const { client, directory, model } = agent;
    await withTools(agent, { builtins: ["bash", "read"] }, async ({ tools }) => {
      const own: PermissionRule[] = [
        { permission: "webfetch", pattern: "*", action: "deny" },
        { permission: "bash", pattern: "rm *", action: "ask" },
      ];
      const { id } = await client.session.create({ title: "t", directory, permission: own });
      await ask(agent, id, "before");
      await tools.enable(id);
      await tools.enable(id);
      const { permission } = await client.session.get({ sessionID: id, directory });
      assertEquals(permission?.length, own.length + 3, "nothing is added twice");
      await ask(agent, id, "during");
      const before = await client.session.messages({ sessionID: id, directory });
      await tools.restore(id);
      await tools.restore(id);
      const after = await client.session.messages({ sessionID: id, directory });
      assertEquals(after.map(({ info }) => info.id), before.map(({ info }) => info.id));
      const rules = (await client.session.get({ sessionID: id, directory })).permission!;
      assertEquals(rules, [
        { permission: `${tools.prefix}*`, pattern: "*", action: "deny" },
        ...own,
      ]);
      await ask(agent, id, "after");
      const seen = (prompt: string) =>
        model.requests.find((request) => request.prompt === prompt)!.toolNames.filter((name) =>
          !name.startsWith("localtools_")
        );
      assert(seen("before").includes("bash") && !seen("during").includes("bash"));
      assert(!seen("during").includes("read") && seen("during").includes("write"));
      assertEquals(seen("after"), seen("before"));
      assert(!model.requests.at(-1)!.toolNames.some((name) => name.startsWith("localtools_")));
    });
  });
});

test("close takes the tools off the server, and undoes what is left", async () => {
  await withAgent(() => ({ text: "said" }), async (agent) => {
    const { client, directory, model } = agent;
    await withTools(agent, {}, async ({ tools }) => {
      const [kept, gone] = await Promise.all(
        ["kept", "gone"].map((title) => client.session.create({ title, directory })),
      );
      await tools.enable(kept!.id);
      await tools.enable(gone!.id);
      await client.session.delete({ sessionID: gone!.id, directory });
      await tools.close();
      await tools.close();
      const states = await client.mcp.status({ directory });
      assert(states[tools.name]?.status !== "connected");
      await ask(agent, kept!.id, "after");
      const seen = model.requests[0]!.toolNames;
      assert(
        seen.includes("bash") && !seen.some((name) => name.startsWith("localtools_")),
        String(seen),
      );
    });
  });
});

test("the same key gives the same names, turn after turn, and nothing piles up", async () => {
  await withAgent(() => ({ text: "said" }), async (agent) => {
    const { client, directory, model } = agent;
    const own: PermissionRule[] = [{ permission: "webfetch", pattern: "*", action: "deny" }];
    const { id } = await client.session.create({ title: "t", directory, permission: own });
    const rules: number[] = [];
    for (const turn of ["one", "two", "three"]) {
      await withTools(agent, {}, async ({ tools }) => {
        await tools.enable(id);
        await ask(agent, id, turn);
      }, { key: id });
      rules.push((await client.session.get({ sessionID: id, directory })).permission!.length);
    }
    assertEquals(rules, [2, 2, 2]);
    const names = model.requests.map(({ toolNames }) =>
      toolNames.filter((name) => name.startsWith("localtools_"))
    );
    assertEquals(names[0]!.length, 6);
    assertEquals([names[1], names[2]], [names[0], names[0]]);
    const servers = Object.keys(await client.mcp.status({ directory }));
    assertEquals(servers.filter((name) => name.startsWith("localtools_")).length, 1);
  });
});
