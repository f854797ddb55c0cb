/** Waits for permissions and answers, in the spans of real turns. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { withSdk } from "./otel.ts";

test("telemetry: a failed turn and waits for permissions and answers are told", async () => {
  await withSdk(async ({ tracer, spans }) => {
    const bash = { toolCalls: [{ name: "bash", input: { command: "echo x" } }] };
    await withAgent([bash, { status: 400, body: { error: { message: "key-123" } } }], async (
      { ai },
    ) => {
      const session = await ai.createSession({ title: "t" });
      await assertRejects(() => session.prompt("GO", { onPermission: () => "once" }));
      const [root] = spans();
      const error = root!.attributes["error.type"];
      assert(typeof error === "string" && error.endsWith("Error"), String(error));
      assertEquals(root!.status.code, 2);
      const told = spans().find(({ name }) => name === "execute_tool bash")!.events;
      assertEquals(told.map(({ name }) => name), [
        "opencode.permission.asked",
        "opencode.permission.replied",
      ]);
      assertEquals(told[1]!.attributes!["opencode.permission.reply"], "once");
      assert(Number(told[1]!.attributes!["opencode.wait.duration"]) >= 0);
      assertEquals(
        JSON.stringify(spans().map(({ attributes }) => attributes)).includes("key"),
        false,
      );
    }, { telemetry: { tracer } });
  });
});

test("telemetry: a wait for the answer to a question is told on the call that asks", async () => {
  await withSdk(async ({ tracer, spans }) => {
    const questions = [{
      question: "Which colour?",
      header: "Colour",
      options: [{ label: "red", description: "r" }, { label: "blue", description: "b" }],
    }];
    const steps = [{ toolCalls: [{ name: "question", input: { questions } }] }, "thanks"];
    await withAgent(steps, async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      let asked = 0;
      await session.prompt("GO", {
        onQuestion: async () => {
          asked = Date.now();
          await until(() => Date.now() >= asked + 100, "a moment");
          return [["blue"]];
        },
      });
      assert(asked > 0);
      const call = spans().find(({ name }) => name === "execute_tool question")!;
      assertEquals(call.events.map(({ name }) => name), [
        "opencode.question.asked",
        "opencode.question.replied",
      ]);
      const [first, second] = call.events.map(({ attributes }) => attributes!);
      assertEquals(first!["opencode.question.id"], second!["opencode.question.id"]);
      assert(Number(second!["opencode.wait.duration"]) >= 0.1);
      assertEquals(JSON.stringify(call.events).includes("colour"), false);
    }, { telemetry: { tracer } });
  });
});
