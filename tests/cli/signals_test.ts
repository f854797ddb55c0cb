import { assert, assertEquals } from "@std/assert";
import { host } from "../../src/runtime/host.ts";
import type { SignalName } from "../../src/runtime/port.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";
import { type Running, world } from "./command.ts";

/** Waits until the answer begins; a run that ends before is a failure that says why. */
async function answered(running: Running, text: string): Promise<void> {
  let ended = "";
  running.done.then(({ code, err }) => ended = `ended with ${code}: ${err}`);
  await until(() => running.written().out.includes(text) || ended !== "", "the answer", 60_000);
  assertEquals(ended, "");
}

const cases: [SignalName, number][] = [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
  ["SIGKILL", 137],
];

for (const [signal, code] of cases) {
  test(`the command line killed by ${signal} in mid-stream leaves no server behind`, async () => {
    const never = new Promise(() => {});
    await using here = await world([{ parts: [{ text: "half " }, { until: never }] }]);
    const running = await here.start(["go"]);
    await answered(running, "half");
    assertEquals((await here.servers()).length, 1);
    running.child.kill(signal);
    const run = await running.done;
    assertEquals([run.code, run.out], [code, "half "], run.err);
    await until(async () => (await here.servers()).length === 0, "the server is gone");
  });
}

test("the second Ctrl-C leaves at once, also where the server does not answer", async () => {
  const never = new Promise(() => {});
  await using here = await world(() => ({ parts: [{ text: "half " }, { until: never }] }));
  const leaves = async (presses: number) => {
    const running = await here.start(["go"]);
    await answered(running, "half");
    const [server] = await here.servers();
    const stop = await host().spawn("kill", {
      args: ["-STOP", String(server)],
      stdout: "null",
      stderr: "null",
    });
    await stop.status;
    const began = Date.now();
    let code: number | undefined;
    let pressed = 0;
    running.done.then((run) => code = run.code);
    await until(() => {
      // two that come at once may be one
      if (code === undefined && pressed++ < presses) running.child.kill("SIGINT");
      return code !== undefined;
    }, "the program ends");
    assertEquals(code, 130);
    const took = Date.now() - began;
    await until(async () => (await here.servers()).length === 0, "the server is gone");
    return took;
  };
  // the first alone waits for the server, for seconds
  const [once, often] = [await leaves(1), await leaves(Infinity)];
  assert(often < once, `${often} ms, and with one Ctrl-C ${once} ms`);
});

test("the command line killed while its server starts leaves none behind", async () => {
  await using here = await world([]);
  const running = await here.start(["go"]);
  await until(async () => (await here.servers()).length > 0, "the server starts", 60_000);
  running.child.kill("SIGKILL");
  await running.done;
  await until(async () => (await here.servers()).length === 0, "the server is gone");
});

test("the command line ends where nobody reads its output", async () => {
  await using here = await world([{ text: Array(500).fill("word "), chunkDelay: 20 }]);
  const running = await here.start(["go"]);
  await answered(running, "word");
  running.hangUp();
  const { code, err } = await running.done;
  assertEquals([code, err], [141, ""]);
  assertEquals(await here.servers(), []);
});
