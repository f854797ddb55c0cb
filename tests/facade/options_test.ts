import { assertEquals, assertRejects } from "@std/assert";
import { InvalidArgumentError } from "../../src/errors.ts";
import { opencode } from "../../src/facade/one_shot.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { resolveOptions } from "../../src/facade/options.ts";
import type { Session } from "../../src/session/session.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

test("resolveOptions hands each option to the parts that it is for, and changes nothing", () => {
  const logger = console;
  const options = Object.freeze({
    model: "a/b",
    config: { autoupdate: false },
    password: "secret",
    startTimeout: 1,
    requestTimeout: Infinity,
    idleTimeout: 3,
    signal: new AbortController().signal,
    logger,
  });
  assertEquals(resolveOptions(options), {
    server: {
      config: { autoupdate: false, model: "a/b" },
      password: "secret",
      timeout: 1,
      logger,
    },
    client: { password: "secret", timeout: Infinity, logger },
    prompt: { model: "a/b", idleTimeout: 3 },
  });
});

test("resolveOptions takes old names, and a request's bound is none of a turn", () => {
  const { server, client, prompt } = resolveOptions({ serverTimeout: 1, clientTimeout: 2 });
  assertEquals([server.timeout, client.timeout, prompt], [1, 2, {}]);
  const both = resolveOptions({ serverTimeout: 1, startTimeout: 3 });
  assertEquals(both.server.timeout, 3);
});

test("options that a call can't use are errors of types", () => {
  const never = (_: (ai: Opencode, session: Session) => unknown) => {};
  // @ts-expect-error: files go with a prompt
  never(() => new Opencode({ files: ["a"] }));
  // @ts-expect-error: it gives text, no events
  never((ai) => ai.ask("x", { collect: true }));
  // @ts-expect-error: it gives text, no events
  never((ai) => ai.askStream("x", { collect: true }));
  // @ts-expect-error: it gives text, no events
  never(() => opencode("x", { collect: true }));
  // @ts-expect-error: the schema is the format
  never((ai) => ai.object("x", { schema: {}, format: { type: "text" } }));
  // @ts-expect-error: a command has no place for it
  never((_, session) => session.command("x", "", { system: "x" }));
  // @ts-expect-error: no such word
  never(() => new Opencode({ permissions: "all" }));
});

test("permissions with a word that it doesn't have is an error at once", async () => {
  let thrown: unknown;
  try {
    new Opencode({ permissions: "none" as never });
  } catch (error) {
    thrown = error;
  }
  assertEquals(thrown instanceof InvalidArgumentError, true);
  await assertRejects(
    () => new Opencode().createSession({ permissions: "constructor" as never }),
    InvalidArgumentError,
    '"readonly"',
  );
});

test("createSession's agent, model and permissions are those of its prompts", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t", agent: "plan", permissions: "deny" });
    assertEquals((await session.prompt("x")).message?.agent, "plan");
    assertEquals(model.requests.at(-1)!.toolNames.includes("bash"), false);
    const other = await session.prompt("x", { agent: "build", permissions: "default" });
    assertEquals(other.message?.agent, "build");
    assertEquals(model.requests.at(-1)!.toolNames.includes("bash"), true);
  });
});
