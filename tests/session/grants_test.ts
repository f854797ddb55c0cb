/** An answer "always" holds for a session and its subagents, and for nothing else. */
import { assertEquals } from "@std/assert";
import { Opencode } from "../../src/facade/opencode.ts";
import { host } from "../../src/runtime/host.ts";
import { Grants } from "../../src/permissions/grants.ts";
import type { PermissionHandler, PermissionRequest } from "../../src/session/requests.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const bash = (command: string) => ({ name: "bash", input: { command, description: "x" } });

/** A prompt is the commands to run, each in a call of the first round; `task:` gives it to a subagent. */
function script({ prompt, toolResults }: ModelRequest): ScriptStep {
  if (toolResults.length > 0) return { text: "done" };
  if (prompt.startsWith("task:")) {
    const input = { prompt: prompt.slice(5), description: "x", subagent_type: "general" };
    return { toolCalls: [{ name: "task", input }] };
  }
  return { toolCalls: prompt.split("; ").map(bash) };
}

const config = { permission: { bash: "ask" } } as const;

/** A handler that notes what it is asked. */
function asking(reply: "once" | "always"): { asked: string[]; onPermission: PermissionHandler } {
  const asked: string[] = [];
  const onPermission = ({ patterns }: PermissionRequest) => {
    asked.push(patterns.join("; "));
    return reply;
  };
  return { asked, onPermission };
}

test("an answer always holds for the session, in later turns too, and for its subagents", async () => {
  await withAgent(script, async ({ ai }) => {
    const { asked, onPermission } = asking("always");
    const session = await ai.createSession({ title: "t" });
    await session.prompt("echo a", { onPermission, permissions: "default" });
    await session.prompt("echo b", { onPermission, permissions: "default" });
    await session.prompt("task:echo c", { onPermission, permissions: "default" });
    assertEquals(asked, ["echo a"]);
    await session.prompt("ls", { onPermission, permissions: "default" });
    assertEquals(asked, ["echo a", "ls"]);
  }, { config });
});

test("an answer always holds for no other session of the directory, whoever has it", async () => {
  await withAgent(script, async ({ ai, directory }) => {
    const { asked, onPermission } = asking("always");
    const options = { onPermission, permissions: "default" } as const;
    await (await ai.createSession({ title: "t" })).prompt("echo a", options);
    await (await ai.createSession({ title: "t" })).prompt("echo b", options);
    assertEquals(asked, ["echo a", "echo b"]);
    await ai.start();
    const shared = host().env.get("OPENCODE_TEST_SERVER");
    const address = ai.server
      ? { baseUrl: ai.server.url, username: ai.server.username, password: ai.server.password }
      : { baseUrl: shared! };
    await using other = new Opencode({ ...address, directory });
    await (await other.createSession({ title: "t" })).prompt("echo c", options);
    assertEquals(asked, ["echo a", "echo b", "echo c"]);
  }, { config });
});

test("an answer always answers what waits and is covered by it, and its handler hears of it", async () => {
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const asked: string[] = [];
    const dropped: string[] = [];
    let both!: () => void;
    const bothAsked = new Promise<void>((resolve) => both = resolve);
    const turn = session.stream("echo a; echo b; ls", {
      permissions: "default",
      onPermission: async ({ patterns: [command = ""] }, { signal }) => {
        asked.push(command);
        if (asked.length === 3) both();
        await bothAsked;
        if (command === "echo a") return "always";
        if (command === "ls") return "once";
        return await new Promise(() =>
          signal.addEventListener("abort", () => dropped.push(command))
        );
      },
    });
    const replies: unknown[] = [];
    for await (const event of turn.events) {
      if (event.type !== "permission" || event.status !== "replied") continue;
      replies.push([event.request.patterns[0], event.reply]);
    }
    assertEquals((await turn.reply).text, "done");
    assertEquals(asked.toSorted(), ["echo a", "echo b", "ls"]);
    assertEquals(dropped, ["echo b"]);
    assertEquals(
      replies.map(String).toSorted(),
      ["echo a,always", "echo b,once", "ls,once"],
    );
  }, { config });
});

test("Grants covers a request only where every part of it was allowed", () => {
  const grants = new Grants();
  const request = (permission: string, ...patterns: string[]) => ({
    permission,
    patterns,
    always: [],
  });
  grants.add("ses_1", { ...request("bash", "git status"), always: ["git status *", "ls *"] });
  grants.add("ses_1", { ...request("bash", "cat a"), always: ["cat *"] });
  const covers = (session: string, permission: string, ...patterns: string[]) =>
    grants.covers(session, request(permission, ...patterns));
  assertEquals(covers("ses_1", "bash", "git status", "ls -la", "cat b"), true);
  assertEquals(covers("ses_1", "bash", "git status", "rm b"), false);
  assertEquals(covers("ses_1", "bash", "git stash"), false);
  assertEquals(covers("ses_1", "edit", "ls *"), false);
  assertEquals(covers("ses_1", "bash"), false);
  assertEquals(covers("ses_2", "bash", "ls"), false);
});
