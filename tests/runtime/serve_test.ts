/** `serve` of the port, held against the adapter of this runtime, and on Deno against Node's too. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { host } from "../../src/runtime/host.ts";
import { createRuntime as createNodeRuntime } from "../../src/runtime/node.ts";
import type { Listener, Runtime, ServeHandler } from "../../src/runtime/port.ts";

function contract(name: string, runtime: () => Runtime): void {
  const served = (
    title: string,
    handler: ServeHandler,
    run: (base: string, listener: Listener) => Promise<void>,
  ) =>
    test(`${name}: ${title}`, async () => {
      const listener = await runtime().serve(handler);
      try {
        await run(`http://127.0.0.1:${listener.port}`, listener);
      } finally {
        await listener.close();
      }
    });

  served("serve answers with status, headers and body", async (request, { remoteAddress }) => {
    const headers = new Headers({ "x-method": request.method, "x-remote": remoteAddress });
    headers.append("set-cookie", "a=1");
    headers.append("set-cookie", "b=2");
    const said = request.headers.get("x-said");
    return new Response(`${new URL(request.url).search} ${said} ${await request.text()}`, {
      status: 201,
      headers,
    });
  }, async (base, listener) => {
    assert(listener.port > 0);
    assertEquals(listener.hostname, "127.0.0.1");
    const response = await fetch(`${base}/p%20a?q=%C3%BC`, {
      method: "POST",
      headers: { "x-said": "hi" },
      body: "body",
    });
    assertEquals(response.status, 201);
    assertEquals(response.headers.get("x-method"), "POST");
    assertEquals(response.headers.get("x-remote"), "127.0.0.1");
    assertEquals(response.headers.getSetCookie(), ["a=1", "b=2"]);
    assertEquals(await response.text(), "?q=%C3%BC hi body");
    const head = await fetch(base, { method: "HEAD" });
    assertEquals([head.status, await head.text()], [201, ""]);
  });

  served("serve answers 500 with nothing in it when the handler throws", () => {
    throw new Error("secret");
  }, async (base) => {
    const response = await fetch(base);
    assertEquals([response.status, await response.text()], [500, ""]);
  });

  served("serve streams both ways", (request) => new Response(request.body), async (base) => {
    const data = new Uint8Array(2_000_000).map((_, i) => i % 251);
    const response = await fetch(base, { method: "PUT", body: data });
    assertEquals(new Uint8Array(await response.arrayBuffer()), data);
  });

  const ticks = settable<string>();
  served("serve sends the first chunk at once, and cancels the body when the client leaves", () => {
    return new Response(
      new ReadableStream({
        start: (controller) => controller.enqueue(new TextEncoder().encode("first")),
        cancel: () => ticks.set("cancelled"),
      }),
    );
  }, async (base) => {
    const stop = new AbortController();
    const response = await fetch(base, { signal: stop.signal });
    const reader = response.body!.getReader();
    assertEquals(new TextDecoder().decode((await reader.read()).value), "first");
    stop.abort();
    await reader.cancel().catch(() => {});
    assertEquals(await ticks.value, "cancelled");
  });

  const left = settable<string>();
  served(
    "serve aborts the request's signal when the client leaves before the answer",
    (request) => {
      return new Promise(() =>
        request.signal.addEventListener("abort", () => left.set(request.signal.reason.name))
      );
    },
    async (base) => {
      const stop = new AbortController();
      const response = fetch(base, { signal: stop.signal });
      setTimeout(() => stop.abort(), 100);
      await assertRejects(() => response);
      assertEquals(await left.value, "AbortError");
    },
  );

  const midway = settable<boolean>();
  served("serve aborts the request's signal when the client leaves in mid-body", (request) => {
    request.signal.addEventListener("abort", () => midway.set(true));
    let timer: ReturnType<typeof setInterval>;
    return new Response(
      new ReadableStream({
        start(controller) {
          timer = setInterval(() => controller.enqueue(new Uint8Array(10)), 10);
        },
        cancel: () => clearInterval(timer),
      }),
    );
  }, async (base) => {
    const stop = new AbortController();
    const response = await fetch(base, { signal: stop.signal });
    const reader = response.body!.getReader();
    await reader.read();
    stop.abort();
    await reader.cancel().catch(() => {});
    assertEquals(await midway.value, true);
  });

  let signals = 0;
  served("serve leaves the request's signal alone when all was delivered", (request) => {
    request.signal.addEventListener("abort", () => signals++);
    return new Response(new URL(request.url).pathname === "/s" ? new Response("x").body : "x");
  }, async (base) => {
    await (await fetch(base)).text();
    await (await fetch(`${base}/s`)).text();
    await new Promise((resolve) => setTimeout(resolve, 50));
    assertEquals(signals, 0);
  });

  test(`${name}: serve close ends what is open, twice is fine`, async () => {
    const listener = await runtime().serve((request) =>
      new URL(request.url).pathname === "/hang" ? new Promise(() => {}) : new Response(
        new ReadableStream({ start: (controller) => controller.enqueue(new Uint8Array(3)) }),
      )
    );
    const base = `http://127.0.0.1:${listener.port}`;
    const streaming = await fetch(base);
    const reader = streaming.body!.getReader();
    await reader.read();
    const hanging = fetch(`${base}/hang`);
    await new Promise((resolve) => setTimeout(resolve, 50));
    await Promise.all([
      assertRejects(() => hanging),
      assertRejects(() => reader.read()),
      listener.close(),
    ]);
    await listener.close();
    await assertRejects(() => fetch(base));
  });

  test(`${name}: serve rejects with address_in_use when the port is taken`, async () => {
    const first = await runtime().serve(() => new Response());
    const error = await assertRejects(() =>
      runtime().serve(() => new Response(), { port: first.port })
    );
    assertEquals(runtime().failureKind(error), "address_in_use");
    await first.close();
  });
}

interface Settable<T> {
  value: Promise<T>;
  set(value: T): void;
}

function settable<T>(): Settable<T> {
  let set!: (value: T) => void;
  const value = new Promise<T>((resolve) => set = resolve);
  return { value, set };
}

contract("host", host);
if ("Deno" in globalThis) contract("node adapter on deno", createNodeRuntime);
