/** The real program: downloaded, started, stopped in the middle of its work. */
import {
  assert,
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { test } from "../harness.ts";
import { PortInUseError, ServerConfigError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { basicAuth } from "../../src/server/call.ts";
import {
  checkServer,
  createOpencodeServer,
  downloadBinary,
  type OpencodeServer,
  TESTED_VERSION,
} from "../../src/server/mod.ts";
import { scriptedModel } from "../../src/testing/mod.ts";
import { processesOf, until, withTempDir } from "./fixtures.ts";

/** The program from npm's registry, downloaded by the first test that needs it. */
const real = async () => (await downloadBinary()).path;

async function post(server: OpencodeServer, path: string, body: unknown): Promise<unknown> {
  const response = await fetch(`${server.url}${path}`, {
    method: "POST",
    headers: {
      authorization: basicAuth(server.username, server.password),
      "content-type": "application/json",
    },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  assert(response.ok, `${path}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

async function prompt(server: OpencodeServer): Promise<void> {
  const { id } = await post(server, "/session", {}) as { id: string };
  await post(server, `/session/${id}/prompt_async`, { parts: [{ type: "text", text: "go" }] });
}

test("downloadBinary gives the real program when npm's registry is asked", async () => {
  const { path, version } = await downloadBinary();
  assertEquals(version, TESTED_VERSION);
  assert((await host().files.stat(path)).size > 100_000_000);
});

test("createOpencodeServer starts the real server, and close leaves nothing of it", () =>
  withTempDir(async (cwd) => {
    const server = await createOpencodeServer({ binary: await real(), isolated: true, cwd });
    try {
      const { url, username, password } = server;
      assertEquals(await checkServer(url, { username, password }), { version: TESTED_VERSION });
      const paths = await (await fetch(`${url}/path`, {
        headers: { authorization: basicAuth(username, password) },
      })).json() as { home: string; directory: string };
      assertEquals(paths.directory, cwd);
      const started = Date.now();
      await server.close();
      assert(Date.now() - started < 10_000);
      assertEquals(await host().files.exists(paths.home), false);
      assertEquals(await processesOf(server.mark), []);
      assertEquals((await server.exited).signal, "SIGTERM");
    } finally {
      await server.close();
    }
  }));

test("createOpencodeServer gives the real server's issues when its config is broken", async () => {
  const binary = await real();
  const error = await assertRejects(
    () => createOpencodeServer({ binary, isolated: true, config: { model: 5 } }),
    ServerConfigError,
  );
  assertMatch(
    error.message,
    /^Invalid configuration in the option `config`: model: Expected string/,
  );
  await withTempDir(async (dir) => {
    const file = `${dir}/opencode.json`;
    await host().files.writeText(file, '{ "model": "a/b", "secret": "xyzzy" oops');
    const broken = await assertRejects(
      () => createOpencodeServer({ binary, isolated: true, env: { OPENCODE_CONFIG: file } }),
      ServerConfigError,
    );
    assertStringIncludes(broken.message, `${file}: InvalidSymbol at line 1, column 37`);
    assertEquals(broken.message.includes("xyzzy"), false);
  });
});

test("createOpencodeServer names the port when the real server finds it in use", async () => {
  const binary = await real();
  const listener = await host().serve(() => new Response());
  try {
    await assertRejects(
      () => createOpencodeServer({ binary, isolated: true, port: listener.port }),
      PortInUseError,
      `port ${listener.port}`,
    );
  } finally {
    await listener.close();
  }
});

test("close leaves nothing when a shell command of the server's agent runs", () =>
  withTempDir(async (cwd) => {
    const started = `${cwd}/started`;
    const command = `(trap '' TERM; echo $$ > ${started}; sleep 300) & sleep 301`;
    const model = await scriptedModel([{ toolCalls: [{ name: "bash", input: { command } }] }]);
    const server = await createOpencodeServer({
      binary: await real(),
      isolated: true,
      cwd,
      config: model.config,
    });
    try {
      await prompt(server);
      await until(() => host().files.exists(started), "the command runs", 20_000);
      assert((await processesOf(server.mark)).length >= 3);
      const before = Date.now();
      await server.close();
      assert(Date.now() - before < 10_000);
      assertEquals(await processesOf(server.mark), []);
    } finally {
      await server.close();
      await model.close();
    }
  }));

test("close leaves nothing when the server installs its plugin package", () =>
  withTempDir(async (home) => {
    // A home of the user's own kind: nothing in it keeps the server from its install.
    const server = await createOpencodeServer({
      binary: await real(),
      cwd: home,
      env: {
        HOME: home,
        XDG_CONFIG_HOME: `${home}/config`,
        XDG_DATA_HOME: `${home}/data`,
        XDG_STATE_HOME: `${home}/state`,
        XDG_CACHE_HOME: `${home}/cache`,
        OPENCODE_DISABLE_MODELS_FETCH: "1",
        OPENCODE_DISABLE_AUTOUPDATE: "1",
        // without our plugin: with it, the server waits for its install, or has none
        OPENCODE_PURE: "1",
      },
    });
    try {
      await post(server, "/session", {});
      const installing = async () =>
        await host().files.exists(`${home}/.npm`) ||
        await host().files.exists(`${home}/config/opencode/node_modules`);
      await until(installing, "the install began", 20_000);
      const before = Date.now();
      await server.close();
      assert(Date.now() - before < 10_000);
      assertEquals(await processesOf(server.mark), []);
    } finally {
      await server.close();
    }
  }));
