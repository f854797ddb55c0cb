import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { withExecutor } from "./support.ts";

test("the executor listens to its own signal once, however many calls run", async () => {
  const { signal } = new AbortController();
  let [listeners, most] = [0, 0];
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...args: Parameters<typeof addEventListener>) => {
    most = Math.max(most, ++listeners);
    addEventListener.apply(signal, args);
  };
  signal.removeEventListener = (...args: Parameters<typeof removeEventListener>) => {
    listeners--;
    removeEventListener.apply(signal, args);
  };
  await withExecutor({ signal }, async (executor) => {
    await Promise.all(Array.from({ length: 20 }, () => executor.execute("glob", { pattern: "*" })));
    assertEquals([listeners, most], [0, 1]);
  });
});
