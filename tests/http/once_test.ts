/** What is not idempotent reaches the server once, also where a kept connection breaks under it. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { APIConnectionError } from "../../src/errors.ts";
import { readNothing, readText } from "../../src/http/body.ts";
import type { HttpOptions, ResolvedHttp } from "../../src/http/options.ts";
import { type HttpRequest, send } from "../../src/http/request.ts";
import { http, serving } from "./serve.ts";
import { tcpProxy } from "./tcp.ts";

const text = new TextEncoder();
const REQUESTS: Record<string, HttpRequest> = {
  "JSON": { method: "POST", path: "/target", json: { text: "say it once" } },
  "no body": { method: "POST", path: "/target" },
  "text": { method: "POST", path: "/target", body: "plain" },
  "bytes": { method: "POST", path: "/target", body: text.encode("bytes") },
  "a buffer": { method: "POST", path: "/target", body: text.encode("buffer").buffer },
  "a form": { method: "POST", path: "/target", body: new URLSearchParams({ a: "b" }) },
  "PATCH": { method: "PATCH", path: "/target", json: {} },
  "model work": { method: "POST", path: "/target", json: {}, repeat: "unreached" },
};

/** Sends each over a warm connection that breaks after the server had the request. */
async function breaking(
  options: Partial<HttpOptions>,
  run: (http: ResolvedHttp, name: string, request: HttpRequest, seen: string[]) => Promise<void>,
): Promise<void> {
  const seen: string[] = [];
  await serving(async (request) => {
    const { pathname } = new URL(request.url);
    const type = request.headers.get("content-type") ?? "";
    const body = await request.text();
    if (pathname === "/target") {
      // Bun gives text no type of its own
      const said = type.toLowerCase().replace("text/plain;charset=utf-8", "");
      seen.push([request.method, said, body].filter(Boolean).join(" "));
    }
    return new Response("ok");
  }, async (baseUrl) => {
    const proxy = await tcpProxy(Number(new URL(baseUrl).port));
    try {
      const through = http(`http://127.0.0.1:${proxy.port}`, options);
      for (const how of ["reset", "end"] as const) {
        for (const [name, request] of Object.entries(REQUESTS)) {
          proxy.breakOn = undefined;
          for (let i = 0; i < 3; i++) {
            await send(through, { method: "GET", path: "/warm" }, {}, readText);
          }
          seen.length = 0;
          const before = proxy.broken;
          proxy.breakOn = { text: "/target", how };
          await run(through, `${name}, ${how}`, request, seen);
          assert(proxy.broken > before, `${name}: the connection was not broken`);
        }
      }
    } finally {
      await proxy.close();
    }
  });
}

async function rejects(http: ResolvedHttp, request: HttpRequest): Promise<void> {
  await assertRejects(() => send(http, request, {}, readNothing), APIConnectionError);
}

test("send sends what is not idempotent once over a kept connection that breaks", async () => {
  const bodies: string[] = [];
  await breaking({ maxRetries: 3 }, async (http, name, request, seen) => {
    await rejects(http, request);
    assertEquals(seen.length, 1, `${name}: ${seen.join(" | ")}`);
    bodies.push(seen[0]!);
  });
  const expected = [
    `POST application/json {"text":"say it once"}`,
    "POST",
    "POST plain",
    "POST bytes",
    "POST buffer",
    "POST application/x-www-form-urlencoded;charset=utf-8 a=b",
    "PATCH application/json {}",
    "POST application/json {}",
  ];
  assertEquals(bodies, [...expected, ...expected]);
});

test("send sends once what a middleware rewrote", async () => {
  const rewrite = async (request: Request, next: (request: Request) => Promise<Response>) => {
    if (request.method === "GET") return await next(request);
    return await next(new Request(request, { body: `${await request.text()}!` }));
  };
  await breaking({ middleware: [rewrite], maxRetries: 3 }, async (http, name, request, seen) => {
    await rejects(http, request);
    assertEquals(seen.length, 1, `${name}: ${seen.join(" | ")}`);
    assert(seen[0]!.endsWith("!"), seen[0]);
  });
});

test("send repeats a GET that lost its connection", async () => {
  let asked = 0;
  let proxy: Awaited<ReturnType<typeof tcpProxy>> | undefined;
  await serving(() => {
    asked++;
    proxy!.breakOn = undefined; // the one that is on its way is broken all the same
    return new Response("ok");
  }, async (baseUrl) => {
    proxy = await tcpProxy(Number(new URL(baseUrl).port));
    try {
      const through = http(`http://127.0.0.1:${proxy.port}`, { maxRetries: 1 });
      proxy.breakOn = { text: "/target", how: "reset" };
      await send(through, { method: "GET", path: "/target" }, {}, readText);
      assertEquals([proxy.broken, asked], [1, 2]);
    } finally {
      await proxy.close();
    }
  });
});
