import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { abortable, linkSignals, sleep } from "../../src/async/abort.ts";

/** A signal that knows how many listen. */
function counted(): { controller: AbortController; listeners: () => number } {
  const controller = new AbortController();
  const { signal } = controller;
  const held = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  Object.assign(signal, {
    addEventListener(type: string, listener: () => void, options?: AddEventListenerOptions) {
      held.add(listener);
      add(type, listener, options);
      add(type, () => held.delete(listener), { once: true });
    },
    removeEventListener(type: string, listener: () => void) {
      held.delete(listener);
      remove(type, listener);
    },
  });
  return { controller, listeners: () => held.size };
}

const reason = new Error("enough");
const reasonOf = (promise: Promise<unknown>) => promise.then(() => "none", (error) => error);

test("linkSignals aborts with the reason of the first that aborts, and lets go of all", () => {
  const [a, b] = [counted(), counted()];
  const link = linkSignals([a.controller.signal, undefined, b.controller.signal]);
  assertEquals([a.listeners(), b.listeners()], [1, 1]);
  b.controller.abort(reason);
  assertEquals(link.signal.reason, reason);
  a.controller.abort(new Error("later"));
  assertEquals(link.signal.reason, reason);
  assertEquals([a.listeners(), b.listeners()], [0, 0]);
});

test("linkSignals is aborted from the start when one of them is", () => {
  const a = counted();
  const link = linkSignals([a.controller.signal, AbortSignal.abort(reason)], { timeout: 60_000 });
  assertEquals([link.signal.reason, a.listeners()], [reason, 0]);
});

test("linkSignals leaves no listener and no timer when disposed", () => {
  const a = counted();
  const link = linkSignals([a.controller.signal], { timeout: 60_000 });
  link.dispose();
  link.dispose();
  a.controller.abort(reason);
  assertEquals([link.signal.aborted, a.listeners()], [false, 0]);
});

test("linkSignals aborts with the reason given when the time is over", async () => {
  const link = linkSignals([], { timeout: 5, timeoutReason: () => reason });
  await new Promise((done) => link.signal.addEventListener("abort", done));
  assertEquals(link.signal.reason, reason);
  const plain = linkSignals([], { timeout: 5 });
  await new Promise((done) => plain.signal.addEventListener("abort", done));
  assertEquals(plain.signal.reason.name, "TimeoutError");
});

test("linkSignals never times out when the timeout is 0, undefined or Infinity", () => {
  for (const timeout of [0, undefined, Infinity]) {
    assertEquals(linkSignals([], { timeout }).signal.aborted, false);
  }
});

test("sleep rejects with the signal's reason and leaves no listener when cut short", async () => {
  const { controller, listeners } = counted();
  const waiting = reasonOf(sleep(60_000, controller.signal));
  assertEquals(listeners(), 1);
  controller.abort(reason);
  assertEquals([await waiting, listeners()], [reason, 0]);
  assertEquals(await reasonOf(sleep(1, controller.signal)), reason);
});

test("sleep leaves no listener when its time is over", async () => {
  const { controller, listeners } = counted();
  const start = performance.now();
  await sleep(20, controller.signal);
  assert(performance.now() - start >= 18);
  assertEquals(listeners(), 0);
});

test("abortable follows its promise, and leaves no listener", async () => {
  const { controller, listeners } = counted();
  assertEquals(await abortable(Promise.resolve(1), controller.signal), 1);
  await assertRejects(
    () => abortable(Promise.reject(new RangeError("no")), controller.signal),
    RangeError,
  );
  await Promise.resolve();
  assertEquals(listeners(), 0);
  assertEquals(await abortable(Promise.resolve(2), undefined), 2);
});

test("abortable rejects with the signal's reason at once, whatever becomes of the promise", async () => {
  const controller = new AbortController();
  let fail = (_: Error) => {};
  const slow = new Promise((_, reject) => fail = reject);
  const waiting = reasonOf(abortable(slow, controller.signal));
  controller.abort(reason);
  assertEquals(await waiting, reason);
  fail(new Error("too late to matter"));
  assertEquals(await reasonOf(abortable(Promise.resolve(1), controller.signal)), reason);
});
