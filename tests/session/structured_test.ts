import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { APIConnectionError, BadRequestError, StructuredOutputError } from "../../src/errors.ts";
import type { ModelRequest, ScriptStep } from "../../src/testing/script.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const schema = {
  type: "object",
  properties: { name: { type: "string" }, age: { type: "integer" } },
  required: ["name", "age"],
} as const;

/** Calls the server's structured-output tool with one value after another. */
function gives(...values: unknown[]): (request: ModelRequest) => ScriptStep {
  let next = 0;
  return (request) =>
    request.toolNames.includes("StructuredOutput")
      ? { toolCalls: [{ name: "StructuredOutput", input: values[next++] }] }
      : { text: "plain text" };
}

test("Opencode.object feeds back what is wrong, and asks again", async () => {
  await withAgent(
    gives({ name: "Ada", age: "old" }, { name: "Ada", age: 36 }),
    async ({ ai, model }) => {
      assertEquals(await ai.object("Invent a user", { schema }), { name: "Ada", age: 36 });
      assertStringIncludes(model.requests.at(-1)!.prompt, "/age");
    },
  );
});

test("Opencode.object gives up after maxRepairs, and says what the last value breaks", async () => {
  const bad = { name: "Ada", age: "old" };
  await withAgent(gives(bad, bad, bad), async ({ ai, model }) => {
    const error = await assertRejects(
      () => ai.object("Invent a user", { schema, maxRepairs: 1 }),
      StructuredOutputError,
      "2 tries",
    );
    assertStringIncludes(error.issues[0]!, "/age");
    assertEquals(model.requests.length, 2);
  });
});

test("Session.prompt with a format gives JSON as its text, and says which way it took", async () => {
  const ada = { name: "Ada", age: 36 };
  await withAgent(gives(ada, ada), async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    const format = { type: "json_schema", schema: { ...schema } } as const;
    const reply = await session.prompt("Invent", { format });
    assertEquals(JSON.parse(reply.text), ada);
    assertEquals([reply.structured, reply.structuredBy], [ada, "tool"]);
    assertEquals(JSON.parse(await ai.ask("Invent", { format })), ada);
  });
});

test("Session stays readable after a structured prompt: messages, fork and the next prompt", async () => {
  await withAgent(gives({ name: "Ada", age: 36 }), async ({ ai }) => {
    const session = await ai.createSession({ title: "t" });
    await session.object("Invent a user", { schema });
    const messages = await session.history();
    assertEquals(messages.map(({ info }) => info.role), ["user", "assistant"]);
    assertEquals(messages[0]!.parts.map((part) => part.type === "text" && part.text), [
      "Invent a user",
    ]);
    assertEquals((await session.prompt("and now?")).text, "plain text");
    assertEquals((await session.history()).length, 4);
    assertEquals((await (await session.fork()).history()).length, 4);
  });
});

test("Opencode.object takes JSON from the text where the model can't be made to call a tool", async () => {
  const script = (request: ModelRequest): ScriptStep =>
    request.system.includes("JSON Schema")
      ? { text: 'Here you are:\n```json\n{"name":"Ada","age":36}\n```' }
      : { text: "I don't do tools" };
  await withAgent(script, async ({ ai }) => {
    assertEquals(await ai.object("Invent a user", { schema }), { name: "Ada", age: 36 });
    const session = await ai.createSession({ title: "t" });
    const reply = await session.prompt("Invent", {
      format: { type: "json_schema", schema: { ...schema } },
    });
    assertEquals([reply.structured, reply.structuredBy], [{ name: "Ada", age: 36 }, "text"]);
  });
});

test("Opencode.object takes JSON from the text where the provider refuses the forced call", async () => {
  const script = (request: ModelRequest): ScriptStep =>
    request.toolNames.includes("StructuredOutput")
      ? { status: 400, body: { error: { message: "tool_choice 'required' is not supported" } } }
      : { text: '{"name":"Ada","age":36}' };
  await withAgent(script, async ({ ai }) => {
    assertEquals(await ai.object("Invent a user", { schema }), { name: "Ada", age: 36 });
  });
});

test("Session.object leaves no message where its prompt does not reach the server", async () => {
  for (const status of [undefined, 400]) {
    const lossy: typeof fetch = async (input, init) => {
      const { pathname } = new URL(input instanceof Request ? input.url : String(input));
      if (!pathname.endsWith("/prompt_async")) return await fetch(input, init);
      if (status === undefined) throw new TypeError("the network is down");
      return new Response("{}", { status, headers: { "content-type": "application/json" } });
    };
    await withAgent(gives({}), async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      await assertRejects(
        () => session.object("Invent", { schema }),
        status === undefined ? APIConnectionError : BadRequestError,
      );
      assertEquals(await session.history(), []);
    }, { fetch: lossy });
  }
});
