import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { InvalidArgumentError, Opencode, opencode, ToolExecutor } from "../../mod.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

/** Options as a JavaScript caller may give them. */
function untyped<T>(options: Record<string, unknown>): T {
  return options as T;
}

test("Opencode refuses an option that does not exist, and names the nearest", () => {
  assertThrows(
    () => new Opencode(untyped({ modle: "a/b" })),
    InvalidArgumentError,
    'Unknown Opencode option "modle": did you mean "model"?',
  );
  // it is an option of `opencode()`, and would have no effect here
  assertThrows(
    () => new Opencode(untyped({ files: ["a.txt"] })),
    InvalidArgumentError,
    'Unknown Opencode option "files": remove it',
  );
});

test("opencode() refuses an option that does not exist", async () => {
  await assertRejects(
    () => opencode("x", untyped({ keeep: true })),
    InvalidArgumentError,
    'Unknown opencode() option "keeep": did you mean "keep"?',
  );
});

test("prompts refuse an option that does not exist, and send nothing", async () => {
  await withAgent(["said"], async ({ ai, model }) => {
    const options = untyped<Record<never, never>>({ maxStep: 1 });
    const expected = 'Unknown prompt option "maxStep": did you mean "maxSteps"?';
    const session = await ai.createSession();
    const stream = async () => void await session.stream("x", options).reply;
    const text = async () => void await Array.fromAsync(ai.askStream("x", options));
    const calls = [
      () => ai.ask("x", options),
      () => ai.prompt("x", options),
      () => ai.object("x", { ...options, schema: { type: "object" } }),
      () => session.ask("x", options),
      () => session.prompt("x", options),
      () => session.command("init", "", options),
      stream,
      text,
    ];
    for (const call of calls) await assertRejects(call, InvalidArgumentError, expected);
    assertEquals(model.requests.length, 0);
    // what is undefined is not given
    assertEquals(await ai.ask("x", untyped({ maxStep: undefined })), "said");
  });
});

test("createSession refuses an option that does not exist", async () => {
  await withAgent([], async ({ ai }) => {
    await assertRejects(
      () => ai.createSession(untyped({ titel: "x" })),
      InvalidArgumentError,
      'Unknown session option "titel": did you mean "title"?',
    );
  });
});

test("ToolExecutor refuses an option that does not exist", () => {
  assertThrows(
    () => new ToolExecutor(untyped({ workDir: "." })),
    InvalidArgumentError,
    'Unknown ToolExecutor option "workDir": did you mean "workdir"?',
  );
});
