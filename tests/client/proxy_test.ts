/**
 * What goes to this machine goes through no proxy, whatever the environment says and whatever was
 * fetched before. Each case is a process of its own: Deno reads the proxies at its first fetch.
 */
import { assert, assertEquals, assertFalse, assertStringIncludes } from "@std/assert";
import { stdArgs } from "../../scripts/deno.ts";
import { capture } from "../../src/process/run.ts";
import { host } from "../../src/runtime/host.ts";
import { join } from "../../src/runtime/path.ts";
import { test } from "../harness.ts";
import { serving } from "../http/serve.ts";
import { tcpProxy } from "../http/tcp.ts";

const root = host().platform.cwd();
const isDeno = host().platform.runtime === "deno";

/** The address of an entry of the package, as the runtime can load it. */
function entry(name: "client" | "server"): string {
  return `file://${join(root, isDeno ? `src/${name}/mod.ts` : `dist/node/${name}.mjs`)}`;
}

function answer(request: Request): Response {
  const { pathname } = new URL(request.url);
  if (pathname === "/event") {
    const text = `data: {"id":"evt_1","type":"server.connected","properties":{}}\n\n`;
    return new Response(text, { headers: { "content-type": "text/event-stream" } });
  }
  if (pathname === "/global/health") return Response.json({ healthy: true, version: "1.18.33" });
  return Response.json(request.method === "GET" ? [] : { id: "ses_1" });
}

/** Runs a program beside a server and a proxy that the environment names; what the proxy received. */
async function behindProxy(
  source: (baseUrl: string) => string,
  flags: readonly string[],
): Promise<{ stdout: string; received: string; port: string }> {
  const { files, platform } = host();
  const directory = await files.makeTempDir();
  const file = join(directory, "program.mjs");
  let result: { stdout: string; received: string; port: string } | undefined;
  await serving(answer, async (baseUrl) => {
    const { port } = new URL(baseUrl);
    const proxy = await tcpProxy(Number(port));
    try {
      await files.writeText(file, source(baseUrl));
      const url = `http://127.0.0.1:${proxy.port}`;
      const args = isDeno
        ? ["run", "--quiet", "--no-prompt", "--no-lock", ...flags, ...await stdArgs(), file]
        : [file];
      const { stdout, stderr, status } = await capture(platform.execPath(), {
        args,
        env: {
          HTTP_PROXY: url,
          http_proxy: url,
          NODE_USE_ENV_PROXY: "1",
          NO_PROXY: "",
          no_proxy: "",
        },
        timeout: 60_000,
      });
      assert(status.success, stderr);
      result = { stdout, received: proxy.received, port };
    } finally {
      await proxy.close();
    }
  });
  await files.remove(directory, { recursive: true });
  return result!;
}

const CLIENT = (baseUrl: string) => `
  import { OpencodeClient } from ${JSON.stringify(entry("client"))};
  await fetch("http://proxied.test/", { signal: AbortSignal.timeout(2000) }).then((it) => it.text()).catch(() => {});
  const client = new OpencodeClient({ baseUrl: "${baseUrl}", password: "hunter2", maxRetries: 0 });
  const said = [await client.session.list(), await client.session.create({ title: "x" })];
  for await (const event of client.events()) {
    said.push(event.type);
    break;
  }
  console.log(JSON.stringify(said));`;

for (const flags of isDeno ? [["-A"], ["--allow-net"]] : [[]]) {
  test(`a client alone sends nothing for loopback through a proxy ${flags.join(" ")}`, async () => {
    const { stdout, received, port } = await behindProxy(CLIENT, flags);
    assertEquals(stdout.trim(), '[[],{"id":"ses_1"},"server.connected"]');
    assertFalse(received.includes(btoa("opencode:hunter2")), received);
    assertFalse(received.includes(port), received);
    // Deno and Bun use the proxy for everything else, and so did this program before.
    if (host().platform.runtime !== "node") assertStringIncludes(received, "http://proxied.test/");
  });
}

test("the question whether a server is there goes through no proxy", async () => {
  const { stdout, received, port } = await behindProxy((baseUrl) => `
    import { checkServer } from ${JSON.stringify(entry("server"))};
    await fetch("http://proxied.test/", { signal: AbortSignal.timeout(2000) }).then((it) => it.text()).catch(() => {});
    console.log((await checkServer("${baseUrl}", { password: "hunter2" })).version);`, ["-A"]);
  assertEquals(stdout.trim(), "1.18.33");
  assertFalse(received.includes(port), received);
});
