/** What happens when the server of an Opencode ends by itself. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { APIConnectionError, ServerExitedError } from "../../src/errors.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { host } from "../../src/runtime/host.ts";
import { createIsolatedHome } from "../../src/runtime/isolation.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const never = new Promise(() => {});

/** Kills the server of an Opencode; whoever asks the port afterwards is counted. */
async function replaced(ai: Opencode) {
  const server = ai.server!;
  const { port } = server;
  host().platform.kill(server.pid, "SIGKILL");
  await until(() => !server.running, "the end of the server is known");
  const seen: string[] = [];
  const other = await host().serve((request) => {
    seen.push(request.url);
    return new Response("{}");
  }, { port });
  return { seen, close: () => other.close() };
}

test("a server that ended is started again by the next call, and nothing goes to its old port", async () => {
  await using model = await scriptedModel(({ messages }) =>
    `user messages: ${messages.filter(({ role }) => role === "user").length}`
  );
  const home = await createIsolatedHome();
  const directory = await host().files.realPath(await host().files.makeTempDir());
  await using ai = new Opencode({ config: model.config, env: home.env, directory });
  const { client } = ai;
  const session = await ai.createSession({ title: "t" });
  assertEquals(await session.ask("one"), "user messages: 1");
  const { pid } = ai.server!;
  const other = await replaced(ai);
  assertEquals(await session.ask("two"), "user messages: 2");
  assertEquals((await client.session.get({ sessionID: session.id })).id, session.id);
  assertEquals((await ai.session(session.id)).id, session.id);
  assertEquals([ai.client === client, ai.server!.pid === pid], [true, false]);
  assertEquals(other.seen, []);
  await other.close();
  // one after another, and at the same time
  host().platform.kill(ai.server!.pid, "SIGKILL");
  const dead = ai.server!;
  await until(() => !dead.running, "the end of the server is known");
  const [a, b] = await Promise.all([ai.ask("x"), ai.client.path.get()]);
  assertEquals([a, b.directory], ["user messages: 1", directory]);
  await ai.close();
  await home.dispose();
  await host().files.remove(directory, { recursive: true });
});

test("the sessions of an isolated Opencode go on after its server ended, and its home goes with it", async () => {
  const { files } = host();
  await using model = await scriptedModel(({ messages }) =>
    `user messages: ${messages.filter(({ role }) => role === "user").length}`
  );
  const ai = new Opencode({ config: model.config, isolated: true, permissions: "readonly" });
  const session = await ai.createSession({ title: "t" });
  assertEquals(await session.ask("one"), "user messages: 1");
  const { home } = await ai.client.path.get();
  const server = ai.server!;
  host().platform.kill(server.pid, "SIGKILL");
  await until(() => !server.running, "the end of the server is known");
  assertEquals(await session.ask("two"), "user messages: 2");
  assertEquals((await ai.client.path.get()).home, home);
  await ai.close();
  assertEquals(await files.exists(home), false);
});

test("a call whose connection breaks by the end of the server says that it ended", async () => {
  let kill = () => {};
  const killing: typeof fetch = (input, init) => {
    kill();
    return fetch(input, init);
  };
  await withAgent([], async ({ ai }) => {
    await ai.start();
    const { server } = ai;
    kill = () => host().platform.kill(server!.pid, "SIGKILL");
    const error = await assertRejects(() => ai.createSession({ title: "t" }), ServerExitedError);
    assertStringIncludes(error.message, "SIGKILL");
    // a server that runs breaks a connection by itself, and keeps its own error
    kill = () => {
      throw new TypeError("cut");
    };
    await assertRejects(() => ai.createSession({ title: "t" }), APIConnectionError);
  }, { own: true, fetch: killing });
});

test("a shell command fails where its server ends, and starts no other server for its end", async () => {
  await withAgent([], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const failed = assertRejects(() => session.shell("sleep 60"), ServerExitedError, "SIGKILL");
    await until(async () => session.id in await ai.client.session.status(), "the command runs");
    const server = ai.server!;
    host().platform.kill(server.pid, "SIGKILL");
    const began = Date.now();
    await failed;
    assert(Date.now() - began < 10_000, `it took ${Date.now() - began} ms`);
    assert(ai.server === server, "no other server was started");
  }, { own: true });
});

test("a turn whose own start was the server's fails at once where that one ends too", async () => {
  await using model = await scriptedModel(() => ({ parts: [{ text: "half" }, { until: never }] }));
  const home = await createIsolatedHome();
  const directory = await host().files.realPath(await host().files.makeTempDir());
  await using ai = new Opencode({ config: model.config, env: home.env, directory });
  const session = await ai.createSession({ title: "t" });
  const first = ai.server!;
  host().platform.kill(first.pid, "SIGKILL");
  await until(() => !first.running, "the end of the server is known");
  const turn = session.stream("x");
  const pieces = turn[Symbol.asyncIterator]();
  assertEquals((await pieces.next()).value, "half");
  const second = ai.server!;
  host().platform.kill(second.pid, "SIGKILL");
  await until(() => !second.running, "the end of the second is known");
  const began = Date.now();
  assert((await turn.settled).error instanceof ServerExitedError);
  assert(Date.now() - began < 10_000, `it took ${Date.now() - began} ms`);
  assert(ai.server === second, "no third server was started");
  await ai.close();
  await home.dispose();
  await host().files.remove(directory, { recursive: true });
});

test("a turn fails at once where its server ends, and with restart: false so do all later calls", async () => {
  await withAgent([{ parts: [{ text: "half" }, { until: never }] }], async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const turn = session.stream("x");
    let other: Awaited<ReturnType<typeof replaced>> | undefined;
    const began = Date.now();
    const error = await assertRejects(async () => {
      for await (const text of turn) {
        assertEquals(text, "half");
        other = await replaced(ai);
      }
    }, ServerExitedError);
    assert(Date.now() - began < 20_000);
    assertStringIncludes(error.message, "make a new Opencode");
    assertEquals([error.text, (await turn.settled).text], ["half", "half"]);
    const later = [
      () => session.prompt("x"),
      () => ai.ask("x"),
      () => ai.client.path.get(),
      () => session.refresh(),
    ];
    for (const call of later) await assertRejects(call, ServerExitedError, "make a new Opencode");
    assertEquals(other!.seen, []);
    await other!.close();
  }, { own: true, restart: false });
});
