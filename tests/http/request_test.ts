import {
  assert,
  assertEquals,
  assertInstanceOf,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { test } from "../harness.ts";
import * as errors from "../../src/errors.ts";
import { readBytes, readByType, readJson, readText } from "../../src/http/body.ts";
import { send } from "../../src/http/request.ts";
import type { HttpRequest } from "../../src/http/request.ts";
import { countingSignal, freePort, http, serving } from "./serve.ts";

const GET: HttpRequest = { method: "GET", path: "/x" };
const json = (value: unknown, init?: ResponseInit) => Response.json(value, init);

test("send gives data and response, and sends JSON, headers and query", async () => {
  let seen: unknown;
  await serving(async (request) => {
    const { pathname, search } = new URL(request.url);
    const { headers } = request;
    const names = ["authorization", "content-type", "accept", "x-client", "x-call"];
    seen = [pathname + search, await request.json(), names.map((name) => headers.get(name))];
    return json({ ok: true }, { headers: { "x-answer": "1" } });
  }, async (baseUrl) => {
    const options = { username: "ü", password: "p:w", headers: { "x-client": "a", "x-call": "b" } };
    const { data, response } = await send(
      http(`${baseUrl}/base`, options),
      { method: "POST", path: "/x", query: { a: 1 }, json: { text: "hé" } },
      { headers: { "x-call": "c" }, query: { b: "2" } },
      readJson,
    );
    assertEquals(data, { ok: true });
    assertEquals(response.headers.get("x-answer"), "1");
  });
  assertEquals(seen, [
    "/base/x?a=1&b=2",
    { text: "hé" },
    ["Basic w7w6cDp3", "application/json", "application/json", "a", "c"],
  ]);
});

test("send reads text, bytes, JSON and nothing by content type", async () => {
  await serving((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/text") {
      return new Response("é", { headers: { "content-type": "text/x-diff" } });
    }
    if (pathname === "/bytes") return new Response(new Uint8Array([0, 255]));
    if (pathname === "/problem") {
      return new Response("{}", { headers: { "content-type": "application/problem+json" } });
    }
    return new Response(null, { status: 204 });
  }, async (baseUrl) => {
    const of = async (path: string) =>
      (await send(http(baseUrl), { method: "GET", path }, {}, readByType)).data;
    assertEquals(await of("/text"), "é");
    assertEquals(await of("/bytes"), new Uint8Array([0, 255]));
    assertEquals(await of("/problem"), {});
    assertEquals(await of("/none"), undefined);
    const bytes = await send(http(baseUrl), { method: "GET", path: "/text" }, {}, readBytes);
    assertEquals(bytes.data, new TextEncoder().encode("é"));
  });
});

test("send waits 0.3 s for retry-after-ms: 300, and 1 s for Retry-After: 1", async () => {
  const asks: Record<string, string>[] = [{ "retry-after-ms": "300" }, { "retry-after": "1" }];
  const at: number[] = [];
  await serving(() => {
    at.push(performance.now());
    const headers = asks.shift();
    return headers ? json({ message: "busy" }, { status: 429, headers }) : json(1);
  }, async (baseUrl) => {
    assertEquals((await send(http(baseUrl), GET, {}, readJson)).data, 1);
  });
  const [first = 0, second = 0, third = 0] = at;
  assert(second - first >= 295 && second - first < 10_000, `${second - first}`);
  assert(third - second >= 995 && third - second < 10_000, `${third - second}`);
});

test("send stops after maxRetries with the last failure", async () => {
  let count = 0;
  await serving(() => {
    count++;
    return json({ message: "down" }, { status: 503, headers: { "retry-after-ms": "1" } });
  }, async (baseUrl) => {
    const failing = (maxRetries?: number) =>
      assertRejects(
        () => send(http(baseUrl), GET, { maxRetries }, readJson),
        errors.InternalServerError,
        "down",
      );
    await failing();
    assertEquals(count, 3);
    await failing(0);
    assertEquals(count, 4);
  });
});

test("send never repeats model work that the server received", async () => {
  let count = 0;
  await serving((request) => {
    count++;
    const headers = { "retry-after-ms": "1" };
    const { pathname } = new URL(request.url);
    if (pathname === "/503") return json({}, { status: 503, headers });
    if (pathname === "/hang") return new Promise<Response>(() => {});
    return new Response(broken(), { headers: { "content-type": "application/json" } });
  }, async (baseUrl) => {
    for (const path of ["/503", "/hang", "/broken"]) {
      count = 0;
      const request: HttpRequest = { method: "POST", path, json: {}, repeat: "unreached" };
      await assertRejects(
        () => send(http(baseUrl), request, { timeout: 300 }, readJson),
        errors.APIError,
      );
      assertEquals(count, 1, path);
    }
  });
});

test("send repeats model work that never reached a server, and says that nothing answers", async () => {
  let tries = 0;
  const port = await freePort();
  const options = {
    fetch: (input: string | Request, init?: RequestInit) => {
      tries++;
      return fetch(input, init);
    },
  };
  const started = performance.now();
  const error = await assertRejects(
    () =>
      send(
        http(`http://me:hunter2@127.0.0.1:${port}`, options),
        { method: "POST", path: "/prompt", json: {}, repeat: "unreached" },
        { maxRetries: 1 },
        readJson,
      ),
    errors.APIConnectionError,
    "nothing answers there",
  );
  assertEquals(tries, 2);
  assert(performance.now() - started >= 370);
  assertInstanceOf(error.cause, Error);
  assertStringIncludes(error.message, `http://127.0.0.1:${port}`);
  assertEquals(error.message.includes("hunter2"), false);
});

test("send fails within its timeout where no answer comes, and where the body never ends", async () => {
  await serving((request) => {
    if (new URL(request.url).pathname === "/silent") return new Promise<Response>(() => {});
    return new Response(endless(), { headers: { "content-type": "application/json" } });
  }, async (baseUrl) => {
    for (const path of ["/silent", "/endless"]) {
      const started = performance.now();
      const error = await assertRejects(
        () =>
          send(http(baseUrl), { method: "GET", path }, { timeout: 200, maxRetries: 0 }, readJson),
        errors.APITimeoutError,
        `GET ${path} was not answered within 200 ms`,
      );
      assertEquals(error.timeout, 200);
      assert(performance.now() - started < 10_000);
    }
  });
});

test("send turns a connection that breaks in mid-body into APIConnectionError", async () => {
  await serving(
    () => new Response(broken(), { headers: { "content-type": "application/json" } }),
    async (baseUrl) => {
      const error = await assertRejects(
        () => send(http(baseUrl), GET, { maxRetries: 0 }, readJson),
        errors.APIConnectionError,
        "lost its connection",
      );
      assertInstanceOf(error.cause, Error);
    },
  );
});

test("send refuses bodies that are not JSON, and web pages", async () => {
  let count = 0;
  await serving((request) => {
    count++;
    const { pathname } = new URL(request.url);
    const type = pathname === "/page" ? "text/html; charset=utf-8" : "application/json";
    const body = pathname === "/empty"
      ? ""
      : pathname === "/page"
      ? "<!doctype html>"
      : '{oops "p:w" p%3Aw';
    return new Response(body, { headers: { "content-type": type } });
  }, async (baseUrl) => {
    const of = (path: string, words: string) =>
      assertRejects(
        () => send(http(baseUrl, { password: "p:w" }), { method: "GET", path }, {}, readJson),
        errors.APIResponseValidationError,
        words,
      );
    // the parser's own error would quote what is masked in ours
    assertEquals((await of("/bad", '{oops "***" ***')).cause, undefined);
    await of("/empty", "an empty body");
    await of("/page", "no such route");
    assertEquals(count, 3, "what is wrong once is not asked for again");
    await assertRejects(
      () => send(http(baseUrl), { method: "GET", path: "/page" }, {}, readByType),
      errors.APIResponseValidationError,
    );
    const page = await send(http(baseUrl), { method: "GET", path: "/page" }, {}, readText);
    assertEquals(page.data, "<!doctype html>");
  });
});

test("send rejects with the signal's reason, before, during and between tries", async () => {
  const reason = new Error("enough");
  await serving((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/hang") return new Promise<Response>(() => {});
    return json({}, { status: 503, headers: { "retry-after": "30" } });
  }, async (baseUrl) => {
    for (const [path, after] of [["/hang", 0], ["/hang", 50], ["/wait", 100]] as const) {
      const controller = new AbortController();
      if (after === 0) controller.abort(reason);
      else setTimeout(() => controller.abort(reason), after);
      const started = performance.now();
      const error = await send(
        http(baseUrl),
        { method: "GET", path },
        { signal: controller.signal },
        readJson,
      ).catch((error) => error);
      assertEquals(error, reason, path);
      assert(performance.now() - started < 10_000);
    }
  });
});

test("send leaves no listener on a signal, whatever happens", async () => {
  let busy = 0;
  await serving((request) => {
    const { pathname } = new URL(request.url);
    if (pathname === "/retry" && busy++ < 1) {
      return json({}, { status: 429, headers: { "retry-after-ms": "1" } });
    }
    if (pathname === "/404") return json({}, { status: 404 });
    if (pathname === "/hang") return new Promise<Response>(() => {});
    return json(1);
  }, async (baseUrl) => {
    const { signal, abort, listeners } = countingSignal();
    const of = (path: string, timeout = 5000) =>
      send(http(baseUrl), { method: "GET", path }, { signal, timeout, maxRetries: 1 }, readJson)
        .catch((error) => error);
    await of("/ok");
    assertEquals(listeners(), 0, "after success");
    await of("/404");
    assertEquals(listeners(), 0, "after failure");
    await of("/retry");
    assertEquals([busy, listeners()], [2, 0], "after a retry");
    await of("/hang", 20);
    assertEquals(listeners(), 0, "after a timeout");
    setTimeout(() => abort(), 20);
    await of("/hang");
    assertEquals(listeners(), 0, "after an abort");
  });
});

test("middleware stands around each try, outermost first, and may answer by itself", async () => {
  const order: string[] = [];
  let fail = true;
  await serving((request) => {
    order.push(request.headers.get("x-trail") ?? "");
    const status = fail ? 503 : 200;
    fail = false;
    return json({}, { status, headers: { "retry-after-ms": "1" } });
  }, async (baseUrl) => {
    const adding =
      (letter: string) => async (request: Request, next: (r: Request) => Promise<Response>) => {
        const headers = new Headers(request.headers);
        headers.set("x-trail", (headers.get("x-trail") ?? "") + letter);
        const response = await next(new Request(request, { headers }));
        order.push(`${letter}${response.status}`);
        return response;
      };
    const options = { middleware: [adding("a"), adding("b")] };
    await send(http(baseUrl, options), { method: "PUT", path: "/x", json: {} }, {}, readJson);
    assertEquals(order, ["ab", "b503", "a503", "ab", "b200", "a200"]);
    const own = { middleware: [() => json("own")] };
    assertEquals((await send(http(baseUrl, own), GET, {}, readJson)).data, "own");
    const none = { middleware: [() => undefined as unknown as Response] };
    await assertRejects(
      () => send(http(baseUrl, none), GET, {}, readJson),
      errors.InvalidArgumentError,
      "returned no Response",
    );
  });
});

test("the logger hears of each try with method, path, status, duration and retry; never a secret", async () => {
  const seen: { message: string; fields: Record<string, unknown> }[] = [];
  const at = (message: string, fields: object) =>
    void seen.push({ message, fields: { ...fields } });
  const logger = { debug: at, info: at, warn: at, error: at };
  let fail = true;
  await serving(() => {
    const status = fail ? 503 : 200;
    fail = false;
    return json({ token: "t-123", ok: 1 }, { status, headers: { "retry-after-ms": "1" } });
  }, async (baseUrl) => {
    const options = { logger, logLevel: "debug", password: "hunter2" } as const;
    const request = {
      method: "PUT",
      path: "/auth/x",
      json: { key: "sk-1", note: "n".repeat(5000) },
    };
    await send(http(baseUrl, options), request, {}, readJson);
  });
  assertEquals(seen.map(({ message }) => message), [
    "Request",
    "Failure",
    "Request",
    "Response",
    "Answer",
  ]);
  const [, failure, , response, answer] = seen;
  const { method, path, status, retry } = failure!.fields;
  assertEquals([method, path, status, retry], ["PUT", "/auth/x", 503, 0]);
  assertEquals([response!.fields["status"], response!.fields["retry"]], [200, 1]);
  assertEquals(typeof response!.fields["duration"], "number");
  assertStringIncludes(String(answer!.fields["body"]), '"ok":1');
  const all = JSON.stringify(seen);
  for (const secret of ["sk-1", "t-123", "hunter2", "n".repeat(3000)]) {
    assertEquals(all.includes(secret), false);
  }
});

test("send sends a stream as it is, once", async () => {
  const seen: string[] = [];
  await serving(async (request) => {
    seen.push(await request.text());
    return json({}, { status: 503, headers: { "retry-after-ms": "1" } });
  }, async (baseUrl) => {
    const body = new Blob(["streamed"]).stream();
    await assertRejects(
      () => send(http(baseUrl), { method: "PUT", path: "/x", body }, {}, readJson),
      errors.InternalServerError,
    );
  });
  assertEquals(seen, ["streamed"]);
});

test("send refuses a body that can't be JSON before anything is sent", async () => {
  const cycle: Record<string, unknown> = {};
  cycle["self"] = cycle;
  for (const value of [cycle, { n: 1n }]) {
    const request = { method: "POST", path: "/x", json: value };
    await assertRejects(
      () => send(http("http://127.0.0.1:9"), request, {}, readJson),
      errors.InvalidArgumentError,
      "as JSON",
    );
  }
});

function broken(): ReadableStream<Uint8Array> {
  let sent = false;
  return new ReadableStream({
    async pull(controller) {
      if (!sent) {
        sent = true;
        return controller.enqueue(new TextEncoder().encode('{"half":'));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
      controller.error(new Error("cut"));
    },
  });
}

/** A body that begins and goes on for ever without a word. */
function endless(): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode("[")),
  });
}
