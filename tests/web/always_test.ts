/** What "always" on the page means. */
import { assertEquals } from "@std/assert";
import type { Script } from "../../src/testing/script.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";
import { idle, newSession, withPage } from "./visitor.ts";

test("always on the page holds for one session, and for another client's turn too", async () => {
  const script: Script = ({ prompt, toolResults }) =>
    toolResults.length > 0
      ? "done"
      : { toolCalls: [{ name: "bash", input: { command: `echo ${prompt}`, description: "x" } }] };
  await withPage(script, async (visitor, { ai }) => {
    await visitor.enter();
    const asked = () => visitor.events.flatMap((e) => e.type === "permission" ? e.request : []);
    const allow = async (count: number) => {
      await until(() => asked().length === count, `request ${count}`);
      await visitor.call("POST", `permissions/${asked().at(-1)!.id}`, { reply: "always" });
    };
    const run = async (id: string, text: string) => {
      visitor.events.splice(0, visitor.events.length, ...visitor.events.filter(isPermission));
      await visitor.call("POST", `sessions/${id}/prompt`, { text });
    };
    const isPermission = ({ type }: { type: string }) => type === "permission";
    const id = await newSession(visitor);
    await run(id, "one");
    await allow(1);
    await until(idle(visitor, id), "the first turn ends");
    await run(id, "two");
    await until(idle(visitor, id), "the second turn ends");
    assertEquals(asked().length, 1);
    // a turn that the page did not begin
    const foreign = await ai.client.session.create({ title: "t" });
    const prompt = (text: string) =>
      ai.client.session.prompt({ sessionID: foreign.id, parts: [{ type: "text", text }] });
    const first = prompt("three");
    await allow(2);
    await first;
    await prompt("four");
    assertEquals(asked().length, 2);
  }, { config: { permission: { bash: "ask" } } });
});
