import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { InvalidArgumentError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";
import { serveTools, type ServeToolsOptions, type ToolServer } from "../../src/mcp/serve.ts";
import { tool, ToolExecutor } from "../../src/tools/mod.ts";
import { test } from "../harness.ts";
import { until } from "../tools/support.ts";

const any = { type: "object" } as const;

interface Fixture {
  server: ToolServer;
  /** How many calls of `hang` run. */
  hanging: () => number;
  /** The reasons for which calls of `hang` ended. */
  ended: unknown[];
  post(body: unknown, headers?: Record<string, string>, signal?: AbortSignal): Promise<Response>;
}

async function withServer(
  run: (fixture: Fixture) => Promise<void>,
  options: ServeToolsOptions = {},
): Promise<void> {
  let hanging = 0;
  const ended: unknown[] = [];
  const executor = new ToolExecutor({
    builtins: false,
    tools: [
      tool({ name: "echo", description: "Echoes", schema: any, run: (input) => input }),
      tool({
        name: "who",
        description: "",
        schema: any,
        run: (_, { sessionId, callId }) => `${sessionId} ${callId}`,
      }),
      tool({
        name: "throws",
        description: "",
        schema: any,
        run() {
          throw new Error("no luck");
        },
      }),
      tool({
        name: "picture",
        description: "",
        schema: any,
        run: () => [{ type: "image", data: "AA==", mimeType: "image/png" }],
      }),
      tool({
        name: "slow",
        description: "",
        schema: { type: "object", properties: { ms: { type: "number" } }, required: ["ms"] },
        async run({ ms }, { progress }) {
          progress("half");
          await new Promise((resolve) => setTimeout(resolve, ms));
          return "done";
        },
      }),
      tool({
        name: "hang",
        description: "",
        schema: any,
        run(_, { signal }) {
          hanging++;
          signal.addEventListener("abort", () => {
            hanging--;
            ended.push((signal.reason as Error).message);
          }, { once: true });
          return new Promise(() => {});
        },
      }),
    ],
  });
  const server = await serveTools(executor, options);
  const post: Fixture["post"] = (body, headers = {}, signal) =>
    fetch(server.url, {
      method: "POST",
      headers: {
        ...server.headers,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      body: typeof body === "string" ? body : JSON.stringify(body),
      ...(signal ? { signal } : {}),
    });
  try {
    await run({ server, hanging: () => hanging, ended, post });
  } finally {
    await server.close();
    await executor.close();
  }
}

const message = (method: string, params?: unknown, id: number | string = 1) => ({
  jsonrpc: "2.0",
  id,
  method,
  ...(params === undefined ? {} : { params }),
});

const notice = (method: string, params?: unknown) => {
  const { id: _, ...rest } = message(method, params);
  return rest;
};

const call = (
  name: string,
  input: unknown = {},
  id: number | string = 1,
  token?: string | number,
) =>
  message("tools/call", {
    name,
    arguments: input,
    ...(token === undefined ? {} : { _meta: { progressToken: token } }),
  }, id);

/** The messages of an event stream. */
async function events(response: Response): Promise<Record<string, unknown>[]> {
  return (await response.text()).split("\n").filter((line) => line.startsWith("data: "))
    .map((line) => JSON.parse(line.slice(6)));
}

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
    if (host().platform.os === "windows") return;
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
});

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

test("serveTools runs calls side by side, and one that fails does not touch the others", async () => {
  await withServer(async ({ post }) => {
    const started = Date.now();
    const replies = await Promise.all([
      ...Array.from(
        { length: 8 },
        (_, i) => post(call("slow", { ms: 300 }, i)).then((r) => r.json()),
      ),
      post(call("throws", {}, 100)).then((r) => r.json()),
    ]);
    assert(Date.now() - started < 1500);
    assertEquals(replies.map((reply) => reply.result.isError), [...Array(8).fill(false), true]);
  });
});

test("serveTools streams signs of life while a call takes time", async () => {
  await withServer(async ({ post }) => {
    const response = await post(call("slow", { ms: 700 }, "x", "tok"));
    assertEquals(response.headers.get("content-type"), "text/event-stream");
    const all = await events(response);
    const last = all.pop()!;
    assertEquals(last, {
      jsonrpc: "2.0",
      id: "x",
      result: { content: [{ type: "text", text: "done" }], isError: false },
    });
    assert(all.length >= 4, `${all.length} signs`);
    const numbers = all.map(({ method, params }) => {
      assertEquals(method, "notifications/progress");
      const { progressToken, progress, message } = params as Record<string, unknown>;
      assertEquals([progressToken, message], ["tok", "half"]);
      return progress as number;
    });
    assertEquals([...numbers].sort((a, b) => a - b), numbers);
    assertEquals(new Set(numbers).size, numbers.length);
    // Without a token there is nobody to tell, but the stream stays alive.
    const silent = await (await post(call("slow", { ms: 300 }))).text();
    assertStringIncludes(silent, ": running\n\n");
    assertStringIncludes(silent, '"text":"done"');
    // A client that takes no streams waits for JSON.
    const plain = await post(call("slow", { ms: 300 }, 1, "tok"), { accept: "application/json" });
    assertEquals((await plain.json()).result.content[0].text, "done");
  }, { progressInterval: 100 });
});

test("serveTools ends a call that is cancelled, and no other", async () => {
  await withServer(async ({ post, hanging, ended }) => {
    const begun = await post(message("initialize", {}));
    await begun.body?.cancel();
    const session = { "mcp-session-id": begun.headers.get("mcp-session-id")! };
    const other = await post(message("initialize", {}));
    await other.body?.cancel();
    const foreign = { "mcp-session-id": other.headers.get("mcp-session-id")! };
    const running = [post(call("hang", {}, 1), session), post(call("hang", {}, 2), session)];
    await until(() => hanging() === 2);
    const cancel = (requestId: unknown, headers: Record<string, string>) =>
      post(notice("notifications/cancelled", { requestId, reason: "enough" }), headers)
        .then((response) => response.body?.cancel());
    // Another client's call of the same number is not touched, nor is one that never was.
    await cancel(1, foreign);
    await cancel(99, session);
    assertEquals(hanging(), 2);
    await cancel(1, session);
    await until(() => hanging() === 1);
    assertEquals(ended, ["enough"]);
    await cancel(1, session);
    await cancel(2, session);
    for (const response of running) {
      const text = await (await response).text();
      assertStringIncludes(text, "aborted");
    }
  });
});

test("serveTools ends a call whose client goes away", async () => {
  await withServer(async ({ post, hanging }) => {
    const early = new AbortController();
    const first = post(call("hang", {}, 1), { accept: "application/json" }, early.signal);
    await until(() => hanging() === 1);
    early.abort();
    await assertRejects(() => first);
    await until(() => hanging() === 0);
    const late = new AbortController();
    const second = await post(call("hang", {}, 2, "t"), {}, late.signal);
    await until(() => hanging() === 1);
    late.abort();
    await second.text().catch(() => {});
    await until(() => hanging() === 0);
  }, { progressInterval: 100 });
});

test("serveTools ends a client's calls when it deletes its session", async () => {
  await withServer(async ({ server, post, hanging }) => {
    const begun = await post(message("initialize", {}));
    await begun.body?.cancel();
    const session = { "mcp-session-id": begun.headers.get("mcp-session-id")! };
    const running = post(call("hang"), session);
    await until(() => hanging() === 1);
    const gone = await fetch(server.url, {
      method: "DELETE",
      headers: { ...server.headers, ...session },
    });
    assertEquals(gone.status, 204);
    await until(() => hanging() === 0);
    await (await running).text();
    const after = await post(message("ping"), session);
    assertEquals(after.status, 404);
    await after.body?.cancel();
  });
});

test("close ends running calls and frees the port, once", async () => {
  await withServer(async ({ server, post, hanging, ended }) => {
    const running = post(call("hang")).then((response) => response.text(), () => "cut");
    await until(() => hanging() === 1);
    await Promise.all([server.close(), server.close()]);
    await running;
    assertEquals([hanging(), ended.length], [0, 1]);
    await assertRejects(() => post(message("ping")));
  });
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
  await assertRejects(() => serveTools(executor, { progressInterval: 0 }), InvalidArgumentError);
});
