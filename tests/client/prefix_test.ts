/** A real server under a path of a reverse proxy: everything works with a `baseUrl` that has a path. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import { APIStatusError, InvalidArgumentError } from "../../src/errors.ts";
import { Opencode } from "../../src/facade/opencode.ts";
import { checkServer, createOpencodeServer } from "../../src/server/mod.ts";
import { scriptedModel } from "../../src/testing/mod.ts";
import { serving } from "../http/serve.ts";

/** Passes what is under `/opencode/` to the server, and refuses the rest. */
async function underPrefix(
  target: string,
  run: (baseUrl: string, asked: string[]) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  await serving(async (request) => {
    const { pathname, search } = new URL(request.url);
    asked.push(`${request.method} ${pathname}`);
    if (!pathname.startsWith("/opencode/")) return new Response("not mine", { status: 404 });
    const { method, headers, signal } = request;
    const body = method === "GET" ? null : await request.arrayBuffer();
    const path = pathname.slice("/opencode".length);
    const passed = new Headers(headers);
    for (const name of ["host", "connection", "content-length", "transfer-encoding"]) {
      passed.delete(name);
    }
    return await fetch(target + path + search, { method, headers: passed, body, signal });
  }, async (baseUrl) => await run(`${baseUrl}/opencode/`, asked));
}

test("a server under a path is checked, called, followed and prompted", async () => {
  const model = await scriptedModel(["Hello from below"]);
  const server = await createOpencodeServer({ isolated: true, config: model.config });
  const { username, password } = server;
  try {
    await underPrefix(server.url, async (baseUrl, asked) => {
      assert((await checkServer(baseUrl, { username, password })).version.startsWith("1."));
      const below = new OpencodeClient({ baseUrl, username, password });
      assertEquals(below.baseUrl, baseUrl.replace(/\/$/, ""));
      for await (const event of below.events()) {
        assertEquals(event.type, "server.connected");
        break;
      }
      assertEquals(
        (await below.request<{ healthy: boolean }>("GET", "/global/health")).healthy,
        true,
      );
      const urls: string[] = [];
      const copy = below.copy({
        webSocket: (url) => {
          urls.push(url);
          throw new InvalidArgumentError("seen");
        },
      });
      const { id: ptyID } = await below.pty.create({ command: "cat" });
      await assertRejects(() => copy.pty.connect({ ptyID }), InvalidArgumentError, "seen");
      await below.pty.remove({ ptyID });
      assert(urls[0]!.startsWith(`${baseUrl.replace("http", "ws")}pty/${ptyID}/connect?`), urls[0]);
      await using ai = new Opencode({ baseUrl, username, password });
      assertEquals(await ai.ask("Hello"), "Hello from below");
      assertEquals(asked.filter((at) => !at.includes(" /opencode/")), []);

      const wrong = baseUrl.replace("/opencode/", "/elsewhere");
      const other = new OpencodeClient({ baseUrl: wrong, username, password });
      await assertRejects(() => other.session.list(), APIStatusError, "404");
      await assertRejects(() => checkServer(wrong), Error, "/elsewhere");
    });
  } finally {
    await server.close();
    await model.close();
  }
});

test("credentials in an address that are not percent-encoded are a clear error", async () => {
  await assertRejects(
    async () => await checkServer("http://u:%zz@127.0.0.1:1"),
    InvalidArgumentError,
    "%25",
  );
});
