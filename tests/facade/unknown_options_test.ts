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

const NO_OPTIONS: readonly [unknown, string][] = [
  ["a/b", '"a/b"'],
  [null, "null"],
  [["a/b"], "a list"],
  [7, "7"],
];

for (const [given, shown] of NO_OPTIONS) {
  test(`what is no options object is refused, and nothing is sent: ${shown}`, async () => {
    const options = given as Record<string, never>;
    assertThrows(
      () => new Opencode(options),
      InvalidArgumentError,
      `Cannot use ${shown} as Opencode options: give an object`,
    );
    assertThrows(
      () => new ToolExecutor(options),
      InvalidArgumentError,
      `Cannot use ${shown} as ToolExecutor options: give an object`,
    );
    await assertRejects(
      () => opencode("x", options),
      InvalidArgumentError,
      `Cannot use ${shown} as opencode() options: give an object`,
    );
    await withAgent([], async ({ ai, model }) => {
      const session = await ai.createSession();
      const calls = [
        () => ai.ask("x", options),
        () => ai.prompt("x", options),
        () => ai.stream("x", options),
        () => Array.fromAsync(ai.askStream("x", options)),
        () => session.ask("x", options),
        () => session.prompt("x", options),
        () => session.command("init", "", options),
        // deno-lint-ignore require-await
        async () => session.stream("x", options),
        ...given === null ? [] : [
          () => ai.object("x", options as never),
          () => session.object("x", options as never),
        ],
      ];
      for (const call of calls) {
        await assertRejects(
          call,
          InvalidArgumentError,
          `Cannot use ${shown} as prompt options: give an object`,
          String(call),
        );
      }
      await assertRejects(
        () => ai.createSession(options),
        InvalidArgumentError,
        `Cannot use ${shown} as session options: give an object`,
      );
      assertEquals(model.requests.length, 0);
    });
  });
}

test("data without options names the schema that is missing", async () => {
  await withAgent([], async ({ ai }) => {
    const session = await ai.createSession();
    for (const given of [undefined, null]) {
      const missing = given as unknown as { schema: Record<string, never> };
      for (const call of [() => ai.object("x", missing), () => session.object("x", missing)]) {
        await assertRejects(call, InvalidArgumentError, "pass a JSON Schema object");
      }
    }
  });
});
