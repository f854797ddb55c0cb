/** Terminals over WebSockets; Node has them from 22 on. */
import { assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { withAgent } from "../agent.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import { APIConnectionError, APITimeoutError, OpencodeError } from "../../src/errors.ts";
import { countingSignal, freePort, serving } from "../http/serve.ts";

const has = "WebSocket" in globalThis;

test("pty.connect opens a terminal that echoes, with a ticket for the password", async () => {
  await withAgent([], async ({ ai: { client } }) => {
    for (const group of [client.pty, client.v2.pty]) {
      const made = await group.create({ command: "cat" });
      const { id: ptyID } = "data" in made ? made.data : made;
      if (!has) {
        await assertRejects(() => group.connect({ ptyID }), OpencodeError, "WebSocket");
      } else {
        const socket = await group.connect({ ptyID });
        const closed = new Promise((resolve) => socket.addEventListener("close", resolve));
        const echo = new Promise<void>((resolve) => {
          let seen = "";
          socket.addEventListener("message", ({ data }) => {
            if (typeof data === "string") seen += data;
            if (seen.includes("hi there")) resolve();
          });
        });
        socket.send("hi there\n");
        await echo;
        socket.close();
        await closed;
      }
      await group.remove({ ptyID });
    }
  });
});

test("pty.connect fails with typed errors, within its bound, and keeps no listener", async () => {
  if (!has) return;
  const { signal, listeners } = countingSignal();
  const refused = new OpencodeClient({
    baseUrl: `http://127.0.0.1:${await freePort()}`,
    env: {},
  });
  await assertRejects(
    () => refused.pty.connect({ ptyID: "pty_1" }, { signal }),
    APIConnectionError,
  );
  await serving(() => new Promise<Response>(() => {}), async (baseUrl) => {
    const silent = new OpencodeClient({ baseUrl, env: {} });
    await assertRejects(
      () => silent.pty.connect({ ptyID: "pty_1" }, { signal, timeout: 150 }),
      APITimeoutError,
      "150 ms",
    );
  });
  assertEquals(listeners(), 0);
});
