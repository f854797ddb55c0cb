/** `opencode-ts web` as a program of its own: what it prints, who gets in, how it ends. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { readArgs } from "../../src/cli/args.ts";
import { host } from "../../src/runtime/host.ts";
import { until } from "../agent.ts";
import { test } from "../harness.ts";
import { type Running, type World, world } from "./command.ts";

/** Waits for the address. */
async function address(running: Running): Promise<URL> {
  let ended = "";
  running.done.then(({ code, err }) => ended = `ended with ${code}: ${err}`);
  const found = () => /^http\S+/m.exec(running.written().out)?.[0];
  await until(() => found() !== undefined || ended !== "", "the address", 60_000);
  assertEquals(ended, "");
  return new URL(found()!);
}

/** Opens the address, as a browser does; gives the cookie. */
async function signIn(url: URL): Promise<string> {
  const response = await fetch(url);
  await response.body?.cancel();
  assertEquals(response.status, 200);
  return response.headers.get("set-cookie")!.split(";")[0]!;
}

async function statusOf(url: URL | string, init?: RequestInit): Promise<number> {
  const response = await fetch(url, init);
  await response.body?.cancel();
  return response.status;
}

async function ends(running: Running, here: World): Promise<void> {
  running.child.kill("SIGINT");
  const { code, err } = await running.done;
  assertEquals([code, /rror/.test(err)], [0, false], err);
  await until(async () => (await here.servers()).length === 0, "the server is gone", 8_000);
}

test("web serves the page to who has the address, and Ctrl-C ends it with its server", async () => {
  await using here = await world(["hello from the model"]);
  const running = await here.start(["web", "--port", "0", "--permission", "readonly"]);
  const url = await address(running);
  assertEquals(url.hostname, "127.0.0.1");
  assert(!/Warning/.test(running.written().err), running.written().err);
  const base = url.origin;
  assertEquals(await statusOf(`${base}/api/state`), 401);
  const cookie = await signIn(url);
  assertEquals(await statusOf(url), 401, "the token is void");
  const page = await fetch(base, { headers: { cookie } });
  assertStringIncludes(await page.text(), 'src="page.js"');
  const call = async (path: string, body: unknown) => {
    const response = await fetch(`${base}/api/${path}`, {
      method: "POST",
      headers: { cookie, origin: base, "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    return await response.json();
  };
  const state = await (await fetch(`${base}/api/state`, { headers: { cookie } })).json();
  assertEquals(state.directory, here.directory);
  const { id } = await call("sessions", { title: "x" });
  await call(`sessions/${id}/prompt`, { text: "hi" });
  await until(async () => {
    const answer = await fetch(`${base}/api/sessions/${id}/messages`, { headers: { cookie } });
    return (await answer.text()).includes("hello from the model");
  }, "the answer is there");
  // what a raw client may try
  for (const path of ["/../../etc/hostname", "/%2e%2e/%2e%2e/etc/hostname", "//etc/hostname"]) {
    const text = await raw(url, `GET ${path} HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}`);
    assert(/^HTTP\/1\.1 4\d\d/.test(text), `${path}: ${text.slice(0, 80)}`);
  }
  const foreign = await raw(url, `GET / HTTP/1.1\r\nHost: evil.example\r\nCookie: ${cookie}`);
  assertStringIncludes(foreign, "HTTP/1.1 421");
  const post = `POST /api/sessions HTTP/1.1\r\nHost: ${url.host}\r\nCookie: ${cookie}\r\n` +
    "Content-Type: application/json";
  assertStringIncludes(await raw(url, `${post}\r\nContent-Length: 0`), "HTTP/1.1 403");
  const origin = `${post}\r\nOrigin: http://127.0.0.1:1\r\nContent-Length: 0`;
  assertStringIncludes(await raw(url, origin), "HTTP/1.1 403");
  const large = `${post}\r\nOrigin: ${base}\r\nContent-Length: 999999999`;
  assertStringIncludes(await raw(url, large), "HTTP/1.1 413");
  await ends(running, here);
});

test("web says where the port that was asked for is taken", async () => {
  await using here = await world([]);
  const taken = await host().serve(() => new Response("taken"), { port: 0 });
  try {
    const { code, err } = await here.run(["web", "--port", String(taken.port)]);
    assertEquals(code, 2, err);
    assertStringIncludes(err, `Port ${taken.port} is in use`);
  } finally {
    await taken.close();
  }
});

test("--web is the same, with the demo, and warns where other machines get in", async () => {
  await using here = await world([]);
  const running = await here.start(["--web", "--demo", "--host", "0.0.0.0", "--port", "0"]);
  await signIn(await address(running));
  await until(() => running.written().err.includes("Warning"), "the warning");
  assertStringIncludes(running.written().err, "other machines can reach this page");
  await ends(running, here);
});

test("--open gives the address to the system's opener", async () => {
  const { files, env } = host();
  await using here = await world([]);
  const bin = await files.makeTempDir({ prefix: "opencode-test-" });
  try {
    const opened = join(bin, "opened");
    const opener =
      `#!/bin/sh\nprintf %s "$1" > "${opened}.part" && mv "${opened}.part" "${opened}"\n`;
    for (const name of ["xdg-open", "open"]) {
      await files.writeText(join(bin, name), opener);
      await files.chmod(join(bin, name), 0o755);
    }
    const options = { env: { PATH: `${bin}:${env.get("PATH")}` } };
    const running = await here.start(["web", "--open", "--port", "0"], options);
    const url = await address(running);
    await until(() => files.exists(opened), "the opener has run");
    assertEquals(await files.readText(opened), url.href);
    await ends(running, here);
  } finally {
    await files.remove(bin, { recursive: true });
  }
});

test("web takes its flags, and refuses those that mean nothing to it", () => {
  const read = (...words: string[]) => readArgs(words);
  assertEquals(read("web").command, "web");
  assertEquals(read("--web", "--port", "80").command, "web");
  assertEquals(read("web", "--attach", "http://127.0.0.1:4096", "--port", "80").port, 80);
  for (
    const words of [["web", "hello"], ["--web", "hello"], ["web", "--json"], ["hello", "--open"], [
      "sessions",
      "--web",
    ]]
  ) {
    let message = "";
    try {
      readArgs(words);
    } catch (error) {
      ({ message } = error as Error);
    }
    assert(message !== "", words.join(" "));
  }
});

/** Sends a request as it stands, and gives the beginning of the answer. */
async function raw(url: URL, head: string): Promise<string> {
  const connection = await connect(Number(url.port));
  return await connection(`${head}\r\nConnection: close\r\n\r\n`);
}

type Connect = (port: number) => Promise<(text: string) => Promise<string>>;

/** A plain connection, by Node's module, which all three runtimes have. */
const connect: Connect = (port) =>
  new Promise((resolve, reject) => {
    const { process } = globalThis as unknown as {
      process: { getBuiltinModule(name: "node:net"): Net };
    };
    const socket = process.getBuiltinModule("node:net").connect(port, "127.0.0.1");
    socket.on("error", reject);
    socket.on("connect", () =>
      resolve((text) =>
        new Promise((answered) => {
          let answer = "";
          socket.on("data", (chunk) => {
            answer += String(chunk);
            socket.destroy();
          });
          socket.on("close", () => answered(answer));
          socket.write(text);
        })
      ));
  });

interface Net {
  connect(port: number, hostname: string): {
    on(name: "error" | "connect" | "close" | "data", listener: (value: unknown) => void): void;
    write(text: string): void;
    destroy(): void;
  };
}
