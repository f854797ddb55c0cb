import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { serveTools } from "../../src/mcp/serve.ts";
import { ToolExecutor } from "../../src/tools/mod.ts";
import { test, UNIX } from "../harness.ts";
import { call, message, notice, withServer } from "./support.ts";

test("serveTools answers initialize, the notification, ping, the list and a call", async () => {
  await withServer(async ({ post }) => {
    const hello = await post(message("initialize", {
      protocolVersion: "2025-11-25",
      capabilities: { roots: {} },
      clientInfo: { name: "test", version: "1" },
    }));
    assertEquals(hello.status, 200);
    assertEquals(hello.headers.get("content-type"), "application/json");
    const { result } = await hello.json();
    assertEquals([result.protocolVersion, result.capabilities, result.serverInfo.name], [
      "2025-11-25",
      { tools: {} },
      "opencode-tools",
    ]);
    const session = {
      "mcp-session-id": hello.headers.get("mcp-session-id")!,
      "mcp-protocol-version": "2025-11-25",
    };
    const noted = await post(notice("notifications/initialized"), session);
    assertEquals([noted.status, await noted.text()], [202, ""]);
    const ping = await post(message("ping", undefined, "p"), session);
    assertEquals(await ping.json(), { jsonrpc: "2.0", id: "p", result: {} });
    const list = (await (await post(message("tools/list"), session)).json()).result.tools;
    assertEquals(list.map((one: { name: string }) => one.name), [
      "echo",
      "who",
      "throws",
      "picture",
      "slow",
      "together",
      "hang",
    ]);
    assertEquals(list[0], {
      name: "echo",
      description: "Echoes",
      inputSchema: { type: "object", properties: {} },
    });
    const echoed = await (await post(call("echo", { a: 1 }), session)).json();
    assertEquals(echoed.result, {
      content: [{ type: "text", text: '{\n  "a": 1\n}' }],
      isError: false,
    });
    const picture = await (await post(call("picture"), session)).json();
    assertEquals(picture.result.content, [{ type: "image", data: "AA==", mimeType: "image/png" }]);
    const who = await (await post(call("who", {}, 7), session)).json();
    assertEquals(who.result.content[0].text, "ses_1 7");
  }, { sessionId: "ses_1" });
});

test("serveTools agrees on a version of the protocol", async () => {
  await withServer(async ({ post }) => {
    for (
      const [asked, given] of [
        ["2024-11-05", "2024-11-05"],
        ["2025-06-18", "2025-06-18"],
        ["2099-01-01", "2025-11-25"],
        [undefined, "2025-11-25"],
      ]
    ) {
      const reply = await (await post(message("initialize", { protocolVersion: asked }))).json();
      assertEquals(reply.result.protocolVersion, given);
    }
    const strange = await post(message("ping"), { "mcp-protocol-version": "1999-01-01" });
    assertEquals(strange.status, 400);
    await strange.body?.cancel();
  });
});

test("serveTools makes a tool's failure a result, not an error of the protocol", async () => {
  await withServer(async ({ post }) => {
    const cases: [unknown, string][] = [
      [call("throws"), "no luck"],
      [call("slow", { ms: "x" }), "/ms"],
      [call("nowhere"), "There is no tool"],
    ];
    for (const [body, part] of cases) {
      const { result } = await (await post(body)).json();
      assertEquals(result.isError, true);
      assertStringIncludes(result.content[0].text, part);
    }
  });
});

test("serveTools answers what is no proper request with the right code", async () => {
  await withServer(async ({ post }) => {
    const cases: [unknown, number, number | undefined][] = [
      ["{", 400, -32700],
      ["", 400, -32700],
      ["null", 400, -32600],
      ["1", 400, -32600],
      ["[]", 400, -32600],
      [{ id: 1, method: "ping" }, 400, -32600],
      [{ jsonrpc: "2.0", id: 1 }, 400, -32600],
      [{ jsonrpc: "2.0", id: {}, method: "ping" }, 400, -32600],
      [{ jsonrpc: "2.0", id: 1, method: "ping", params: 1 }, 400, -32602],
      [message("resources/list"), 200, -32601],
      [message("tools/call", {}), 200, -32602],
      [message("tools/call", { name: 1 }), 200, -32602],
      [notice("no/such/notification"), 202, undefined],
      [{ jsonrpc: "2.0", id: 9, result: {} }, 202, undefined],
      [notice("notifications/cancelled", { requestId: 99 }), 202, undefined],
    ];
    for (const [body, status, code] of cases) {
      const response = await post(body);
      const text = await response.text();
      assertEquals(response.status, status, `${JSON.stringify(body)} ${text}`);
      assertEquals(
        text === "" ? undefined : JSON.parse(text).error?.code,
        code,
        JSON.stringify(body),
      );
    }
  });
});

test("serveTools answers a batch as one", async () => {
  await withServer(async ({ post }) => {
    const response = await post([
      message("ping", undefined, 1),
      notice("notifications/initialized"),
      call("throws", {}, 2),
      { nonsense: true },
      call("echo", { b: 1 }, 3),
    ]);
    const replies: { id: unknown; result?: { isError?: boolean }; error?: { code: number } }[] =
      await response.json();
    assertEquals(replies.map(({ id }) => id), [null, 1, 2, 3]);
    assertEquals([replies[0]!.error?.code, replies[2]!.result?.isError], [-32600, true]);
    const notes = await post([notice("notifications/initialized")]);
    assertEquals([notes.status, await notes.text()], [202, ""]);
  });
});

test("serveTools lets nobody in without the token, from elsewhere, or by another way", async () => {
  await withServer(async ({ server, post }) => {
    const status = async (response: Promise<Response>) => {
      const { status, body } = await response;
      await body?.cancel();
      return status;
    };
    const ping = message("ping");
    assertEquals(await status(post(ping)), 200);
    for (
      const authorization of [
        "",
        "Bearer",
        "Bearer x",
        `Bearer ${server.token}x`,
        `Bearer ${server.token.slice(1)}`,
        `Bearer ${server.token.toUpperCase()}`,
        `Basic ${server.token}`,
        server.token,
      ]
    ) {
      assertEquals(await status(post(ping, { authorization })), 401, authorization);
    }
    for (
      const origin of [
        "http://evil.example",
        "https://127.0.0.1.evil.example",
        "null",
        "file://",
        "chrome-extension://x",
      ]
    ) {
      assertEquals(await status(post(ping, { origin })), 403, origin);
    }
    assertEquals(await status(post(ping, { origin: "http://localhost:3000" })), 200);
    assertEquals(await status(post(ping, { "content-type": "text/plain" })), 415);
    const { headers } = server;
    assertEquals(await status(fetch(server.url, { headers })), 405);
    assertEquals(await status(fetch(server.url, { headers, method: "PUT", body: "{}" })), 405);
    assertEquals(await status(fetch(server.url, { headers, method: "DELETE" })), 204);
    assertEquals(await status(fetch(new URL("/", server.url), { headers })), 404);
    assertEquals(await status(fetch(new URL("/", server.url))), 401);
    assertEquals(await status(post(ping, { "mcp-session-id": "unknown" })), 404);
  });
});

test("serveTools refuses names that only lead to loopback", async () => {
  await withServer(async ({ server }) => {
    // fetch sets the Host header by itself: a request by hand.
    const { port } = new URL(server.url);
    const request = [
      "POST /mcp HTTP/1.1",
      "Host: evil.example",
      `Authorization: Bearer ${server.token}`,
      "Content-Type: application/json",
      "Content-Length: 2",
      "Connection: close",
      "",
      "{}",
    ].join("\\r\\n");
    const child = await host().spawn("/bin/bash", {
      args: ["-c", `exec 3<>/dev/tcp/127.0.0.1/${port}; printf '${request}' >&3; head -n 1 <&3`],
    });
    const text = await new Response(child.stdout).text();
    await child.status;
    await child.stderr?.cancel();
    assertStringIncludes(text, "403");
  });
}, { os: UNIX });

test("serveTools refuses bodies that are too large", async () => {
  await withServer(async ({ post }) => {
    const large = await post(call("echo", { text: "x".repeat(2000) }));
    assertEquals(large.status, 413);
    await large.body?.cancel();
    const small = await post(call("echo", { text: "x" }));
    assertEquals(small.status, 200);
    await small.body?.cancel();
  }, { maxBody: 1000 });
});

test("serveTools stops on its signal, and checks its options", async () => {
  const executor = new ToolExecutor({ builtins: false });
  const controller = new AbortController();
  const server = await serveTools(executor, { signal: controller.signal });
  assert(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/.test(server.url));
  assert(server.token.length >= 43);
  assertEquals(server.config, {
    type: "remote",
    url: server.url,
    headers: { ...server.headers },
    oauth: false,
  });
  controller.abort();
  await server.close();
  await assertRejects(() => fetch(server.url, { headers: server.headers }));
  await assertRejects(
    () => serveTools(executor, { signal: AbortSignal.abort(new Error("early")) }),
    Error,
    "early",
  );
  await assertRejects(
    () => serveTools(executor, { token: "short" }),
    InvalidArgumentError,
    "token",
  );
  for (const progressInterval of [NaN, -1, "5" as unknown as number]) {
    await assertRejects(() => serveTools(executor, { progressInterval }), InvalidArgumentError);
  }
});
