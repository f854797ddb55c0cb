/** What each example is meant to print, on the scripted model. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { ModelRequest, Script, ScriptStep } from "../../src/testing/script.ts";
import type { Ran, World } from "../snippets.ts";

/** How an example is tried. */
export interface Case {
  /** What the model answers. */
  script: Script;
  /** Runs the example's file, and checks what it does. */
  run: (world: World, file: string) => Promise<void>;
}

/** The cases by the example's file name. */
export const CASES = new Map<string, Case>();

function example(name: string, script: Script, run: Case["run"]) {
  CASES.set(name, { script, run });
}

/** A call of the tool for structured output. */
function structured(input: unknown): ScriptStep {
  return { toolCalls: [{ name: "StructuredOutput", input }] };
}

function succeeded({ code, out, err }: Ran, expected: string): void {
  assertEquals([code, out.trim()], [0, expected], err);
}

example("review.ts", [structured({
  findings: [
    { file: "a.ts", line: 3, severity: "high", comment: "The password is logged" },
    { file: "b.ts", line: 9, severity: "low", comment: "Unused variable" },
  ],
})], async ({ run }, file) => {
  const { code, out, err } = await run(file, [], "+console.log(password)\n");
  assertEquals(
    [code, out.trim().split("\n")],
    [1, [
      "a.ts:3: high: The password is logged",
      "b.ts:9: low: Unused variable",
      "2 findings, 1 of them serious",
    ]],
    err,
  );
  succeeded(await run(file, [], ""), "Nothing to review");
});

example(
  "fix_test.ts",
  ({ prompt, toolResults }) =>
    toolResults.length > 0 ? "Done" : {
      toolCalls: [{
        name: "bash",
        input: {
          command: prompt.includes("wrong") ? "echo right > answer" : "echo wrong > answer",
          description: "Writes the answer",
        },
      }],
    },
  async ({ run }, file) => {
    const check = "cat answer; grep -q right answer";
    const { code, out, err } = await run(file, ["sh", "-c", check]);
    assertEquals(
      [code, out.trim().split("\n")],
      [0, [
        "Attempt 1",
        "  bash echo wrong > answer",
        "Attempt 2",
        "  bash echo right > answer",
        "It passes (0.08 dollars)",
      ]],
      err,
    );
  },
);

example(
  "extract.ts",
  ({ prompt, messages }) =>
    structured({
      number: "R-1",
      customer: "Ada",
      total: 12.5,
      currency: JSON.stringify(messages).includes("bad") && !/EUR/.test(prompt) ? "euros" : "EUR",
    }),
  async ({ run, directory }, file) => {
    await Deno.writeTextFile(join(directory, "good.txt"), "R-1, Ada, 12.50 EUR");
    await Deno.writeTextFile(join(directory, "bad.txt"), "bad");
    const { code, out, err } = await run(file, ["good.txt", "bad.txt"]);
    assertEquals(JSON.parse(out), {
      file: "good.txt",
      number: "R-1",
      customer: "Ada",
      total: 12.5,
      currency: "EUR",
    });
    assertStringIncludes(err, "bad.txt: /currency");
    assertEquals(code, 1);
  },
);

example("bot.ts", ({ messages, prompt }) => {
  const before = messages.filter(({ role }) => role === "user").length - 1;
  return prompt.includes("fail") ? { status: 400 } : `${prompt} (after ${before})`;
}, async ({ run }, file) => {
  const { code, out, err } = await run(file, [], "dev one\nops two\n\ndev three\nops fail\n");
  assertEquals(code, 0, err);
  const lines = out.trim().split("\n");
  assertEquals(lines.filter((line) => line.startsWith("#dev")), [
    "#dev: one (after 0)",
    "#dev: three (after 1)",
  ]);
  const [first, second = ""] = lines.filter((line) => line.startsWith("#ops"));
  assertEquals(first, "#ops: two (after 0)");
  assertStringIncludes(second, "#ops: Sorry, that failed");
});

example("batch.ts", ({ system }) => {
  const [, name] = /Working directory: \S+\/(\w+)/i.exec(system) ?? [];
  return name === "two" ? { status: 400 } : `Licence of ${name}`;
}, async ({ run, directory }, file) => {
  for (const name of ["one", "two", "three"]) {
    await Deno.mkdir(join(directory, name));
    await Deno.copyFile(join(directory, "opencode.json"), join(directory, name, "opencode.json"));
  }
  const { code, out, err } = await run(file, ["Which licence?", "one", "two", "three"]);
  assertEquals(code, 0, err);
  const [one, two = "", three] = out.trim().split("\n");
  assertEquals(one, "one: Licence of one (0.02 dollars)");
  assertStringIncludes(two, "two: failed: ");
  assertEquals(three, "three: Licence of three (0.02 dollars)");
});

example(
  "evaluate.ts",
  ({ system, prompt }) => {
    const word = prompt.includes("France") ? "Paris" : "42";
    return system.includes("one word") ? word : `It is ${word}.`;
  },
  async ({ run, directory }, file) => {
    const expected = "plain: 0 of 2\nstrict: 2 of 2";
    succeeded(await run(file, ["--record"]), expected);
    // the model is not there any more
    await Deno.remove(join(directory, "opencode.json"));
    succeeded(await run(file), expected);
  },
);

/** The address in a line. */
function address(line: string): string {
  const [url] = /http:\/\/[\d.:]+/.exec(line) ?? [];
  assert(url, line);
  return url;
}

example("http_stream.ts", [
  { text: ["Old ", "pond"] },
  { status: 400 },
], async (world, file) => {
  await world.serving(file, async (line) => {
    const url = address(line);
    const ask = async () => await (await fetch(url, { method: "POST", body: "A haiku" })).text();
    assertEquals(
      await ask(),
      'event: text\ndata: "Old "\n\nevent: text\ndata: "pond"\n\nevent: done\ndata: {"cost":0.02}\n\n',
    );
    assertStringIncludes(await ask(), "event: failed\n");
    const other = await fetch(url);
    assertEquals([other.status, await other.text()], [405, "POST a prompt"]);
  }, ["0"]);
});

example("tool_server.ts", [], async (world, file) => {
  await world.serving(file, async (line) => {
    const { url, headers } = JSON.parse(line).mcp.stock;
    const call = async (article: string) => {
      const response = await fetch(url, {
        method: "POST",
        headers: {
          ...headers,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
        },
        body: JSON.stringify({
          jsonrpc: "2.0",
          id: 1,
          method: "tools/call",
          params: { name: "in_stock", arguments: { article } },
        }),
      });
      return await response.text();
    };
    assertStringIncludes(await call("apples"), "12 apples");
    assertStringIncludes(await call("plums"), "No such article; there are apples,pears");
  });
});

example(
  "plan.ts",
  ({ prompt, toolNames }) =>
    prompt.startsWith("Carry out")
      ? `Done, with ${toolNames.includes("bash") ? "all tools" : "few tools"}`
      : prompt.includes("shorter")
      ? "Plan: a flag"
      : "Plan: add a flag, test it",
  async ({ run }, file) => {
    const changed = await run(file, ["Add a flag"], "make it shorter\ny\n");
    succeeded(changed, "Plan: add a flag, test it\nPlan: a flag\nDone, with all tools");
    succeeded(await run(file, ["Add a flag"], "n\n"), "Plan: add a flag, test it");
  },
);

example("subagents.ts", (request: ModelRequest) => {
  if (request.prompt.startsWith("Look into")) return "Errors are classes";
  if (request.toolResults.length > 0) return "They are classes";
  return {
    toolCalls: [{
      name: "task",
      input: {
        description: "errors",
        prompt: "Look into the errors",
        subagent_type: "general",
      },
    }],
  };
}, async ({ run }, file) => {
  const { code, out, err } = await run(file, ["How are errors handled?"]);
  assertEquals(code, 0, err);
  const lines = out.trim().split("\n");
  assertEquals(lines.slice(-2), ["They are classes", "3 rounds of the model in 2 sessions"]);
  assertEquals(lines.filter((line) => line === "main: task").length, 1, out);
  assertEquals(lines.filter((line) => /errors.*: (?:started|finished)$/.test(line)).length, 2, out);
});

example("costs.ts", ["one", "two"], async ({ run, directory }, file) => {
  const asks = join(directory, "asks.ts");
  await Deno.writeTextFile(
    asks,
    `import { Opencode } from "@x/opencode";
     await using ai = new Opencode();
     const session = await ai.createSession({ title: "twice" });
     await session.ask("one");
     await session.ask("two");
     await ai.createSession({ title: "never" });`,
  );
  assertEquals((await run(asks)).code, 0);
  const { out, err } = await run(file);
  assertEquals(out.trimEnd().split("\n"), [
    "dollars     in    out  title",
    "   0.04     20     10  twice",
    "   0.00      0      0  never",
    "   0.04 in 2 sessions",
  ], err);
});

example("page.ts", [], async (world, file) => {
  await world.serving(file, async (line) => {
    const url = address(line);
    assertEquals(await (await fetch(url)).text(), "My own page");
    const refused = await fetch(`${url}/agent/`);
    await refused.body?.cancel();
    assertEquals(refused.status, 401);
    const login = await fetch(`${url}/agent-login`, { redirect: "manual" });
    await login.body?.cancel();
    const entered = await fetch(new URL(login.headers.get("location")!, url), {
      redirect: "manual",
    });
    await entered.body?.cancel();
    const cookie = entered.headers.get("set-cookie")!.split(";")[0]!;
    const page = await fetch(`${url}/agent/`, { headers: { cookie } });
    assertStringIncludes(await page.text(), "<!doctype html>");
  }, ["0"]);
});
