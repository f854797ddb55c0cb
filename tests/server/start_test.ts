/** Starting: servers that are ready late, badly or never, and the errors that name it. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { test } from "../harness.ts";
import {
  InvalidArgumentError,
  PortInUseError,
  ServerConfigError,
  ServerStartupError,
  ServerStartupTimeoutError,
} from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { basicAuth } from "../../src/server/call.ts";
import { createOpencodeServer } from "../../src/server/mod.ts";
import type { ServerOptions } from "../../src/server/mod.ts";
import { commandLines, fakeProgram, processesWith, withTempDir } from "./fixtures.ts";

/** Starts the fixture program; whatever comes of it, nothing may be left. */
async function start(
  fake: string,
  options: ServerOptions,
  run: (server: Awaited<ReturnType<typeof createOpencodeServer>>) => Promise<void>,
): Promise<void> {
  const tag = crypto.randomUUID();
  await withTempDir(async (dir) => {
    try {
      const server = await createOpencodeServer({
        binary: fakeProgram(),
        cacheDirectory: `${dir}/cache`,
        ...options,
        env: { FAKE: fake, FAKE_TAG: tag, ...options.env },
      });
      try {
        await run(server);
      } finally {
        await server.close();
      }
    } finally {
      assertEquals(await processesWith("FAKE_TAG", tag), []);
    }
  });
}

const nothing = () => Promise.resolve();

test("createOpencodeServer gives address, port, version and credentials when it is ready", () =>
  start("", {}, async (server) => {
    assertMatch(server.url, /^http:\/\/127\.0\.0\.1:\d+$/);
    assertEquals(server.url, `http://127.0.0.1:${server.port}`);
    assertEquals([server.version, server.username, server.running], ["1.18.33", "opencode", true]);
    assertMatch(server.password, /^[\w-]{32}$/);
    const headers = { authorization: basicAuth(server.username, server.password) };
    const variables = await (await fetch(`${server.url}/env`, { headers })).json();
    assertEquals(variables.OPENCODE_SERVER_PASSWORD, server.password);
    assertEquals(variables.OPENCODE_TS_SERVER, server.mark);
    assertStringIncludes(variables.NO_PROXY, "127.0.0.1");
    const open = await fetch(`${server.url}/env`);
    await open.body?.cancel();
    assertEquals(open.status, 401);
    assertEquals(server.logs(), [`opencode server listening on ${server.url}`]);
  }));

test("createOpencodeServer puts the password on no command line", () =>
  start("", {}, async (server) => {
    const lines = await commandLines();
    const own = lines.find((line) => line.startsWith(`${server.pid}: `));
    assertMatch(own!, /serve --port 0 /);
    assertEquals(lines.filter((line) => line.includes(server.password)), []);
  }));

test("createOpencodeServer passes config, cwd, env, args, user and password on when given", () =>
  withTempDir((cwd) =>
    start("", {
      config: { model: "a/b" },
      cwd,
      env: { ADDED: "yes" },
      args: ["--print-logs"],
      username: "me",
      password: "pässword",
    }, async (server) => {
      const headers = { authorization: basicAuth("me", "pässword") };
      const variables = await (await fetch(`${server.url}/env`, { headers })).json();
      const { plugin, ...config } = JSON.parse(variables.OPENCODE_CONFIG_CONTENT);
      assertEquals(config, { model: "a/b" });
      assertEquals(plugin.length, 1, "ours, which keeps secrets from the model's shell");
      assertEquals([variables.ADDED, variables.PWD], ["yes", cwd]);
      assertEquals(server.directory, cwd);
    })
  ));

test("createOpencodeServer keeps this process's variables out when it is isolated", async () => {
  host().env.set("SECRET_OF_THE_TEST", "1");
  try {
    let home = "";
    await start("", { isolated: true }, async (server) => {
      const headers = { authorization: basicAuth(server.username, server.password) };
      const variables = await (await fetch(`${server.url}/env`, { headers })).json();
      assertEquals(variables.SECRET_OF_THE_TEST, undefined);
      home = variables.HOME;
      assertEquals(await host().files.exists(home), true);
    });
    assertEquals(await host().files.exists(home), false);
  } finally {
    host().env.delete("SECRET_OF_THE_TEST");
  }
});

test("createOpencodeServer keeps the password out of the log when the server prints it", () =>
  start("leak", {}, (server) => {
    assertEquals(server.logs()[0], "password: ***");
    return Promise.resolve();
  }));

test("createOpencodeServer understands the ready line when the address is of IPv6", async () => {
  try {
    await (await host().serve(() => new Response(), { hostname: "::1" })).close();
  } catch {
    return; // a machine without IPv6
  }
  await start("", { hostname: "::1" }, (server) => {
    assertEquals(server.url, `http://[::1]:${server.port}`);
    return Promise.resolve();
  });
});

test("createOpencodeServer waits when the ready line comes late", () => start("late", {}, nothing));

for (const timeout of [0, Infinity, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
  test(`createOpencodeServer has no bound when the timeout is ${timeout}`, () =>
    start("late", { timeout, healthInterval: timeout }, (server) => {
      assertEquals(server.running, true);
      return Promise.resolve();
    }));
}

test("createOpencodeServer understands the ready line when it comes in two pieces", () =>
  start("split", {}, nothing));

test("createOpencodeServer finds the ready line when 1 MB of noise comes before", () =>
  start("noise", {}, (server) => {
    const lines = server.logs();
    assert(lines.join("\n").length <= 256 * 1024);
    assert(lines.length > 100);
    return Promise.resolve();
  }));

test("createOpencodeServer reads a server's output for life when it never stops talking", () =>
  start("chatty", {}, async (server) => {
    await new Promise((resolve) => setTimeout(resolve, 300));
    const headers = { authorization: basicAuth(server.username, server.password) };
    const response = await fetch(`${server.url}/global/health`, { headers });
    assertEquals((await response.json()).healthy, true);
    assert(server.logs().join("\n").length <= 256 * 1024);
  }));

test("createOpencodeServer rejects with its last words when the server ends at once", async () => {
  const error = await assertRejects(() => start("exit", {}, nothing), ServerStartupError);
  assertMatch(error.message, /exited with code 7 before it was ready: .*about to fail/);
  assertStringIncludes(error.message, "Error: no such thing");
  assertEquals([...error.logs].sort(), ["Error: no such thing", "about to fail"]);
});

test("createOpencodeServer rejects within its bound when the server is never ready", async () => {
  const started = Date.now();
  const error = await assertRejects(
    () => start("never", { timeout: 800 }, nothing),
    ServerStartupTimeoutError,
  );
  assertStringIncludes(error.message, "not ready within 800 ms: still thinking");
  assert(Date.now() - started < 15_000);
});

test("createOpencodeServer rejects within its bound when the config is never answered", async () => {
  await assertRejects(
    () => start("hang-config", { timeout: 800 }, nothing),
    ServerStartupTimeoutError,
  );
});

test("createOpencodeServer rejects with the server's issues when the config is broken", async () => {
  const error = await assertRejects(() => start("bad-config", {}, nothing), ServerConfigError);
  assertEquals(
    error.message,
    "Invalid configuration in the option `config`: model: Expected string | undefined",
  );
});

test("createOpencodeServer rejects when the server dies right after it was ready", async () => {
  const error = await assertRejects(() => start("die-at-config", {}, nothing), ServerStartupError);
  assertStringIncludes(error.message, "exited right after its start");
});

test("createOpencodeServer names the port when it is in use, or takes another when asked to", async () => {
  const listener = await host().serve(() => new Response());
  const { port } = listener;
  try {
    const error = await assertRejects(() => start("", { port }, nothing), PortInUseError);
    assertStringIncludes(error.message, `port ${port}: it is in use`);
    await start("", { port, portFallback: true }, (server) => {
      assert(server.port !== port);
      return Promise.resolve();
    });
  } finally {
    await listener.close();
  }
});

test("createOpencodeServer rejects with the reason when its signal aborts, before and during", async () => {
  const reason = new Error("enough");
  const early = await assertRejects(() =>
    start("", { signal: AbortSignal.abort(reason) }, nothing)
  );
  assertEquals(early, reason);
  const controller = new AbortController();
  setTimeout(() => controller.abort(reason), 300);
  const late = await assertRejects(() => start("never", { signal: controller.signal }, nothing));
  assertEquals(late, reason);
});

for (
  const [what, options, message] of [
    ["a port above 65535", { port: 99_999 }, /port 99999: give a number from 0 to 65535/],
    ["a port that is no integer", { port: 1.5 }, /port 1\.5/],
    ["a timeout below 0", { timeout: -1 }, /timeout/],
    ["all interfaces without a password", { hostname: "0.0.0.0" }, /0\.0\.0\.0 without a password/],
    ["a user name with a colon", { username: "a:b" }, /colon/],
    ["an empty password", { password: "" }, /password is empty/],
    ["an empty binary", { binary: "" }, /binary is empty/],
    ["a config that is a list", { config: [] as never }, /config must be an object/],
    ["a config that is no JSON", { config: { n: 1n } }, /config can't be written/],
    [
      "a directory that is not there",
      { cwd: "/no/such/place" },
      /"\/no\/such\/place" does not exist/,
    ],
    ["a directory that is a file", { cwd: "deno.json" }, /"deno\.json" is not a directory/],
  ] as [string, ServerOptions, RegExp][]
) {
  test(`createOpencodeServer refuses ${what}`, async () => {
    const error = await assertRejects(() => start("", options, nothing), InvalidArgumentError);
    assertMatch(error.message, message);
  });
}

test("createOpencodeServer listens on all interfaces when it has a password, and gives an address to reach it", () =>
  start("", { hostname: "0.0.0.0", password: "long and secret" }, (server) => {
    assertEquals(server.url, `http://127.0.0.1:${server.port}`);
    return Promise.resolve();
  }));

test("createOpencodeServer writes its server down when there is no shell to watch it", async () => {
  const runtime = host();
  const { spawn } = runtime;
  runtime.spawn = (command, options) =>
    command === "/bin/sh"
      ? Promise.reject(Object.assign(new Error("no shell"), { code: "ENOENT" }))
      : spawn(command, options);
  try {
    await withTempDir((dir) =>
      start("", { cacheDirectory: dir }, async (server) => {
        const path = `${dir}/servers/${server.pid}.json`;
        const record = JSON.parse(await runtime.files.readText(path));
        assertEquals(record, {
          pid: server.pid,
          parent: runtime.platform.pid,
          program: "opencode.sh",
        });
        await server.close();
        assertEquals(await runtime.files.exists(path), false);
      })
    );
  } finally {
    runtime.spawn = spawn;
  }
});
