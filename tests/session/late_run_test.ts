import { assertEquals } from "@std/assert";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

test("a prompt that the server takes up after its turn was aborted is stopped there", async () => {
  let release!: () => void;
  const gate = new Promise<void>((resolve) => release = resolve);
  let held = 0;
  /** A network that delivers the first prompt late, whatever the client does meanwhile. */
  const late: typeof fetch = async (input, init) => {
    const { pathname } = new URL(input instanceof Request ? input.url : String(input));
    if (!pathname.endsWith("/prompt_async") || held++ > 0) return await fetch(input, init);
    await gate;
    return await fetch(input, { ...init, signal: null });
  };
  const never = new Promise(() => {});
  const script = ({ prompt }: ModelRequest): ScriptStep =>
    prompt === "next" ? { text: "fine" } : { parts: [{ text: "half" }, { until: never }] };
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const states: string[] = [];
    await using _events = await ai.client.subscribe({
      events(batch) {
        for (const { type, properties } of batch as unknown as Status[]) {
          if (type === "session.status" && properties.sessionID === session.id) {
            states.push(properties.status.type);
          }
        }
      },
    });
    const turn = session.stream("go");
    await until(() => held === 1, "the prompt is on its way");
    await turn.abort();
    assertEquals((await turn.settled).outcome, "aborted");
    release();
    // the model goes on for ever: only a stop ends it
    await until(
      () => states.includes("busy") && states.at(-1) === "idle",
      "the run begins, and is stopped",
    );
    assertEquals((await session.prompt("next")).text, "fine");
  }, { fetch: late });
});

// the leak check of Deno's tests fails it where a timer or the event connection is left
test("a close waits for no late run, and leaves no timer behind", async () => {
  let held = 0;
  /** A network that never delivers a prompt. */
  const never: typeof fetch = async (input, init) => {
    const request = new Request(input, init);
    if (!new URL(request.url).pathname.endsWith("/prompt_async")) return await fetch(input, init);
    held++;
    return await new Promise((_, reject) =>
      init?.signal?.addEventListener("abort", () => reject(init.signal!.reason), { once: true })
    );
  };
  await withAgent(() => ({ text: "never asked" }), async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("go");
    await until(() => held === 1, "the prompt is on its way");
    await ai.close();
    assertEquals((await turn.settled).outcome, "aborted");
  }, { fetch: never });
});

interface Status {
  type: string;
  properties: { sessionID: string; status: { type: string } };
}
