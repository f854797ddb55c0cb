/** Stopping: servers that don't listen, fork, die, and what is left of them. */
import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { ServerExitedError } from "../../src/errors.ts";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import type { ExitStatus } from "../../src/runtime/port.ts";
import { basicAuth } from "../../src/server/call.ts";
import { createOpencodeServer, type OpencodeServer } from "../../src/server/mod.ts";
import type { ServerOptions } from "../../src/server/mod.ts";
import {
  fakeProgram,
  processesOf,
  processesWith,
  readLog,
  until,
  withTempDir,
} from "./fixtures.ts";

async function start(
  fake: string,
  run: (server: OpencodeServer, log: string) => Promise<void>,
  options: ServerOptions = {},
): Promise<void> {
  await withTempDir(async (dir) => {
    const log = `${dir}/log`;
    const server = await createOpencodeServer({
      binary: fakeProgram(),
      cacheDirectory: `${dir}/cache`,
      env: { FAKE: fake, FAKE_LOG: log },
      ...options,
    });
    try {
      await run(server, log);
    } finally {
      await server.close();
      assertEquals(await processesOf(server.mark), []);
      assertEquals(server.running, false);
    }
  });
}

async function get(server: OpencodeServer, path: string, method = "GET"): Promise<void> {
  const headers = { authorization: basicAuth(server.username, server.password) };
  const response = await fetch(server.url + path, { headers, method });
  await response.body?.cancel();
}

/** Waits for a server to end; `exited` alone does not keep this process alive. */
async function end(server: OpencodeServer): Promise<ExitStatus> {
  let status: ExitStatus | undefined;
  server.exited.then((it) => status = it);
  await until(() => status !== undefined, "the server ended", 10_000);
  return status!;
}

test("close ends the server by the first signal, and every call gives the same promise", () =>
  start("", async (server, log) => {
    const closing = server.close();
    assertEquals(server.close(), closing);
    await closing;
    assertEquals((await server.exited).signal, "SIGKILL"); // which this one sends to itself
    const signals = (await readLog(log)).flatMap(({ signal }) => signal ?? []);
    assertEquals(signals, ["SIGTERM"]);
  }));

test("close repeats SIGTERM when the first is swallowed", () =>
  start("swallow-term", async (server, log) => {
    await server.close();
    const signals = (await readLog(log)).filter((entry) => entry.signal !== undefined);
    assertEquals(signals.length, 2);
  }));

test("close kills within its bound when the server ignores SIGTERM", () =>
  start("ignore-term", async (server) => {
    const started = Date.now();
    await server.close();
    assert(Date.now() - started < 10_000);
    assertEquals((await server.exited).signal, "SIGKILL");
  }));

test("close kills within 5 s when the server is stopped (SIGSTOP)", () =>
  start("", async (server) => {
    const child = await host().spawn("sh", { args: ["-c", `kill -STOP ${server.pid}`] });
    await child.status;
    for (const pipe of [child.stdout, child.stderr]) await pipe!.cancel();
    const started = Date.now();
    await server.close();
    assert(Date.now() - started < 10_000, `${Date.now() - started} ms`);
    assertEquals((await server.exited).signal, "SIGKILL");
  }));

test("nothing is sent to a server's port once its end is known", () =>
  start("", async (server) => {
    const { lifetime, url } = server;
    server.assertRunning();
    assertEquals(lifetime.aborted, false);
    host().platform.kill(server.pid, "SIGKILL");
    await until(() => lifetime.aborted, "its end is known");
    assertEquals(server.running, false);
    assertEquals((lifetime.reason as Error).name, "ServerExitedError");
    assertMatch((lifetime.reason as Error).message, /exited on SIGKILL/);
    assertThrows(() => server.assertRunning(), ServerExitedError, "exited on SIGKILL");
    // the port may be another program's before all is cleaned up
    const seen: string[] = [];
    const { port } = new URL(url);
    const other = await host().serve((request) => {
      seen.push(request.url);
      return Response.json({});
    }, { port: Number(port) });
    await server.close();
    await end(server);
    await other.close();
    assertEquals(seen, []);
  }));

test("close ends what the server started, in groups of their own too", () =>
  start("fork", async (server, log) => {
    const child = (await readLog(log)).find((entry) => entry.child !== undefined)!.child as number;
    assertEquals(host().platform.isAlive(child), true);
    await server.close();
    await until(async () => !(await processesOf(server.mark)).includes(child), "the child is gone");
  }));

test("close aborts busy sessions first, in its own directory and those named", () =>
  start("busy", async (server, log) => {
    await server.close({ directories: ["/elsewhere"] });
    const calls = (await readLog(log)).filter((entry) => entry.path !== "/config");
    const seen = calls.filter((entry) => entry.method === "POST")
      .map(({ path, directory }) => `${path} ${directory}`).sort();
    assertEquals(
      seen,
      [
        "/session/ses_1/abort /elsewhere",
        `/session/ses_1/abort ${server.directory}`,
        "/session/ses_2/abort /elsewhere",
        `/session/ses_2/abort ${server.directory}`,
      ].sort(),
    );
    assertMatch(JSON.stringify(calls.at(-1)), /SIGTERM/);
  }));

test("close does not wait for sessions when the server no longer answers", () =>
  start("hang-status", async (server) => {
    const started = Date.now();
    await server.close();
    assert(Date.now() - started < 10_000);
  }));

test("exited resolves, and nothing is left, when the server dies by itself", () =>
  start("fork", async (server) => {
    await get(server, "/die").catch(() => {});
    const status = await end(server);
    assertEquals(status, { success: false, code: 3, signal: null });
    assertEquals(server.running, false);
    assertEquals(await processesOf(server.mark), []);
    const error = server.exitError();
    assertEquals([error.exitCode, error.name], [3, "ServerExitedError"]);
    assertMatch(error.message, /exited with code 3: opencode server listening/);
    await server.close();
  }));

test("Symbol.asyncDispose closes the server", () =>
  start("", async (server) => {
    await server[Symbol.asyncDispose]();
    assertEquals(server.running, false);
  }));

test("restart starts the server again on the same address when it dies", async () => {
  let restarts = 0;
  await start("", async (server) => {
    const { url, pid } = server;
    await get(server, "/die").catch(() => {});
    await until(() => server.running && server.pid !== pid, "it runs again", 10_000);
    assertEquals([server.url, restarts], [url, 1]);
    await get(server, "/config");
    const mark = server.mark;
    await server.close();
    assertEquals(await processesOf(mark), []);
  }, { restart: true, onRestart: (attempt) => restarts = attempt });
});

test("restart sends no prompt again when the server dies", () =>
  start("", async (server, log) => {
    const { pid } = server;
    await get(server, "/session/ses_1/prompt_async", "POST");
    await get(server, "/die").catch(() => {});
    await until(() => server.running && server.pid !== pid, "it runs again", 10_000);
    await get(server, "/config");
    const calls = await readLog(log);
    assertEquals(calls.filter(({ path }) => String(path).endsWith("/prompt_async")).length, 1);
    assertEquals(calls.at(-1)!.path, "/config"); // of the server that runs now
  }, { restart: true }));

test("restart starts the server again when it no longer answers", () =>
  withTempDir((dir) =>
    start("", async (server) => {
      const { pid } = server;
      await get(server, "/deaf");
      await until(() => server.running && server.pid !== pid, "it runs again", 30_000);
    }, { restart: { max: 2 }, healthInterval: 100, cacheDirectory: dir })
  ));

for (const ms of [0, 520, 600, 700]) {
  test(`close ends a restart that goes on for ${ms} ms`, async () => {
    const tag = crypto.randomUUID();
    await start("", async (server) => {
      host().platform.kill(server.pid, "SIGKILL");
      await until(() => !server.running, "it ended");
      await new Promise((resolve) => setTimeout(resolve, ms));
      await server.close();
      assertEquals(await processesWith("FAKE_TAG", tag), []);
    }, { restart: true, env: { FAKE_TAG: tag } });
  });
}

test("exited resolves when a restarted server fails too often", () =>
  withTempDir((dir) =>
    start("", async (server) => {
      const { pid } = server;
      host().platform.kill(pid, "SIGKILL");
      await until(() => server.running && server.pid !== pid, "it runs again", 10_000);
      host().platform.kill(server.pid, "SIGKILL");
      assertEquals((await end(server)).signal, "SIGKILL");
    }, { restart: { max: 1 }, cacheDirectory: dir })
  ));
