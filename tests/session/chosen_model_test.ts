/** Where no one chose the model, its provider's failure says so. */
import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";
import { TurnError } from "../../src/errors.ts";

const refused = { status: 401, times: Infinity };
const HINT = "as none is configured: name one with `model`";

test("a failed turn names the model that the server chose, as none is configured", async () => {
  await withAgent([refused], async ({ ai }) => {
    const error = await assertRejects(() => ai.ask("hi"), TurnError);
    assertStringIncludes(
      error.message,
      `The server chose the model scripted/model by itself, ${HINT}`,
    );
  }, { config: { model: undefined } as never });
});

test("a failed turn says nothing of a choice where somebody made it", async () => {
  await withAgent([refused], async ({ ai }) => {
    for (const model of [undefined, "scripted/model"]) {
      const given = model === undefined ? {} : { model };
      const error = await assertRejects(() => ai.ask("hi", given), TurnError);
      assertEquals(error.message.includes(HINT), false, error.message);
    }
    const session = await ai.createSession({ title: "t" });
    const first = await assertRejects(() => session.prompt("hi", { model: "scripted/model" }));
    const second = await assertRejects(() => session.prompt("hi"));
    for (const error of [first, second]) assert(!String(error).includes(HINT), String(error));
  });
});
