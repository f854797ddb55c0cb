import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import {
  APIConnectionError,
  AuthenticationError,
  BinaryNotFoundError,
  InvalidArgumentError,
  ServerConfigError,
  TurnAbortedError,
  UnsupportedServerError,
} from "../../src/errors.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { host } from "../../src/runtime/host.ts";
import { createOpencodeServer } from "../../src/server/server.ts";
import { scriptedModel } from "../../src/testing/model.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

test("Opencode starts nothing before it is used, and stops what it started", async () => {
  await withAgent(["hi"], async ({ ai }) => {
    assertEquals(ai.server, undefined);
    assertEquals(await ai.ask("x"), "hi");
    const { pid, running } = ai.server!;
    assertEquals(running, true);
    await ai.close();
    await ai.close();
    assertEquals(host().platform.isAlive(pid), false);
    await assertRejects(() => ai.ask("x"), TurnAbortedError, "closed");
  }, { own: true });
});

test("Opencode.client works before anything else was called", async () => {
  await withAgent([], async ({ ai, directory }) => {
    const { client } = ai;
    assertEquals((await client.path.get()).directory, directory);
    assertEquals((await client.health()).healthy, true);
    assertEquals(ai.client === client, true);
    assertEquals((await ai.client.path.get()).directory, directory);
  });
});

test("Opencode hands its own options to its prompts, and a prompt's own win", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    await ai.ask("x");
    assertStringIncludes(model.requests[0]!.system, "Speak plainly");
    await ai.ask("x", { system: "Speak Latin" });
    assertStringIncludes(model.requests[1]!.system, "Speak Latin");
    assertEquals(model.requests[1]!.system.includes("Speak plainly"), false);
  }, { system: "Speak plainly" });
});

test("Opencode refuses what can't work, before a server is started", async () => {
  const { files } = host();
  await assertRejects(
    () => new Opencode({ directory: "/does/not/exist" }).ask("x"),
    InvalidArgumentError,
    "no such directory",
  );
  const directory = await files.makeTempDir();
  const file = join(directory, "file");
  await files.writeText(file, "");
  await assertRejects(
    () => new Opencode({ directory: file }).ask("x"),
    InvalidArgumentError,
    "not a directory",
  );
  await files.remove(directory, { recursive: true });
  await assertRejects(() => new Opencode().ask(" "), InvalidArgumentError, "empty prompt");
  await assertRejects(
    () => new Opencode({ binary: "/no/such/opencode" }).ask("x"),
    BinaryNotFoundError,
    "/no/such/opencode",
  );
  let thrown: unknown;
  try {
    new Opencode({ model: "nope" });
  } catch (error) {
    thrown = error;
  }
  assert(thrown instanceof InvalidArgumentError);
});

test("Opencode says what is wrong with a configuration", async () => {
  const config = { model: 5 } as never;
  const ai = new Opencode({ isolated: true, config });
  await assertRejects(() => ai.ask("x"), ServerConfigError, "model");
  await ai.close();
});

test("Opencode ends by its signal: the turn, the server, and what comes after", async () => {
  const never = new Promise(() => {});
  await using model = await scriptedModel([{ parts: [{ text: "half" }, { until: never }] }]);
  const controller = new AbortController();
  const ai = new Opencode({ isolated: true, config: model.config, signal: controller.signal });
  const reason = new Error("shutting down");
  const seen: string[] = [];
  const error = await assertRejects(async () => {
    for await (const text of ai.askStream("x")) {
      seen.push(text);
      controller.abort(reason);
    }
  });
  assertEquals([seen, error], [["half"], reason]);
  const { pid } = ai.server!;
  await ai.close();
  assertEquals(host().platform.isAlive(pid), false);
});

test("Opencode gives up a start that its caller no longer wants", async () => {
  const ai = new Opencode({ isolated: true });
  const controller = new AbortController();
  const asked = ai.ask("x", { signal: controller.signal });
  controller.abort(new Error("never mind"));
  await assertRejects(() => asked, Error, "never mind");
  await ai.close();
  assertEquals(ai.server, undefined);
});

test("Opencode attaches, and says why where it can't", async () => {
  await using server = await createOpencodeServer({ isolated: true });
  const { url: baseUrl, username, password } = server;
  const ai = new Opencode({ baseUrl, username, password });
  await ai.start();
  assertEquals([ai.server, ai.directory], [undefined, server.directory]);
  await ai.close();
  assertEquals(server.running, true);

  const inUrl = new URL(baseUrl);
  inUrl.username = username;
  inUrl.password = password;
  const other = new Opencode({ baseUrl: inUrl.href });
  assertEquals((await other.client.health()).healthy, true);
  await other.close();

  await assertRejects(
    () => new Opencode({ baseUrl, password: "wrong" }).start(),
    AuthenticationError,
    "credentials",
  );
  const page = await host().serve(() =>
    new Response("<html></html>", { headers: { "content-type": "text/html" } })
  );
  const address = `http://127.0.0.1:${page.port}`;
  await assertRejects(() => new Opencode({ baseUrl: address }).start(), UnsupportedServerError);
  await page.close();
  await assertRejects(() => new Opencode({ baseUrl: address }).start(), APIConnectionError);
});

test("Opencode refuses a server of the next generation within a second or so", async () => {
  const next = await host().serve(() => Response.json({ healthy: true, version: "2.0.1" }));
  const began = Date.now();
  await assertRejects(
    () => new Opencode({ baseUrl: `http://127.0.0.1:${next.port}` }).start(),
    UnsupportedServerError,
    "1.18.33",
  );
  assert(Date.now() - began < 10_000);
  await next.close();
});

test("several Opencodes, and several directories on one server, don't mix", async () => {
  await withAgent((request) => `one: ${request.prompt}`, async ({ ai, directory }) => {
    await withAgent((request) => `two: ${request.prompt}`, async (other) => {
      const answers = await Promise.all([ai.ask("a"), other.ai.ask("b"), ai.ask("c")]);
      assertEquals(answers, ["one: a", "two: b", "one: c"]);
      const there = await ai.createSession({ title: "t", directory: other.directory });
      assertEquals([there.directory, directory === there.directory], [other.directory, false]);
      assertEquals((await ai.sessions()).some(({ id }) => id === there.id), false);
    });
  });
});
