import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { InvalidArgumentError, NotFoundError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

test("Session.messages pages from the newest to the oldest, and context gives all in order", async () => {
  await withAgent((request) => `re ${request.prompt}`, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    for (const text of ["a", "b", "c"]) await session.prompt(text);
    const texts = (parts: { type: string }[]) =>
      parts.map((part) => part.type === "text" ? (part as { text?: string }).text : "").join("");
    const newest: string[] = [];
    for await (const { parts } of session.messages({ pageSize: 2 })) newest.push(texts(parts));
    assertEquals(newest, ["re c", "c", "re b", "b", "re a", "a"]);
    const all = (await session.history()).map(({ parts }) => texts(parts));
    assertEquals(all, [...newest].reverse());
  });
});

test("Session.fork goes on from before a message, and the original stays", async () => {
  await withAgent(() => "ok", async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    await session.prompt("one");
    const { messageId } = await session.prompt("two");
    const fork = await session.fork({ messageId });
    assertEquals((await fork.history()).length, 2);
    // the names of version 0.1.0
    const old = await session.fork({ messageID: messageId });
    assertEquals((await old.context()).length, 2);
    await fork.prompt("three");
    assertEquals([(await fork.history()).length, (await session.history()).length], [4, 4]);
  });
});

test("Session.diff, revert and unrevert follow the files of a git directory", async () => {
  const write = {
    toolCalls: [{ name: "bash", input: { command: "echo new > made.txt", description: "x" } }],
  };
  await withAgent([write, "written"], async ({ ai, directory }) => {
    const { files } = host();
    const session = await ai.createSession({ title: "t" });
    const { messageId } = await session.prompt("write");
    const diff = await session.diff(messageId);
    assertEquals(diff.map(({ file }) => file), ["made.txt"]);
    assertEquals(await session.diff(), diff);
    await session.revert(messageId);
    assertEquals(await files.exists(join(directory, "made.txt")), false);
    await session.unrevert();
    assertEquals(await files.exists(join(directory, "made.txt")), true);
    await assertRejects(
      () => session.revert("msg_nothing"),
      InvalidArgumentError,
      "no such message",
    );
  }, { git: true });
});

test("Session.diff right after a turn has what each of its steps changed", async () => {
  const step = (command: string) => ({
    toolCalls: [{ name: "bash", input: { command, description: "x" } }],
  });
  const script = [step("echo 1 > a.txt"), step("echo 2 >> a.txt"), step("echo 3 > b.txt"), "done"];
  await withAgent(script, async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const { messageId } = await session.prompt("write");
    const diff = await session.diff(messageId);
    assertEquals(diff.map(({ file, additions }) => [file, additions]), [["a.txt", 2], [
      "b.txt",
      1,
    ]]);
  }, { git: true });
});

test("Session.revert says what is missing outside a git directory", async () => {
  await withAgent(["a"], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const { messageId } = await session.prompt("x");
    await assertRejects(() => session.revert(messageId), InvalidArgumentError, "git init");
  });
});

test("Session.compact writes a summary, and waits until it is there", async () => {
  await withAgent(() => "some text", async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    await session.prompt("one");
    await session.compact();
    const summaries = (await session.history()).filter(({ info }) =>
      info.role === "assistant" && info.summary
    );
    assertEquals(summaries.length, 1);
    assertEquals((await session.prompt("two")).text, "some text");
  });
});

test("Session.todo gives the agent's list, and its event tells of it", async () => {
  const todos = [{ content: "think", status: "in_progress", priority: "high" }];
  const call = { toolCalls: [{ name: "todowrite", input: { todos } }] };
  await withAgent([call, "noted"], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const reply = await session.prompt("plan", { collect: true });
    const event = reply.events.find((one) => one.type === "todo");
    assert(event?.type === "todo");
    assertEquals([event.todos, await session.todo()], [todos, todos]);
  });
});

test("Session.shell and command run without and with the model", async () => {
  await withAgent(() => "initialised", async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const { parts } = await session.shell("echo from shell");
    assertStringIncludes(JSON.stringify(parts), "from shell");
    const done = await session.command("init");
    assertStringIncludes(JSON.stringify(done.parts), "initialised");
  });
});

test("Session.rename, deleteMessage, delete and usage do what they say", async () => {
  await withAgent(() => ({ text: "ok", usage: { input: 7, output: 3 } }), async ({ ai }) => {
    const session = await ai.createSession({ title: "before" });
    await session.rename("after");
    assertEquals([session.title, (await session.refresh()).title], ["after", "after"]);
    const { messageId, usage } = await session.prompt("x");
    assertEquals([usage.input, usage.output], [7, 3]);
    await session.prompt("y");
    assertEquals((await session.usage()).usage.output, 6);
    await session.deleteMessage(messageId);
    assertEquals((await session.history()).some(({ info }) => info.id === messageId), false);
    await session.delete();
    await assertRejects(() => ai.session(session.id), NotFoundError);
  });
});

test("Session.delete ends a turn that runs, and then deletes", async () => {
  const never = new Promise(() => {});
  await withAgent([{ parts: [{ text: "half" }, { until: never }] }], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("x");
    for await (const event of turn.events) if (event.type === "text") await session.delete();
    assertEquals((await turn.settled).outcome, "aborted");
    await assertRejects(() => ai.session(session.id), NotFoundError);
  });
});

test("Session.note stores a message that the next prompt knows of", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    await session.note("My name is Alice");
    assertEquals(model.requests.length, 0);
    await session.prompt("What is my name?");
    const users = model.requests[0]!.messages.filter(({ role }) => role === "user");
    assertStringIncludes(JSON.stringify(users), "My name is Alice");
  });
});

test("Opencode.session, sessions and lastSession find what there is", async () => {
  await withAgent(() => "ok", async ({ ai }) => {
    const first = await ai.createSession({ title: "first" });
    const second = await ai.createSession({ title: "second" });
    await second.prompt("x");
    await first.prompt("y");
    assertEquals((await ai.session(first.id)).title, "first");
    assertEquals((await ai.sessions()).map(({ title }) => title).sort(), ["first", "second"]);
    assertEquals((await ai.lastSession())?.id, first.id);
    await assertRejects(() => ai.session("ses_nothing"), NotFoundError);
  });
});

test("Session.prompt sends files: text, images, bytes and blobs; a missing one is an error", async () => {
  await withAgent(() => "ok", async ({ ai, model, directory }) => {
    const { files } = host();
    await files.writeText(join(directory, "note.txt"), "the content of the note");
    const png = Uint8Array.from(
      atob(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
      ),
      (char) => char.charCodeAt(0),
    );
    const session = await ai.createSession({ title: "t" });
    await session.prompt("look", {
      files: [
        "note.txt",
        { data: png, mime: "image/png", filename: "dot.png" },
        new Blob(["blob text"], { type: "text/plain" }),
      ],
    });
    const sent = JSON.stringify(model.requests[0]!.messages);
    assertStringIncludes(sent, "the content of the note");
    assertStringIncludes(sent, "image_url");
    assertStringIncludes(sent, "blob text");
    await assertRejects(
      () => session.prompt("x", { files: ["missing.txt"] }),
      InvalidArgumentError,
      "no such file",
    );
    await assertRejects(
      () => session.prompt("x", { files: [new URL("https://example.com/a.png")] }),
      InvalidArgumentError,
      "web addresses",
    );
  });
});

test("Session.prompt refuses what can't be a prompt before anything is sent", async () => {
  await withAgent([], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    await assertRejects(() => session.prompt(""), InvalidArgumentError, "empty prompt");
    await assertRejects(() => session.prompt(" \n"), InvalidArgumentError, "empty prompt");
    await assertRejects(() => session.prompt("x", { model: "m" }), InvalidArgumentError, '"m"');
    await assertRejects(
      () => session.prompt("x", { maxSteps: -1 }),
      InvalidArgumentError,
      "maxSteps",
    );
    assertEquals(model.requests.length, 0);
  });
});

test("Session.prompt passes system and agent, and agents hand work to others", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    await session.prompt("x", { system: "Speak like a pirate", agents: ["general"] });
    assertStringIncludes(model.requests[0]!.system, "Speak like a pirate");
    assertStringIncludes(JSON.stringify(model.requests[0]!.messages), "general");
  });
});

test("Session.command is a turn: its permissions are answered, and its bounds hold", async () => {
  const call = { toolCalls: [{ name: "bash", input: { command: "touch no", description: "x" } }] };
  const never = new Promise(() => {});
  const hang = { parts: [{ text: "half" }, { until: never }] };
  await withAgent([call, "done", hang, "next"], async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    assertEquals((await session.command("init")).text, "done");
    assertStringIncludes(model.requests.at(-1)!.toolResults.at(-1)!.content, "Refused");
    await assertRejects(
      () => session.command("init", "", { idleTimeout: 500 }),
      Error,
      "idleTimeout",
    );
    assertEquals((await session.prompt("x")).text, "next");
    await assertRejects(() => session.command("no-such-command"));
  }, { config: { permission: { bash: "ask" } } });
});

test("a Session of a closed Opencode says at once that it is closed", async () => {
  await withAgent(() => "ok", async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    await session.prompt("x");
    await ai.close();
    const began = Date.now();
    await assertRejects(() => session.prompt("y"), Error, "closed");
    assert(Date.now() - began < 20_000);
  });
});

test("two clients in one session get no answers of each other", async () => {
  let release!: () => void;
  const gate = new Promise<void>((resolve) => release = resolve);
  const script = (request: { prompt: string }) =>
    request.prompt === "one" ? { parts: [{ text: "first" }, { until: gate }] } : "second";
  await withAgent(script, async ({ ai, directory }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("one");
    const events = turn.events[Symbol.asyncIterator]();
    while ((await events.next()).value?.type !== "text");
    // as another program would: without our queue
    const parts = [{ type: "text" as const, text: "two" }];
    await ai.client.session.promptAsync({ sessionID: session.id, directory, parts });
    release();
    assertEquals((await turn.settled).text, "first");
  });
});
