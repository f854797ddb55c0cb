import {
  assert,
  assertEquals,
  assertFalse,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { test } from "../harness.ts";
import { APIStatusError } from "../../src/errors.ts";
import { readJson } from "../../src/http/body.ts";
import type { HttpOptions, Middleware } from "../../src/http/options.ts";
import { open } from "../../src/http/open.ts";
import { type HttpRequest, send } from "../../src/http/request.ts";
import { http, serving } from "./serve.ts";

const PASS: Middleware = (request, next) => next(request);

interface Seen {
  readonly at: string;
  readonly headers: Headers;
}

/** Two servers: `/r/<status>?<where>` of the first redirects there, everything else is answered. */
async function twoServers(
  run: (first: string, second: string, seen: Seen[]) => Promise<void>,
): Promise<void> {
  const seen: Seen[] = [];
  const handler = (which: string) => async (request: Request) => {
    const { pathname, searchParams } = new URL(request.url);
    seen.push({
      at: `${which} ${request.method} ${pathname} ${await request.text()}`.trim(),
      headers: request.headers,
    });
    if (!pathname.includes("/r/")) return Response.json({ which });
    const status = Number(pathname.slice(-3));
    return new Response("away", {
      status,
      headers: { location: searchParams.get("to")! },
    });
  };
  await serving(handler("first"), async (first) => {
    await serving(handler("second"), (second) => run(first, second, seen));
  });
}

const OPTIONS: Partial<HttpOptions> = {
  password: "hunter2",
  headers: { "x-secret": "abc", cookie: "a=b" },
};
const to = (status: number, where: string) => `/r/${status}?to=${encodeURIComponent(where)}`;
const request = (method: string, at: string): HttpRequest => {
  const [path = "", where] = at.split("?to=");
  return {
    method,
    path,
    query: { to: decodeURIComponent(where!) },
    ...method === "GET" ? {} : { json: { a: 1 } },
  };
};

test("send follows no redirect of what isn't GET or HEAD, wherever it leads", async () => {
  await twoServers(async (first, second, seen) => {
    for (const method of ["POST", "PUT", "PATCH", "DELETE"]) {
      for (const status of [301, 302, 303, 307, 308]) {
        for (const where of ["/elsewhere", `${second}/elsewhere?token=hidden`]) {
          seen.length = 0;
          const sent = request(method, to(status, where));
          const error = await assertRejects(
            () => send(http(first, { ...OPTIONS, maxRetries: 2 }), sent, {}, readJson),
            APIStatusError,
          );
          assertEquals(error.status, status);
          assertEquals(seen.length, 1, `${method} ${status} ${where}`);
          assertStringIncludes(error.message, "/elsewhere");
          assertFalse(error.message.includes("hidden"), error.message);
        }
      }
    }
  });
});

test("send notices a POST that a fetch of the caller's own redirected", async () => {
  await twoServers(async (first, _second) => {
    const fetching: HttpOptions["fetch"] = (input, init) =>
      fetch(input, { ...init, redirect: "follow" });
    for (const middleware of [[], [PASS]]) {
      const options = { ...OPTIONS, fetch: fetching, middleware };
      await assertRejects(
        () => send(http(first, options), request("POST", to(303, "/elsewhere")), {}, readJson),
        APIStatusError,
        "was redirected",
      );
    }
  });
});

test("send follows redirects of GET; what identifies the caller stays with its origin", async () => {
  await twoServers(async (first, second, seen) => {
    for (const status of [301, 302, 303, 307, 308]) {
      for (const middleware of [[], [PASS]]) {
        seen.length = 0;
        const options = http(first, { ...OPTIONS, middleware });
        const same = await send(options, request("GET", to(status, "/same")), {}, readJson);
        assertEquals(same.data, { which: "first" });
        const [, there] = seen;
        assertEquals(there!.headers.get("x-secret"), "abc");
        assert(there!.headers.has("authorization"));

        seen.length = 0;
        const other = await send(options, request("GET", to(status, `${second}/x`)), {}, readJson);
        assertEquals(other.data, { which: "second" });
        const { headers } = seen[1]!;
        assertEquals(["authorization", "x-secret", "cookie"].filter((it) => headers.has(it)), []);
        assertEquals(headers.get("accept"), "application/json");
      }
    }
    // there and back again: what was dropped stays dropped
    seen.length = 0;
    const back = `${second}${to(302, `${first}/back`)}`;
    await send(http(first, OPTIONS), request("GET", to(302, back)), {}, readJson);
    assertEquals(seen.map(({ at }) => at.split(" ")[0]), ["first", "second", "first"]);
    assertFalse(seen[2]!.headers.has("authorization"));
  });
});

test("open follows like send", async () => {
  await twoServers(async (first, second, seen) => {
    const opened = await open(http(first, OPTIONS), request("GET", to(302, `${second}/x`)), {});
    assertEquals(await opened.response.json(), { which: "second" });
    opened.close();
    assertFalse(seen[1]!.headers.has("authorization"));
    await assertRejects(
      () => open(http(first, OPTIONS), request("POST", to(307, "/x")), {}),
      APIStatusError,
    );
  });
});

test("send gives up on a circle of redirects, and on those that lead nowhere", async () => {
  await twoServers(async (first, _second, seen) => {
    let at = 0;
    const circle: HttpOptions["fetch"] = () => {
      at++;
      return Promise.resolve(new Response(null, { status: 302, headers: { location: "/x" } }));
    };
    const get: HttpRequest = { method: "GET", path: "/x" };
    await assertRejects(
      () => send(http(first, { fetch: circle, maxRetries: 0 }), get, {}, readJson),
      APIStatusError,
      "can't be followed",
    );
    assertEquals(at, 11);
    for (const where of ["file:///etc/passwd", "data:,x", "http://a:b@127.0.0.1/"]) {
      seen.length = 0;
      await assertRejects(
        () => send(http(first), request("GET", to(302, where)), {}, readJson),
        APIStatusError,
      );
      assertEquals(seen.length, 1);
    }
  });
});

test("send follows a redirect that a browser hides, without what identifies the caller", async () => {
  const asked: { redirect: string | undefined; headers: string[] }[] = [];
  const browser: HttpOptions["fetch"] = (_input, init) => {
    asked.push({
      redirect: init?.redirect,
      headers: [...new Headers(init?.headers).keys()],
    });
    const answer = init?.redirect === "follow" ? Response.json({ ok: true }) : Response.json({});
    if (init?.redirect === "follow") Object.defineProperty(answer, "redirected", { value: true });
    else {
      Object.defineProperty(answer, "type", { value: "opaqueredirect" });
      Object.defineProperty(answer, "status", { value: 0 });
    }
    return Promise.resolve(answer);
  };
  const options = http("http://host", { ...OPTIONS, fetch: browser });
  const { data } = await send(options, { method: "GET", path: "/x" }, {}, readJson);
  assertEquals(data, { ok: true });
  assertEquals(asked.map(({ redirect }) => redirect), ["manual", "follow"]);
  assertEquals(asked[1]!.headers, ["accept"]);
  await assertRejects(
    () => send(options, { method: "POST", path: "/x", json: {} }, {}, readJson),
    APIStatusError,
    "redirected",
  );
});
