/** Each group of operations that change something: at least one round trip on the real server. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { test } from "../harness.ts";
import { commitAll, until, withAgent } from "../agent.ts";
import { isEvent } from "../../src/client/mod.ts";
import type { McpRemoteConfig, OpencodeClient, ServerEvent } from "../../src/client/mod.ts";
import { BadRequestError, ConflictError, NotFoundError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { scriptedModel } from "../../src/testing/model.ts";

/** Waits for the first event that fits, from before `act` on. */
async function eventAfter<T extends ServerEvent>(
  client: OpencodeClient,
  fits: (event: ServerEvent) => event is T,
  act: () => Promise<unknown>,
): Promise<T> {
  let stop = () => {};
  try {
    return await new Promise<T>((resolve, reject) => {
      client.subscribe({
        events: (batch) => batch.filter(fits).slice(0, 1).forEach(resolve),
        lost: reject,
      }).then((subscription) => {
        stop = () => subscription.close();
        return act();
      }).catch(reject);
    });
  } finally {
    stop();
  }
}

const text = (words: string) => [{ type: "text" as const, text: words }];

test("session, message and part make the round trip", async () => {
  await withAgent([], async ({ ai: { client } }) => {
    const { id: sessionID } = await client.session.create({ title: "first" });
    const renamed = await client.session.update({ sessionID, title: "second" });
    assertEquals(renamed.title, "second");
    const { info } = await client.session.prompt({
      sessionID,
      noReply: true,
      parts: text("hello"),
    });
    const [message] = await client.session.messages({ sessionID });
    assertEquals(message!.info.id, info.id);
    const [part] = message!.parts;
    assert(part?.type === "text");
    const changed = await client.part.update({ ...part, partID: part.id, text: "changed" });
    assertEquals(changed.type === "text" && changed.text, "changed");
    const read = await client.session.message({ sessionID, messageID: info.id });
    assertEquals(read.parts.map((part) => part.type === "text" && part.text), ["changed"]);
    assertEquals(
      await client.part.delete({ sessionID, messageID: info.id, partID: part.id }),
      true,
    );
    assertEquals((await client.session.message({ sessionID, messageID: info.id })).parts, []);
    assertEquals(await client.session.deleteMessage({ sessionID, messageID: info.id }), true);
    assertEquals(await client.session.messages({ sessionID }), []);
    const fork = await client.session.fork({ sessionID });
    assert(fork.id !== sessionID);
    assertEquals(await client.session.abort({ sessionID }), true);
    assertEquals(await client.session.delete({ sessionID }), true);
    const gone = await assertRejects(() => client.session.get({ sessionID }), NotFoundError);
    assert(gone.message.includes(sessionID), gone.message);
    await assertRejects(
      () => client.session.promptAsync({ sessionID: fork.id } as never),
      BadRequestError,
      "parts",
    );
  });
});

test("permission and question make the round trip", async () => {
  const call = (name: string, input: object) => ({ toolCalls: [{ name, input }] });
  const question = {
    question: "Which?",
    header: "Pick",
    options: [{ label: "A", description: "a" }, { label: "B", description: "b" }],
  };
  await withAgent([
    call("bash", { command: "echo allowed", description: "x" }),
    call("question", { questions: [question] }),
    "done",
  ], async ({ ai: { client } }) => {
    const { id: sessionID } = await client.session.create({
      title: "x",
      permission: [{ permission: "bash", pattern: "*", action: "ask" }],
    });
    const asked = await eventAfter(
      client,
      (event) => isEvent(event, "permission.asked"),
      () => client.session.promptAsync({ sessionID, parts: text("go") }),
    );
    const pending = await client.permission.list({}, { validate: "strict" });
    assertEquals(pending.map(({ id }) => id), [asked.properties.id]);
    const { properties } = await eventAfter(
      client,
      (event) => isEvent(event, "question.asked"),
      () => client.permission.reply({ requestID: asked.properties.id, reply: "once" }),
    );
    const questions = await client.question.list({}, { validate: "strict" });
    assertEquals(questions.map(({ id }) => id), [properties.id]);
    await eventAfter(
      client,
      (event) => isEvent(event, "session.idle"),
      () => client.question.reply({ requestID: properties.id, answers: [["B"]] }),
    );
    const messages = await client.session.messages({ sessionID }, { validate: "strict" });
    const tools = messages.flatMap(({ parts }) => parts.filter((part) => part.type === "tool"));
    assertEquals(tools.map(({ tool, state }) => [tool, state.status]), [
      ["bash", "completed"],
      ["question", "completed"],
    ]);
    await assertRejects(
      () => client.permission.reply({ requestID: asked.properties.id, reply: "once" }),
      NotFoundError,
      "PermissionNotFoundError",
    );
    await assertRejects(
      () => client.question.reject({ requestID: properties.id }),
      NotFoundError,
      "QuestionNotFoundError",
    );
  });
});

test("a busy session is a ConflictError, repeated no more than asked", async () => {
  const model = await scriptedModel([{ text: "start", ending: "hang" }]);
  try {
    await withAgent([], async ({ ai: { client } }) => {
      const { id: sessionID } = await client.session.create({ title: "x" });
      await eventAfter(
        client,
        (event) => isEvent(event, "message.part.delta"),
        () => client.session.promptAsync({ sessionID, parts: text("go") }),
      );
      const shell = { sessionID, agent: "build", command: "true" };
      await assertRejects(() => client.session.shell(shell), ConflictError, "Busy");
      await client.session.abort({ sessionID });
      await until(async () => !(sessionID in await client.session.status()), "the end of the turn");
      const { parts } = await client.session.shell(shell);
      assertEquals(parts.map(({ type }) => type), ["tool"]);
    }, { config: { ...model.config } });
  } finally {
    await model.close();
  }
});

test("config, auth, project, vcs, worktree and instance make the round trip", async () => {
  await withAgent([], async ({ ai: { client }, directory }) => {
    const { files } = host();
    await files.writeText(join(directory, "README.md"), "Read me\n");
    await commitAll(directory);
    // Writes the project's `config.json`, which an isolated server does not read.
    await client.config.update({ username: "project" });
    assertEquals((await client.global.config.update({ username: "someone" })).username, "someone");
    assertEquals((await client.global.config.get()).username, "someone");
    assertEquals((await client.config.get()).username, "someone");
    assertEquals(await client.auth.set({ providerID: "x", type: "api", key: "k" }), true);
    assertEquals(await client.auth.remove({ providerID: "x" }), true);
    assertEquals(
      await client.app.log({ service: "test", level: "info", message: "hello" }),
      true,
    );
    const project = await client.project.current();
    const named = await client.project.update({ projectID: project.id, name: "named" });
    assertEquals([named.id, named.name], [project.id, "named"]);

    const patch = "diff --git a/new.txt b/new.txt\nnew file mode 100644\n--- /dev/null\n" +
      "+++ b/new.txt\n@@ -0,0 +1 @@\n+hello\n";
    await client.vcs.apply({ patch });
    assertEquals(await files.readText(join(directory, "new.txt")), "hello\n");
    const changed = (await client.vcs.status()).map(({ file }) => file).sort();
    assertEquals(changed, ["config.json", "new.txt"]);

    const worktree = await client.worktree.create({ name: "other" });
    assert((await client.worktree.list()).includes(worktree.directory));
    // It is filled in the background (server 1.18.33), and can't be removed before.
    await until(() => files.exists(join(worktree.directory, "README.md")), "the worktree");
    assertEquals(await client.worktree.remove({ directory: worktree.directory }), true);
    assertEquals(await client.worktree.list(), []);

    assertEquals((await client.find.text({ pattern: "hello" })).length, 1);
    assertEquals((await client.find.files({ query: "new.txt" }))[0], "new.txt");
    assertEquals(await client.instance.dispose(), true);
    assertEquals((await client.path.get()).directory, directory);
  }, { own: true });
});

test("mcp, pty, tui and sync make the round trip", async () => {
  await withAgent([], async ({ ai: { client } }) => {
    const config: McpRemoteConfig = {
      type: "remote",
      url: "http://127.0.0.1:9",
      enabled: false,
    };
    assertEquals((await client.mcp.add({ name: "a b", config }))["a b"]?.status, "disabled");
    assertEquals(await client.mcp.disconnect({ name: "a b" }), true);
    await assertRejects(() => client.mcp.connect({ name: "a/../b" }), NotFoundError, "a/../b");

    const pty = await client.pty.create({ command: "cat", title: "cat" });
    assertEquals((await client.pty.update({ ptyID: pty.id, title: "dog" })).title, "dog");
    assertEquals((await client.pty.list()).map(({ title }) => title), ["dog"]);
    assertEquals(await client.pty.remove({ ptyID: pty.id }), true);

    assertEquals(await client.tui.appendPrompt({ text: "hi" }), true);
    assertEquals(await client.tui.showToast({ message: "hi", variant: "info" }), true);
    assertEquals(
      await client.tui.publish({ type: "tui.prompt.append", properties: { text: "x" } }),
      true,
    );
    assertEquals(await client.sync.start(), true);
    const { id } = await client.session.create({ title: "x" });
    const history = await client.sync.history.list({ body: {} });
    assert(history.some((entry) => entry.aggregate_id === id));
  });
});

test("the operations of v2 make the round trip", async () => {
  await withAgent(["hello from v2"], async ({ ai: { client }, directory }) => {
    const { data } = await client.v2.session.create({});
    assertEquals(data.location.directory, directory);
    await client.v2.session.switchAgent({ sessionID: data.id, agent: "plan" });
    const read = await client.v2.session.get({ sessionID: data.id }, { validate: "strict" });
    assertEquals([read.data.id, read.data.agent], [data.id, "plan"]);
    const { data: request } = await client.v2.session.permission.create({
      sessionID: data.id,
      action: "bash",
      resources: ["ls"],
    });
    assertEquals(typeof request.id, "string");
    const { data: admitted } = await client.v2.session.prompt({
      sessionID: data.id,
      prompt: { text: "hi" },
    });
    assertEquals(typeof admitted, "object");
    await client.v2.session.interrupt({ sessionID: data.id });
    const list = await client.v2.session.list({ directory });
    assertEquals(list.data.map(({ id }) => id), [data.id]);
    const pty = await client.v2.pty.create({ command: "cat" });
    await client.v2.pty.remove({ ptyID: pty.data.id });
  });
});
