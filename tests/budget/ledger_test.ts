/** Ledgers: what is counted, shared and kept, and when accounts are stopped. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { Ledger } from "../../src/budget/ledger.ts";
import { BudgetExceededError, InvalidArgumentError, OpencodeError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { test } from "../harness.ts";

const usage = { input: 0, output: 0, reasoning: 0, cacheWrite: 0 };

async function inDirectory(run: (directory: string) => Promise<void>): Promise<void> {
  const { files } = host();
  const directory = await files.makeTempDir({ prefix: "budget-test-" });
  try {
    await run(directory);
  } finally {
    await files.remove(directory, { recursive: true });
  }
}

for (const name of [undefined, "shared"]) {
  test(`64 turns of two ledgers overshoot by one step each at most, name ${name}`, () =>
    inDirectory(async (directory) => {
      const make = () =>
        new Ledger({ tokens: 1000, ...name && { name } }, () => directory, () => {});
      const one = make();
      // without a name there is nothing to share
      const ledgers = [one, name ? make() : one];
      let over = 0;
      const turn = async (at: number) => {
        let stopped: unknown;
        const account = ledgers[at % 2]!.account((error) => stopped ??= error);
        await account.open();
        for (let step = 1; stopped === undefined; step++) {
          account.took({ usage: { ...usage, output: step * 10 }, cost: 0 });
          // a step of a model takes its time, in which others' sums arrive
          await new Promise((resolve) => setTimeout(resolve, 50));
        }
        assert(stopped instanceof BudgetExceededError);
        over++;
        await account.close();
      };
      await Promise.all(Array.from({ length: 64 }, (_, at) => turn(at)));
      assertEquals(over, 64);
      const { spent } = make();
      assertEquals(spent.tokens, 0); // as long as it has not looked
      const { tokens } = ledgers[0]!.spent;
      assert(tokens > 1000 && tokens <= 1000 + 64 * 10, `${tokens} tokens`);
      await assertRejects(() => ledgers[1]!.account(() => {}).open(), BudgetExceededError);
      // a new process goes on counting
      if (name) await assertRejects(() => make().account(() => {}).open(), BudgetExceededError);
    }));
}

test("a ledger counts turns and minutes, warns once near the end, and survives a line cut short", () =>
  inDirectory(async (directory) => {
    const near: number[] = [];
    const budget = {
      turns: 5,
      name: "n",
      onNearEnd: ({ turns }: { turns: number }) => near.push(turns),
    };
    const make = () => new Ledger(budget, () => directory, () => {});
    for (let turn = 0; turn < 5; turn++) {
      const account = make().account(() => {});
      await account.open();
      await account.close();
      await host().files.writeText(`${directory}/budgets/n.jsonl`, '{"turns":7', { append: true });
    }
    assertEquals(near, [4, 5]); // by two ledgers, one for each process in life
    await assertRejects(() => make().account(() => {}).open(), BudgetExceededError, "5 of 5 turns");
    const short = new Ledger({ minutes: 0.001 }, () => directory, () => {});
    const error = await new Promise((resolve) => void short.account(resolve).open());
    assert(error instanceof BudgetExceededError);
  }));

test("what is spent after the ledger's file was removed counts all the same", () =>
  inDirectory(async (directory) => {
    const ledger = new Ledger({ tokens: 100, name: "n" }, () => directory, () => {});
    const spend = async (output: number) => {
      const account = ledger.account(() => {});
      await account.open();
      account.took({ usage: { ...usage, output }, cost: 0 });
      await account.close();
    };
    for (let turn = 0; turn < 3; turn++) await spend(20);
    await host().files.remove(`${directory}/budgets/n.jsonl`);
    await spend(30);
    assertEquals(ledger.spent.tokens, 90);
    await spend(10);
    assertEquals(ledger.spent.tokens, 100);
    await assertRejects(() => spend(1), BudgetExceededError);
  }));

test("damaged lines of a ledger's file lift no bound, and are told once", () =>
  inDirectory(async (directory) => {
    const { files } = host();
    await files.makeDir(`${directory}/budgets`);
    const path = `${directory}/budgets/n.jsonl`;
    await files.writeText(
      path,
      '\0\0garbage\nnull\n[]\n{"tokens":-1000}\n{"tokens":"x"}\n{"tokens":1e999}\n{"tokens":60}\n',
    );
    const warnings: string[] = [];
    const ledger = new Ledger(
      { tokens: 100, name: "n" },
      () => directory,
      (warning) => warnings.push(warning),
    );
    const spend = async () => {
      const account = ledger.account(() => {});
      await account.open();
      account.took({ usage: { ...usage, output: 20 }, cost: 0 });
      await account.close();
      await files.writeText(path, "more\n", { append: true });
    };
    await spend();
    assertEquals(ledger.spent.tokens, 80);
    await spend();
    await assertRejects(spend, BudgetExceededError, "100 of 100 tokens");
    assertEquals(warnings.filter((one) => one.includes("damaged")), [
      `The budget's file ${path} has damaged lines: what they counted is not known`,
    ]);
  }));

test("where a ledger can't keep count no turn begins, and those that run end", () =>
  inDirectory(async (directory) => {
    const { files } = host();
    const make = () => new Ledger({ tokens: 100, name: "n" }, () => directory, () => {});
    const refused = async (ledger: Ledger) => {
      const error = await assertRejects(
        () => ledger.account(() => {}).open(),
        OpencodeError,
        "so no turn can run",
      );
      assert(error.message.includes("n.jsonl"), error.message);
    };
    // a file in the directory's place
    await files.writeText(`${directory}/budgets`, "");
    await refused(make());
    await files.remove(`${directory}/budgets`);
    // a directory in the file's place, while a turn runs
    const ledger = make();
    const ended = Promise.withResolvers<Error>();
    const account = ledger.account(ended.resolve);
    await account.open();
    const other = ledger.account(() => {});
    await other.open();
    await other.close(); // what was counted is written
    await files.remove(`${directory}/budgets/n.jsonl`);
    await files.makeDir(`${directory}/budgets/n.jsonl`);
    account.took({ usage: { ...usage, output: 20 }, cost: 0 });
    const error = await ended.promise;
    assert(error instanceof OpencodeError, `${error}`);
    assert(error.message.includes("so no turn can run"), error.message);
    await refused(ledger);
    await refused(make());
    // it is mended: nothing is lost
    await files.remove(`${directory}/budgets/n.jsonl`);
    await account.close();
    const third = make().account(() => {});
    await third.open();
    await third.close();
    assertEquals([ledger.spent.tokens, ledger.spent.turns], [20, 2]);
  }));

test("a clock that is set back takes no minutes from what is counted", () =>
  inDirectory(async (directory) => {
    const { now } = Date;
    const ledger = new Ledger({ minutes: 0.002 }, () => directory, () => {});
    const ended = Promise.withResolvers<Error>();
    await ledger.account(ended.resolve).open();
    let reads = 0;
    Date.now = () => now() - 3_600_000 * ++reads;
    // a ledger that believes it never ends the turn
    const timer = setTimeout(() => ended.resolve(new Error("the turn was not ended")), 20_000);
    try {
      const error = await ended.promise;
      assert(error instanceof BudgetExceededError, `${error}`);
    } finally {
      Date.now = now;
      clearTimeout(timer);
    }
  }));

test("a budget that is none is refused at once", () => {
  const make = (budget: object) => () => new Ledger(budget, () => "", () => {});
  assertThrows(make({ usd: -1 }), InvalidArgumentError, "budget.usd");
  assertThrows(make({ minutes: NaN }), InvalidArgumentError, "budget.minutes");
  assertThrows(make({ tokens: "many" }), InvalidArgumentError, "budget.tokens");
  assertThrows(make({ name: "../x" }), InvalidArgumentError, "budget.name");
});
