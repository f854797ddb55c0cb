/** A budget that two processes share by its name, each with a real server of its own. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { resolveBinary } from "../../src/binary/locate.ts";
import { Ledger } from "../../src/budget/ledger.ts";
import { BudgetExceededError } from "../../src/errors.ts";
import { scriptedModel } from "../../src/testing/model.ts";

/** How many tokens each step takes, and in which round the bound is reached. */
const STEP = 10;
const ROUND = 3;

/** How many sessions; `OPENCODE_TEST_LONG=1` takes 64, which take about a minute. */
const SESSIONS = Deno.env.get("OPENCODE_TEST_LONG") === "1" ? 64 : 8;

/**
 * Answers each round when all sessions have asked for it. Those that were stopped never ask: the
 * others get their answer after 5 s, and go on where the budget does not stop them.
 */
function inRounds(sessions: number) {
  const asked = new Map<string, number>();
  const rounds: {
    count: number;
    gate: PromiseWithResolvers<void>;
    timer?: ReturnType<typeof setTimeout>;
  }[] = [];
  const until = (id: string) => {
    const at = asked.get(id) ?? 0;
    asked.set(id, at + 1);
    const round = rounds[at] ??= { count: 0, gate: Promise.withResolvers<void>() };
    round.timer ??= setTimeout(round.gate.resolve, at === 0 ? 60_000 : 5_000);
    if (++round.count === sessions) round.gate.resolve();
    return { round: at + 1, gate: round.gate.promise };
  };
  return { asked, until, close: () => rounds.forEach(({ timer }) => clearTimeout(timer)) };
}

Deno.test(`${SESSIONS} sessions of two processes overshoot by one step each at most`, async () => {
  const directory = await Deno.makeTempDir({ prefix: "budget-test-" });
  const { path } = await resolveBinary();
  // the bound is in the middle of a round
  const bound = (ROUND - 0.5) * SESSIONS * STEP;
  const rounds = inRounds(SESSIONS);
  await using model = await scriptedModel((request) => {
    const { round, gate } = rounds.until(request.sessionId!);
    const usage = { input: STEP, output: 0 };
    if (round > 4 * ROUND) return { text: "the budget did not hold", usage };
    const toolCall = { name: "todowrite", input: { todos: [] } };
    return { parts: [{ until: gate }, { toolCall }], usage };
  });
  const children = await Promise.all([0, 1].map(async () =>
    new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--quiet", ...await stdArgs()],
        "tests/fixtures/programs/budget_agent.ts",
        ...[JSON.stringify(model.config), `${bound}`, `${SESSIONS / 2}`],
      ],
      env: { XDG_CACHE_HOME: directory, OPENCODE_BIN: path },
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn()
  ));
  const outputs = children.map(({ stdout }) =>
    stdout.pipeThrough(new TextDecoderStream()).getReader()
  );
  try {
    // both are up before either begins
    for (const output of outputs) {
      assertEquals((await output.read()).value?.trim(), '{"ready":true}');
    }
    await Promise.all(children.map(async ({ stdin }) => {
      const writer = stdin.getWriter();
      await writer.write(new Uint8Array([10]));
      await writer.close();
    }));
    const said = await Promise.all(outputs.map(async (output) => {
      let text = "";
      for (let read = await output.read(); !read.done; read = await output.read()) {
        text += read.value;
      }
      return JSON.parse(text) as { errors: string[]; spent: number };
    }));
    for (const { errors } of said) {
      assertEquals(errors, Array(SESSIONS / 2).fill("BudgetExceededError"));
    }
    // every session had its part, and none went on for long
    assertEquals(rounds.asked.size, SESSIONS);
    const most = Math.max(...rounds.asked.values());
    assert(most <= ROUND + 2, `a session asked ${most} times`);
    const third = new Ledger(
      { tokens: bound, name: "shared" },
      () => `${directory}/opencode-ts`,
      () => {},
    );
    await assertRejects(() => third.account(() => {}).open(), BudgetExceededError);
    const { tokens, turns } = third.spent;
    assert(tokens > bound && tokens <= bound + SESSIONS * STEP, `${tokens} of ${bound} tokens`);
    assertEquals(turns, SESSIONS);
    assertEquals(Math.max(...said.map(({ spent }) => spent)), tokens);
  } finally {
    rounds.close();
    for (const child of children) {
      try {
        child.kill("SIGTERM"); // it stops its server
      } catch { /* it has ended */ }
      await child.status;
    }
    for (const output of outputs) await output.cancel();
    await Deno.remove(directory, { recursive: true });
  }
});
