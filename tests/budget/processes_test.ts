/** A budget that two processes share by its name. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { Ledger } from "../../src/budget/ledger.ts";
import { BudgetExceededError } from "../../src/errors.ts";

interface Said {
  ready?: true;
  near?: number;
  warning?: string;
  stopped?: string;
  spent?: number;
}

Deno.test("two processes with the same name share a budget, and each is told once at 80 %", async () => {
  const directory = await Deno.makeTempDir({ prefix: "budget-test-" });
  const [bound, turns] = [4000, 32];
  const children = await Promise.all([0, 1].map(async () =>
    new Deno.Command(Deno.execPath(), {
      args: [
        ...["run", "-A", "--no-check", "--quiet", ...await stdArgs()],
        ...["tests/fixtures/programs/spender.ts", directory, `${bound}`, `${turns}`],
      ],
      stdin: "piped",
      stdout: "piped",
      stderr: "inherit",
    }).spawn()
  ));
  try {
    const outputs = children.map(({ stdout }) =>
      stdout.pipeThrough(new TextDecoderStream()).getReader()
    );
    // both are up before either begins
    const begun = await Promise.all(outputs.map((output) => output.read()));
    await Promise.all(children.map(async ({ stdin }) => {
      const writer = stdin.getWriter();
      await writer.write(new Uint8Array([10]));
      await writer.close();
    }));
    const said = await Promise.all(outputs.map(async (output, at) => {
      let text = begun[at]!.value ?? "";
      for (;;) {
        const { value, done } = await output.read();
        if (done) break;
        text += value;
      }
      return text.trim().split("\n").map((line) => JSON.parse(line) as Said);
    }));
    assertEquals(
      (await Promise.all(children.map(({ status }) => status))).map(({ code }) => code),
      [0, 0],
    );
    for (const lines of said) {
      const stopped = lines.flatMap(({ stopped }) => stopped ?? []);
      assertEquals(stopped, Array(turns).fill("BudgetExceededError"));
      const near = lines.flatMap(({ near }) => near ?? []);
      assertEquals(near.length, 1);
      assert(near[0]! >= bound * 0.8, `${near} tokens`);
      const warnings = lines.flatMap(({ warning }) => warning ?? []);
      assertEquals(warnings.length, 1);
      assert(warnings[0]!.startsWith("The budget is nearly spent"), warnings[0]);
    }
    // all that was spent by both, a few late steps for each turn; without sharing it were 8000
    const third = new Ledger({ tokens: bound, name: "shared" }, () => directory, () => {});
    await assertRejects(() => third.account(() => {}).open(), BudgetExceededError);
    const { tokens, turns: begunTurns } = third.spent;
    assert(tokens > bound && tokens <= bound + 4 * 2 * turns * 10, `${tokens} tokens`);
    assertEquals(begunTurns, 2 * turns);
    const last = said.map((lines) => Math.max(...lines.map(({ spent = 0 }) => spent)));
    assertEquals(Math.max(...last), tokens);
  } finally {
    for (const child of children) {
      try {
        child.kill("SIGKILL");
      } catch { /* it has ended */ }
      await child.status;
    }
    await Deno.remove(directory, { recursive: true });
  }
});
