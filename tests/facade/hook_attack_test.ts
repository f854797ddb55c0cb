/** Hooks among what else decides, and hooks that hinder themselves. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { NotFoundError } from "../../src/errors.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { HookEndpoint } from "../../src/hooks/endpoint.ts";
import { hookTable } from "../../src/hooks/run.ts";
import { createOpencodeServer } from "../../src/server/server.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import type { Session } from "../../src/session/session.ts";
import { host } from "../../src/runtime/host.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { tcpProxy } from "../http/tcp.ts";

const bash = (command: string) => ({ name: "bash", input: { command, description: "x" } });
const results = (requests: readonly ModelRequest[]) =>
  requests.flatMap(({ toolResults }) => toolResults.map(({ content }) => content)).join("\n");

test("a hook that allows lifts no policy, and one that awaits its own session is denied in time; ten megabytes arrive", async () => {
  const long = "y".repeat(10_000_000);
  let session: Session | undefined;
  const script = ({ prompt, toolResults }: ModelRequest): ScriptStep => {
    if (prompt === "later") return { text: "after it" };
    if (toolResults.length > 0) return { text: "done" };
    return {
      toolCalls: [
        bash("echo x >ran"),
        { name: "glob", input: { pattern: "*" } },
        { name: "todowrite", input: { todos: [] } },
      ],
    };
  };
  await withAgent(script, async ({ ai, model, directory }) => {
    session = await ai.createSession({ title: "t" });
    assertEquals(`${await session.prompt("go")}`, "done");
    const said = results(model.requests);
    assert(said.includes("gave no answer within 500 ms"));
    assert(said.includes(long), "all of the output");
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
      postToolUse: { matcher: "todowrite", hook: () => ({ output: long }) },
    },
  });
});

test("hooks of some tools are not asked about others, a session's own and its subagents' hold", async () => {
  const seen: string[] = [];
  const deny = ({ tool }: { tool: string }) => {
    seen.push(tool);
    return { decision: "deny" as const, reason: `no ${tool}` };
  };
  const table = hookTable({
    preToolUse: { matcher: "todo*|g?ob", hook: deny },
    postToolUse: { matcher: /^READ$/i, hook: () => ({ output: "hidden" }) },
  });
  const directory = await host().files.realPath(
    await host().files.makeTempDir({ prefix: "hooks-test-" }),
  );
  const endpoint = new HookEndpoint(table, {
    parentOf: (id) => Promise.resolve(id.startsWith("ses_") && id !== top ? top : undefined),
    ask: () => Promise.resolve("no"),
    warn: () => {},
    closing: new AbortController().signal,
  });
  let top = "";
  const address = await endpoint.start();
  const way = await tcpProxy(Number(new URL(address.url).port));
  const call = (name: string, input: object) => ({ toolCalls: [{ name, input }] });
  const task = { description: "d", prompt: "below", subagent_type: "general" };
  const read = { filePath: join(directory, "text") };
  const model = await scriptedModel([
    ...[call("bash", bash("echo ran-1").input), call("bash", bash("echo ran-2").input)],
    ...[call("todowrite", { todos: [] }), call("glob", { pattern: "*" }), call("read", read)],
    ...["first", call("task", task), call("bash", bash("echo ran-3").input), "below", "second"],
  ]);
  const asked = (event: string) => way.received.split(`"event":"${event}"`).length - 1;
  try {
    await host().files.writeText(read.filePath, "in the clear");
    await using server = await createOpencodeServer({
      isolated: true,
      cwd: directory,
      config: { ...model.config },
      hooks: { ...address, url: `http://127.0.0.1:${way.port}/` },
    });
    const { url: baseUrl, username, password } = server;
    await using ai = new Opencode({ baseUrl, username, password, directory });
    assertEquals(`${await ai.prompt("go")}`, "first");
    const said = results(model.requests);
    for (const text of ["ran-1", "ran-2", "no todowrite", "no glob", "hidden"]) {
      assertStringIncludes(said, text);
    }
    assertEquals(said.includes("in the clear"), false);
    // the first call asked for which tools there are hooks; of the others those that have some
    assertEquals([asked("preToolUse"), asked("postToolUse")], [3, 1]);

    const session = await ai.createSession({ title: "t" });
    top = session.id;
    endpoint.add(top, hookTable({ preToolUse: { matcher: "bash", hook: deny } }));
    assertEquals(`${await session.prompt("go")}`, "second");
    assertStringIncludes(results(model.requests), "no bash");
    assertEquals(seen, ["todowrite", "glob", "bash"]);
  } finally {
    await way.close();
    await endpoint.close();
    await model.close();
    await host().files.remove(directory, { recursive: true });
  }
});

test("a call of a session whose parents can't be looked up is refused: their hooks may deny it", async () => {
  let why: Error = new Error("the server does not answer");
  const endpoint = new HookEndpoint(hookTable({ preToolUse: () => {} }), {
    parentOf: () => Promise.reject(why),
    ask: () => Promise.resolve("no"),
    warn: () => {},
    closing: new AbortController().signal,
  });
  const { url, token } = await endpoint.start();
  const post = async () => {
    const response = await fetch(url, {
      method: "POST",
      headers: { authorization: `Bearer ${token}` },
      body: JSON.stringify({
        event: "preToolUse",
        input: { sessionId: "ses_1", tool: "bash", input: {} },
      }),
    });
    return { status: response.status, body: await response.json() };
  };
  try {
    assertEquals(await post(), { status: 500, body: { error: "the server does not answer" } });
    // one that was removed has none
    why = new NotFoundError("gone", { status: 404, headers: new Headers(), body: undefined });
    assertEquals((await post()).status, 200);
  } finally {
    await endpoint.close();
  }
});
