import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { until } from "../tools/support.ts";
import { call, events, message, notice, withServer } from "./support.ts";

test("serveTools runs calls side by side, and one that fails does not touch the others", async () => {
  await withServer(async ({ post }) => {
    const replies = await Promise.all([
      ...Array.from(
        { length: 8 },
        (_, i) => post(call("together", { calls: 8 }, i)).then((r) => r.json()),
      ),
      post(call("throws", {}, 100)).then((r) => r.json()),
    ]);
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

test("0, Infinity and numbers above 2^31-1 mean that serveTools reports no progress", async () => {
  for (const progressInterval of [0, Infinity, 2 ** 31]) {
    await withServer(async ({ post }) => {
      const all = await events(await post(call("slow", { ms: 1_300 }, "x", "tok")));
      assertEquals((all.pop() as { id?: unknown }).id, "x");
      // the tool's own reports, and one at the beginning
      assert(all.length <= 2, `${all.length} signs with ${progressInterval}`);
    }, { progressInterval });
  }
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

test("serveTools forgets the client that was idle longest, and none whose call runs", async () => {
  await withServer(async ({ post, hanging, ended }) => {
    const begin = async () => {
      const begun = await post(message("initialize", {}));
      await begun.body?.cancel();
      return { "mcp-session-id": begun.headers.get("mcp-session-id")! };
    };
    const ping = async (headers: Record<string, string>) => {
      const response = await post(message("ping"), headers);
      await response.body?.cancel();
      return response.status;
    };
    const [busy, idle, used] = [await begin(), await begin(), await begin()];
    const running = post(call("hang", {}, 1), busy);
    await until(() => hanging() === 1);
    for (let i = 0; i < 120; i++) {
      await begin();
      if (i % 40 === 0) assertEquals(await ping(used), 200);
    }
    assertEquals([await ping(used), await ping(idle), await ping(busy)], [200, 404, 200]);
    const cancelled = notice("notifications/cancelled", { requestId: 1, reason: "enough" });
    await (await post(cancelled, busy)).body?.cancel();
    await until(() => hanging() === 0);
    assertEquals(ended, ["enough"]);
    await (await running).text();
  });
});
