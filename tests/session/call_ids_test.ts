import { assertEquals, assertRejects } from "@std/assert";
import { ToolRoundsExceededError } from "../../src/errors.ts";
import type { PermissionRequest } from "../../src/session/requests.ts";
import type { ScriptStep } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

/** A round that calls bash under an id that the provider uses in every round. */
function bash(command: string): ScriptStep {
  return { toolCalls: [{ id: "call_0", name: "bash", input: { command, description: "x" } }] };
}

test("tool events come for every call, also where a provider repeats its call ids", async () => {
  await withAgent([bash("echo one"), bash("echo two"), "done"], async ({ ai }) => {
    const reply = await ai.prompt("x", { collect: true });
    const outputs = reply.events.flatMap((event) =>
      event.type === "tool" && event.status === "completed" ? [event.output?.trim()] : []
    );
    assertEquals(outputs, ["one", "two"]);
  });
});

test("PermissionRequest.input is the call's own, also where a provider repeats its call ids", async () => {
  await withAgent([bash("echo one"), bash("echo two"), "done"], async ({ ai }) => {
    const inputs: unknown[] = [];
    await ai.prompt("x", {
      onPermission: ({ input }) => {
        inputs.push(input?.["command"]);
        return "once";
      },
    });
    assertEquals(inputs, ["echo one", "echo two"]);
  }, { config: { permission: { bash: "ask" } } });
});

test("PermissionRequest.input holds the arguments of a subagent's call", async () => {
  const task = { description: "d", prompt: "sub", subagent_type: "general" };
  const requests: PermissionRequest[] = [];
  await withAgent(
    ({ prompt, toolResults }) =>
      toolResults.length > 0
        ? "done"
        : prompt === "sub"
        ? bash("echo sub")
        : { toolCalls: [{ id: "call_0", name: "task", input: task }] },
    async ({ ai }) => {
      await ai.prompt("x");
      assertEquals(requests.map(({ permission, input }) => [permission, input]), [
        ["task", task],
        ["bash", { command: "echo sub", description: "x" }],
      ]);
    },
    {
      // subagents ask where the server's own configuration says so: it is a server of our own
      own: true,
      onPermission: (request) => {
        requests.push(request);
        return "once";
      },
    },
  );
});

test("maxToolRounds counts rounds, also where a provider repeats its call ids", async () => {
  // the round that is one too many ends only where it is ended
  const rounds = [bash("echo 1"), bash("echo 2"), bash("sleep 300"), "done"];
  await withAgent(rounds, async ({ ai, model }) => {
    await assertRejects(() => ai.prompt("x", { maxToolRounds: 2 }), ToolRoundsExceededError);
    assertEquals(model.requests.length, 3);
  });
});
