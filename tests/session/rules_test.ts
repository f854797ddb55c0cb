import { assertEquals } from "@std/assert";
import type { Script } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

/** A model that has a subagent run a command, and then runs one itself. */
const script: Script = ({ toolNames, toolResults }) => {
  const bash = { name: "bash", input: { command: "echo run", description: "x" } };
  const input = { description: "look", prompt: "look around", subagent_type: "general" };
  const parent = toolNames.includes("task");
  if (!parent) return toolResults.length === 0 ? { toolCalls: [bash] } : "child done";
  if (toolResults.length === 0) return { toolCalls: [{ name: "task", input }] };
  return toolResults.length === 1 ? { toolCalls: [bash] } : "parent done";
};

async function askedFor(where: "session" | "config"): Promise<string[]> {
  const asked: string[] = [];
  const rule = { permission: "bash", pattern: "*", action: "ask" } as const;
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({
      title: "t",
      ...where === "session" && { permission: [rule] },
    });
    await session.prompt("go", {
      permissions: "default",
      onPermission: ({ sessionId }) => {
        asked.push(sessionId === session.id ? "parent" : "subagent");
        return "once";
      },
    });
  }, where === "config" ? { config: { permission: { bash: "ask" } } } : {});
  return asked;
}

test("a session's ask rules hold for the session, and not for its subagents", async () => {
  assertEquals(await askedFor("session"), ["parent"]);
});

test("the configuration's ask rules hold for subagents too", async () => {
  assertEquals(await askedFor("config"), ["subagent", "parent"]);
});

test("a session's deny rules hold for its subagents too", async () => {
  const rule = { permission: "bash", pattern: "*", action: "deny" } as const;
  const offered: boolean[] = [];
  await withAgent((request) => {
    offered.push(request.toolNames.includes("bash"));
    const next = script as (of: typeof request) => never;
    return offered.at(-1) || request.toolNames.includes("task") && request.toolResults.length === 0
      ? next(request)
      : "done";
  }, async ({ ai }) => {
    const session = await ai.createSession({ title: "t", permission: [rule] });
    await session.prompt("go");
    assertEquals((await session.children()).length, 1);
  });
  assertEquals(offered, [false, false, false]);
});
