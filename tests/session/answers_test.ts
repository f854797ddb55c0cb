import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InvalidArgumentError, TurnError } from "../../src/errors.ts";
import type { Fetch } from "../../src/http/options.ts";
import type { QuestionReply } from "../../src/session/requests.ts";
import { withAgent } from "../agent.ts";
import { test } from "../harness.ts";

const BASH = { toolCalls: [{ name: "bash", input: { command: "echo hi", description: "x" } }] };
const QUESTION = {
  toolCalls: [{
    name: "question",
    input: { questions: [{ question: "Pick?", header: "P", options: [], custom: true }] },
  }],
};

/** A fetch that sends what answers requests to `other`. */
function replies(other: (n: number, pass: () => Promise<Response>) => Promise<Response>): {
  fetch: Fetch;
  count: () => number;
} {
  let n = 0;
  const fetch: Fetch = (input, init) => {
    const url = typeof input === "string" ? input : input.url;
    const pass = () => globalThis.fetch(input, init);
    return /\/(permission|question)\/[^/]+\/reply/.test(url) ? other(++n, pass) : pass();
  };
  return { fetch, count: () => n };
}

for (const [what, step] of [["permission", BASH], ["question", QUESTION]] as const) {
  test(`a turn fails where the answer to a ${what} can't be delivered`, async () => {
    const { fetch, count } = replies(() => Promise.resolve(new Response("", { status: 503 })));
    await withAgent([step, "done"], async ({ ai }) => {
      const session = await ai.createSession({ title: "t" });
      const began = Date.now();
      const options = { onPermission: () => "once" as const, onQuestion: () => [["A"]] };
      await assertRejects(
        () => session.prompt("x", options),
        TurnError,
        `the answer to a ${what} request did not reach the server in 4 tries`,
      );
      assert(Date.now() - began < 20_000);
      assertEquals(count(), 4);
      assertEquals(await ai.client.session.status(), {});
    }, { config: { permission: { bash: "ask" } }, fetch });
  });

  test(`the answer to a ${what} is sent again where its response is lost or late`, async () => {
    const { fetch, count } = replies(async (n, pass) => {
      if (n === 1) return new Response("", { status: 502 });
      if (n === 2) throw new TypeError("connection reset");
      if (n > 3) throw new Error("it has arrived already");
      await (await pass()).body?.cancel();
      throw new TypeError("connection reset after the request was processed");
    });
    await withAgent([step, "done"], async ({ ai }) => {
      const reply = await ai.prompt("x", {
        onPermission: () => "once",
        onQuestion: () => [["A"]],
        collect: true,
      });
      assertEquals(reply.text, "done");
      assertEquals(count(), 3);
      const told = reply.events.flatMap((one) => one.type === what ? [one.status] : []);
      assertEquals(told, ["asked", "replied"]);
    }, { config: { permission: { bash: "ask" } }, fetch });
  });
}

for (const [what, step] of [["permission", BASH], ["question", QUESTION]] as const) {
  test(`a turn that a refused ${what} ends is completed: it was not aborted`, async () => {
    await withAgent([step], async ({ ai, model }) => {
      const session = await ai.createSession({ title: "t" });
      const turn = session.stream("x", { onPermission: () => "reject", onQuestion: () => null });
      const { outcome, error } = await turn.settled;
      assertEquals([outcome, error, model.requests.length], ["completed", undefined, 1]);
    }, { config: { permission: { bash: "ask" } } });
  });
}

const nonsense: [string, unknown][] = [
  ["a label alone", "A"],
  ["labels without a list for each question", ["A"]],
  ["nothing", undefined],
  ["too many lists", [["A"], ["B"]]],
  ["numbers", [[1]]],
  ["a BigInt", 1n],
];

test("a turn fails where onQuestion returns no answers, and the error says what to return", async () => {
  for (const [what, answer] of nonsense) {
    await withAgent([QUESTION, "done"], async ({ ai }) => {
      await assertRejects(
        () => ai.prompt("x", { onQuestion: () => answer as QuestionReply }),
        InvalidArgumentError,
        "onQuestion returns one list of labels for each question",
        what,
      );
    });
  }
});

test("onPermission's nonsense is a refusal that the model reads", async () => {
  const bad: unknown[] = [1n, "yes", { reply: "reject", message: 5 }];
  for (const answer of bad) {
    await withAgent([BASH, "done"], async ({ ai, model }) => {
      const reply = await ai.prompt("x", { onPermission: () => answer as "once" });
      assertEquals(reply.text, "done");
      const { content } = model.requests.at(-1)!.toolResults.at(-1)!;
      assertStringIncludes(content, "the handler answered");
    }, { config: { permission: { bash: "ask" } } });
  }
});
