/** Servers that are there already: asked what they are, stopped from another process. */
import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import {
  APIConnectionError,
  APIStatusError,
  APITimeoutError,
  AuthenticationError,
  InvalidArgumentError,
  UnsupportedServerError,
} from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import type { ServeHandler } from "../../src/runtime/port.ts";
import { basicAuth } from "../../src/server/call.ts";
import { checkServer, createOpencodeServer, stopServer } from "../../src/server/mod.ts";
import { fakeProgram, processesOf, readLog, withTempDir } from "./fixtures.ts";

async function served(
  handler: ServeHandler,
  run: (url: string) => Promise<void>,
): Promise<void> {
  const listener = await host().serve(handler);
  try {
    await run(`http://127.0.0.1:${listener.port}`);
  } finally {
    await listener.close();
  }
}

const health = (version: string) => () => Response.json({ healthy: true, version });

test("checkServer gives the version, with credentials of the options or of the address", () =>
  served((request) => {
    const right = request.headers.get("authorization") === basicAuth("me", "p@ss");
    return right ? health("1.17.0")() : new Response("", { status: 401 });
  }, async (url) => {
    assertEquals(await checkServer(url, { username: "me", password: "p@ss" }), {
      version: "1.17.0",
    });
    assertEquals(await checkServer(url.replace("//", "//me:p%40ss@")), { version: "1.17.0" });
    const error = await assertRejects(() => checkServer(url), AuthenticationError);
    assertMatch(error.message, /refuses these credentials/);
  }));

test("checkServer refuses another generation by its version", () =>
  served(health("2.0.1"), async (url) => {
    const error = await assertRejects(() => checkServer(url), UnsupportedServerError);
    assertEquals(error.version, "2.0.1");
    assertMatch(error.message, /uses another generation.*tested with 1\.18\.33/);
  }));

for (
  const [what, handler] of [
    ["a web page", () => new Response("<html>", { headers: { "content-type": "text/html" } })],
    ["404", () => new Response("no", { status: 404 })],
    ["JSON without a version", () => Response.json({ healthy: true })],
  ] as [string, ServeHandler][]
) {
  test(`checkServer refuses a server at once when it answers with ${what}`, () =>
    served(handler, async (url) => {
      const started = Date.now();
      await assertRejects(() => checkServer(url), UnsupportedServerError);
      assert(Date.now() - started < 20_000);
    }));
}

test("checkServer gives the status when the server fails", () =>
  served(() => new Response("", { status: 503 }), async (url) => {
    assertEquals((await assertRejects(() => checkServer(url), APIStatusError)).status, 503);
  }));

test("checkServer tries twice when the first request is never answered", async () => {
  let requests = 0;
  await served(
    () => ++requests === 1 ? new Promise(() => {}) : health("1.18.33")(),
    async (url) => {
      assertEquals((await checkServer(url, { timeout: 200 })).version, "1.18.33");
      assertEquals(requests, 2);
    },
  );
});

test("checkServer rejects within its bound when the server is silent or gone", async () => {
  let closed = "";
  await served(() => new Promise(() => {}), async (url) => {
    closed = url;
    await assertRejects(() => checkServer(url, { timeout: 100 }), APITimeoutError);
    const reason = new Error("enough");
    const controller = new AbortController();
    setTimeout(() => controller.abort(reason), 50);
    const error = await assertRejects(() => checkServer(url, { signal: controller.signal }));
    assertEquals(error, reason);
  });
  await assertRejects(() => checkServer(closed), APIConnectionError, "No server at");
  await assertRejects(() => checkServer("nonsense"), InvalidArgumentError);
});

test("stopServer stops a server that was started to persist, with all that it started", () =>
  withTempDir(async (dir) => {
    const log = `${dir}/server.log`;
    const server = await createOpencodeServer({
      binary: fakeProgram(),
      cacheDirectory: dir,
      persist: { log },
      env: { FAKE: "fork,busy", FAKE_LOG: `${dir}/log` },
    });
    try {
      const { url, pid, mark, password } = server;
      assertEquals((await checkServer(url, { password })).version, "1.18.33");
      assertMatch(await host().files.readText(log), /listening on/);
      assertEquals((await host().files.stat(log)).mode, 0o600);
      assertEquals((await processesOf(mark)).length, 2);
      assertEquals(await stopServer({ url, pid, mark, password, directories: [dir] }), true);
      assertEquals(await processesOf(mark), []);
      const calls = (await readLog(`${dir}/log`)).filter((entry) => entry.method === "POST");
      assertEquals(calls.length, 4);
      assertEquals(await stopServer({ url, pid, mark, password }), false);
    } finally {
      await server.close();
    }
  }));

test("close stops a server that was started to persist, with all that it started", () =>
  withTempDir(async (dir) => {
    const server = await createOpencodeServer({
      binary: fakeProgram(),
      cacheDirectory: dir,
      persist: { log: `${dir}/server.log` },
      env: { FAKE: "fork" },
    });
    assertMatch(server.mark, /^kept-/);
    assertEquals((await processesOf(server.mark)).length, 2);
    await server.close();
    assertEquals(await processesOf(server.mark), []);
  }));

test("stopServer leaves a process alone when it is not that server", async () => {
  const child = await host().spawn("sleep", { args: ["60"], stdout: "null", stderr: "null" });
  try {
    const stop = (mark?: string) => stopServer({ url: "http://127.0.0.1:1", pid: child.pid, mark });
    assertEquals([await stop(), await stop("another")], [false, false]);
    assertEquals(host().platform.isAlive(child.pid), true);
    assertEquals(await stopServer({ url: "http://127.0.0.1:1", pid: 0 }), false);
  } finally {
    child.kill("SIGKILL");
    await child.status;
  }
});

test("createOpencodeServer says why a persistent server did not start, and leaves none", () =>
  withTempDir(async (dir) => {
    const log = `${dir}/server.log`;
    await host().files.writeText(log, "opencode server listening on http://127.0.0.1:1\n");
    const error = await assertRejects(() =>
      createOpencodeServer({
        binary: fakeProgram(),
        cacheDirectory: dir,
        persist: { log },
        env: { FAKE: "exit" },
      })
    );
    assertMatch(String(error), /exited with code 7 before it was ready: .*no such thing/);
  }));
