/** Hooks among what else decides, and hooks that hinder themselves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { Session } from "../../src/session/session.ts";
import { host } from "../../src/runtime/host.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const bash = (command: string) => ({ name: "bash", input: { command, description: "x" } });
const results = (requests: readonly ModelRequest[]) =>
  requests.flatMap(({ toolResults }) => toolResults.map(({ content }) => content)).join("\n");

test("a hook that allows lifts no policy, and one that awaits its own session is denied in time", async () => {
  let session: Session | undefined;
  const script = ({ prompt, toolResults }: ModelRequest): ScriptStep => {
    if (prompt === "later") return { text: "after it" };
    if (toolResults.length > 0) return { text: "done" };
    return { toolCalls: [bash("echo x >ran"), { name: "glob", input: { pattern: "*" } }] };
  };
  await withAgent(script, async ({ ai, model, directory }) => {
    session = await ai.createSession({ title: "t" });
    const start = Date.now();
    assertEquals(`${await session.prompt("go")}`, "done");
    assert(Date.now() - start < 30_000, "the turn waited for its own end");
    const said = results(model.requests);
    assertStringIncludes(said, "gave no answer within 500 ms");
    assertEquals(await host().files.exists(join(directory, "ran")), false);
    // the prompt that the hook made comes after the turn, and disturbs no other
    assertEquals(`${await session.prompt("later")}`, "after it");
  }, {
    own: true,
    permissions: "readonly",
    hooks: {
      preToolUse: [
        () => ({ decision: "allow" }),
        {
          matcher: "glob",
          timeout: 500,
          hook: async () => void await session!.prompt("later"),
        },
      ],
    },
  });
});

test("a hook may give ten megabytes", async () => {
  const long = "y".repeat(10_000_000);
  await withAgent([{ toolCalls: [bash("echo short")] }, "done"], async ({ ai, model }) => {
    assertEquals(`${await ai.prompt("go", { timeout: 60_000 })}`, "done");
    assertEquals(results(model.requests).length, long.length);
  }, { own: true, hooks: { postToolUse: () => ({ output: long }) } });
});
