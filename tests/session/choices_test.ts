import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InvalidArgumentError, TurnError } from "../../src/errors.ts";
import { until, withAgent } from "../agent.ts";
import { test } from "../harness.ts";

test("a mistyped model or agent is an error that names the nearest, and harms no later prompt", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    const session = await ai.createSession({ title: "t" });
    const first = await session.prompt("x");
    const typo = first.model!.slice(0, -1);
    const error = await assertRejects(
      () => session.prompt("x", { model: typo }),
      InvalidArgumentError,
    );
    assertStringIncludes(error.message, `did you mean "${first.model}"?`);
    await assertRejects(
      () => session.prompt("x", { model: "nowhere/else" }),
      InvalidArgumentError,
      "opencode auth login",
    );
    await assertRejects(
      () => session.prompt("x", { agent: "biuld" }),
      InvalidArgumentError,
      'did you mean "build"?',
    );
    await assertRejects(() => session.prompt("x", { agents: ["generl"] }), InvalidArgumentError);
    assertEquals((await session.prompt("x")).text, "ok");
    assertEquals(model.requests.length, 2);
  });
});

test("a variant that the model doesn't have is an error, also where no model is named", async () => {
  await withAgent(() => "ok", async ({ ai, model }) => {
    for (const variant of ["nope", ""]) {
      await assertRejects(
        () => ai.prompt("x", { variant }),
        InvalidArgumentError,
        `Unknown variant "${variant}"; scripted/model has`,
      );
    }
    assertEquals(model.requests.length, 0);
  });
});

test("a session that remembers a model that isn't there works all the same", async () => {
  await withAgent(() => "ok", async ({ ai, directory }) => {
    const session = await ai.createSession({ title: "t" });
    const { client } = ai;
    const spoil = async () => {
      await client.session.promptAsync({
        sessionID: session.id,
        directory,
        model: { providerID: "no", modelID: "such" },
        parts: [{ type: "text", text: "x" }],
      });
      await until(async () => {
        const { model } = await session.refresh() as { model?: { providerID: string } };
        return model?.providerID === "no" &&
          !(session.id in await client.session.status({ directory }));
      }, "the session remembers the wrong model");
    };
    await spoil();
    assertEquals((await (await ai.session(session.id)).prompt("one")).text, "ok");
    await spoil();
    assertEquals((await (await ai.session(session.id)).prompt("two")).text, "ok");
  });
});

test("a provider's failure names the provider, the model and the next step", async () => {
  const step = { status: 401, body: { error: { message: "bad key" } } };
  await withAgent([step], async ({ ai }) => {
    const error = await assertRejects(() => ai.prompt("x"), TurnError, "bad key");
    assertStringIncludes(error.message, " from scripted/");
    assertStringIncludes(error.message, "opencode auth login");
    assertEquals(error.status, 401);
  });
});
