import { assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { AsyncQueue } from "../../src/async/queue.ts";

test("AsyncQueue gives what was pushed in order when read before, after and between", async () => {
  const queue = new AsyncQueue<number>();
  const early = [queue.next(), queue.next()];
  for (let i = 0; i < 5; i++) queue.push(i);
  assertEquals(await Promise.all(early), [{ value: 0, done: false }, { value: 1, done: false }]);
  assertEquals(queue.size, 3);
  queue.end();
  queue.push(9);
  const rest: number[] = [];
  for await (const item of queue) rest.push(item);
  assertEquals(rest, [2, 3, 4]);
  assertEquals(await queue.next(), { value: undefined, done: true });
});

test("AsyncQueue ends readers that wait when it ends", async () => {
  const queue = new AsyncQueue<number>();
  const waiting = [queue.next(), queue.next()];
  queue.end();
  const over = { value: undefined, done: true } as const;
  assertEquals(await Promise.all(waiting), [over, over]);
  assertEquals(queue.ended, true);
});

test("AsyncQueue throws its failure once, after what is queued", async () => {
  const queue = new AsyncQueue<number>();
  queue.push(1);
  queue.fail(new RangeError("broken"));
  queue.fail(new TypeError("later"));
  assertEquals((await queue.next()).value, 1);
  await assertRejects(() => queue.next(), RangeError, "broken");
  assertEquals((await queue.next()).done, true);
});

test("AsyncQueue rejects one reader that waits and ends the others when it fails", async () => {
  const queue = new AsyncQueue<number>();
  const [first, second] = [queue.next(), queue.next()];
  queue.fail(new RangeError("broken"));
  await assertRejects(() => first, RangeError);
  assertEquals((await second).done, true);
});

test("AsyncQueue calls onReturn once when its reader leaves early", async () => {
  let left = 0;
  const queue = new AsyncQueue<number>({ onReturn: () => void left++ });
  queue.push(1);
  queue.push(2);
  for await (const item of queue) {
    assertEquals(item, 1);
    break;
  }
  await queue.return();
  assertEquals([left, queue.size, queue.ended], [1, 0, true]);
  assertEquals((await queue.next()).done, true);
});

test("AsyncQueue does not call onReturn when it is read to its end", async () => {
  let left = 0;
  const queue = new AsyncQueue<number>({ onReturn: () => void left++ });
  queue.push(1);
  queue.end();
  for await (const _ of queue);
  assertEquals(left, 0);
});

test("AsyncQueue merges what waits with what comes when told how", async () => {
  const queue = new AsyncQueue<string>({
    merge: (last, next) => next === "|" || last === "|" ? undefined : last + next,
  });
  const reader = queue.next();
  for (const text of ["a", "b", "c", "|", "d", "e"]) queue.push(text);
  queue.end();
  const seen = [(await reader).value];
  for await (const text of queue) seen.push(text);
  assertEquals(seen, ["a", "bc", "|", "de"]);
});

test("AsyncQueue keeps order and time linear when very many items wait", async () => {
  const queue = new AsyncQueue<number>();
  const many = 300_000;
  for (let i = 0; i < many; i++) queue.push(i);
  for (let i = 0; i < many; i++) {
    const { value } = await queue.next();
    if (value !== i) throw new Error(`${value} in place of ${i}`);
    if (i % 3 === 0) queue.push(many + i / 3);
  }
  assertEquals(queue.size, many / 3);
  assertEquals((await queue.next()).value, many);
});
