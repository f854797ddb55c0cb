import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import type { ClientOptions } from "../../src/client/mod.ts";
import {
  APIResponseValidationError,
  InvalidArgumentError,
  NotFoundError,
} from "../../src/errors.ts";

interface Sent {
  url: string;
  method: string;
  headers: Headers;
  body: unknown;
}

/** A client whose fetch is a function of the request. */
function fake(
  answer: (sent: Sent) => Response | Promise<Response>,
  options: Partial<ClientOptions> = {},
): { client: OpencodeClient; sent: Sent[] } {
  const sent: Sent[] = [];
  const client = new OpencodeClient({
    baseUrl: "http://host",
    env: {},
    fetch: async (input, init) => {
      const request: Sent = {
        url: String(input),
        method: init?.method ?? "GET",
        headers: new Headers(init?.headers),
        body: await bodyOf(init),
      };
      sent.push(request);
      return await answer(request);
    },
    ...options,
  });
  return { client, sent };
}

/** The JSON of a body, in whatever form it is handed to `fetch`; other bodies as they are. */
async function bodyOf(init: RequestInit | undefined): Promise<unknown> {
  const body = init?.body ?? undefined;
  if (typeof body !== "string" && !(body instanceof Blob)) return body;
  const text = await new Response(body).text();
  if (text === "") return undefined;
  return new Headers(init?.headers).get("content-type") === "application/json"
    ? JSON.parse(text)
    : text;
}

const ok = (value: unknown = true) => Response.json(value);

test("a method is named by its operationId and sends what its input says", async () => {
  const { client, sent } = fake(() => ok({ id: "ses_1" }));
  await client.session.create({ title: "x" });
  await client.session.promptAsync({ sessionID: "ses_1", parts: [] });
  await client.v2.session.prompt({ sessionID: "ses_1", prompt: { text: "hi" } });
  await client.mcp.auth.start({ name: "a/b" });
  await client.vcs.diff({ mode: "git" });
  await client.vcs.diff.raw();
  assertEquals(sent.map(({ method, url, body }) => [method, url, body]), [
    ["POST", "http://host/session", { title: "x" }],
    ["POST", "http://host/session/ses_1/prompt_async", { parts: [] }],
    ["POST", "http://host/api/session/ses_1/prompt", { prompt: { text: "hi" } }],
    ["POST", "http://host/mcp/a%2Fb/auth", undefined],
    ["GET", "http://host/vcs/diff?mode=git", undefined],
    ["GET", "http://host/vcs/diff/raw", undefined],
  ]);
});

test("directory and workspace of the client are defaults, query of a call stands before them", async () => {
  const { client, sent } = fake(() => ok([]), { directory: "/d ü", workspace: "wrk_1" });
  await client.session.list();
  await client.session.list({ directory: "/e" });
  await client.session.list({}, { query: { directory: "/f", workspace: undefined } });
  await client.global.health();
  assertEquals(sent.map(({ url }) => url.slice("http://host".length)), [
    "/session?directory=%2Fd+%C3%BC&workspace=wrk_1",
    "/session?directory=%2Fe&workspace=wrk_1",
    "/session?directory=%2Ff",
    "/global/health",
  ]);
});

test("health is short for global.health", async () => {
  const { client, sent } = fake(() => ok({ healthy: true, version: "1.18.33" }));
  assertEquals(await client.health(), { healthy: true, version: "1.18.33" });
  assertEquals(sent[0]!.url, "http://host/global/health");
});

test("raw gives data and response, and concurrent calls of both kinds never mix", async () => {
  const { client } = fake(async ({ url }) => {
    const id = url.split("/").pop()!;
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 10));
    return Response.json({ id }, { headers: { "x-id": id } });
  });
  await Promise.all(Array.from({ length: 60 }, async (_, n) => {
    const sessionID = `ses_${n}`;
    if (n % 2) {
      const session = await client.session.get({ sessionID });
      assertEquals(session as unknown, { id: sessionID });
    } else {
      const { data, response } = await client.raw.session.get({ sessionID });
      assertEquals([data.id, response.headers.get("x-id")], [sessionID, sessionID]);
    }
  }));
  const { data } = await client.raw.vcs.diff.raw().catch((error) => ({ data: error }));
  assertEquals(typeof data, "string");
});

test("copy and withOptions change what they are given, and leave the original as it is", async () => {
  const base: ClientOptions = {
    baseUrl: "http://one",
    directory: "/a",
    workspace: "wrk_1",
    username: "u",
    password: "p",
    headers: { "x-a": "1" },
    timeout: 1000,
    maxRetries: 0,
    validate: false,
    env: {},
  };
  const { client, sent } = fake(() => ok([]), base);
  const changes: Partial<ClientOptions>[] = [
    { baseUrl: "http://two" },
    { directory: "/b" },
    { workspace: "wrk_2" },
    { username: "v" },
    { password: "q" },
    { headers: { "x-b": "2" } },
    { timeout: 5 },
    { maxRetries: 4 },
    { validate: "strict" },
    { middleware: [(request, next) => next(request)] },
    { logLevel: "debug" },
    { reconnectTimeout: 5 },
    { silenceTimeout: 5 },
    { fetch: () => Promise.resolve(ok([])) },
    {},
    { password: undefined, directory: undefined },
  ];
  for (const change of changes) {
    for (const copy of [client.copy(change), client.withOptions(change)]) {
      assertEquals(copy.baseUrl, change.baseUrl ?? "http://one");
      assertEquals(copy.directory, change.directory ?? "/a");
      await copy.session.list();
    }
  }
  sent.length = 0;
  await client.session.list();
  await client.copy({ baseUrl: "http://two", headers: { "x-b": "2" } }).session.list();
  const [first, second] = sent;
  assertEquals(first!.url, "http://one/session?directory=%2Fa&workspace=wrk_1");
  assertEquals([first!.headers.get("x-a"), first!.headers.get("authorization")], [
    "1",
    "Basic dTpw",
  ]);
  assertEquals(second!.url, "http://two/session?directory=%2Fa&workspace=wrk_1");
  assertEquals([second!.headers.get("x-a"), second!.headers.get("x-b")], [null, "2"]);
});

test("credentials come from options, the address or the environment", async () => {
  const of = async (options: Partial<ClientOptions>) => {
    const { client, sent } = fake(() => ok([]), options);
    await client.session.list();
    const header = sent[0]!.headers.get("authorization");
    return header && atob(header.slice("Basic ".length));
  };
  assertEquals(await of({}), null);
  assertEquals(await of({ password: "p" }), "opencode:p");
  assertEquals(await of({ baseUrl: "http://u:w@host" }), "u:w");
  const env = { OPENCODE_SERVER_USERNAME: "me", OPENCODE_SERVER_PASSWORD: "e" };
  assertEquals(await of({ env }), "me:e");
  assertEquals(await of({ env, password: "p", username: "u" }), "u:p");
});

test("an input that is no object, or lacks a field of the path, sends nothing", async () => {
  const { client, sent } = fake(() => ok());
  for (const input of [undefined, {}, null, 5, "ses_1", { sessionID: "" }, { sessionID: ".." }]) {
    await assertRejects(() => client.session.get(input as never), InvalidArgumentError);
  }
  assertEquals(sent, []);
});

test("request reaches any path, with the client's ways", async () => {
  const { client, sent } = fake(({ url, method }) => {
    if (url.includes("/text")) {
      return new Response("é", { headers: { "content-type": "text/plain" } });
    }
    if (url.includes("/bytes")) return new Response(new Uint8Array([1, 2]));
    if (url.includes("/gone")) return Response.json({}, { status: 404 });
    if (url.includes("/events")) {
      return new Response("data: 1\n\ndata: 2\n\n", {
        headers: { "content-type": "text/event-stream" },
      });
    }
    return Response.json({ method });
  }, { password: "p" });
  assertEquals(await client.request("post", "/a?x=1&x=2", { json: { b: 1 }, query: { y: "z" } }), {
    method: "POST",
  });
  assertEquals([sent[0]!.url, sent[0]!.body], ["http://host/a?x=1&x=2&y=z", { b: 1 }]);
  assert(sent[0]!.headers.get("authorization"));
  assertEquals(await client.request<string>("GET", "/text"), "é");
  assertEquals(await client.request("GET", "/bytes"), new Uint8Array([1, 2]));
  await assertRejects(() => client.request("GET", "/gone"), NotFoundError);
  await assertRejects(() => client.request("GET", "gone"), InvalidArgumentError, "slash");
  const response = await client.request<Response>("GET", "/text", { as: "response" });
  assertEquals([response.status, await response.text()], [200, "é"]);
  const events = await client.request<AsyncIterable<number>>("GET", "/events", { as: "events" });
  const seen: number[] = [];
  for await (const event of events) seen.push(event);
  assertEquals(seen, [1, 2]);
});

test("validate compares answers with the document, by client and by call", async () => {
  const todo = { content: "x", status: "pending", priority: "high" };
  const broken = { content: 5, status: "pending", priority: "high" };
  const newer = { ...todo, color: "red" };
  let answer: unknown[] = [];
  const warned: string[] = [];
  const logger = {
    debug() {},
    info() {},
    error() {},
    warn: (_: string, { error }: { error?: string }) => void warned.push(error ?? ""),
  };
  const { client } = fake(() => ok(answer), { validate: true, logger });
  const of = (validate?: ClientOptions["validate"]) =>
    client.session.todo({ sessionID: "ses_1" }, { validate });
  answer = [todo];
  await of();
  await of("strict");
  answer = [todo, newer];
  await of();
  await assertRejects(() => of("strict"), APIResponseValidationError, "color");
  answer = [todo, broken];
  const error = await assertRejects(() => of(), APIResponseValidationError);
  assertEquals(error.path, "/1/content");
  assertEquals(error.schemaPath, "#/components/schemas/Todo/properties/content/type");
  assertStringIncludes(error.message, "GET /session/ses_1/todo");
  assertEquals(await of(false), answer as never);
  assertEquals(warned.length, 0);
  assertEquals(await of("warn"), answer as never);
  assertEquals(warned.length, 1);
  assertStringIncludes(warned[0]!, "/1/content");
});

test("an enum value of a newer server passes unless the mode is strict", async () => {
  const { client } = fake(() => ok({ type: "telepathy", content: "x" }));
  const of = (validate: ClientOptions["validate"]) => client.file.read({ path: "x" }, { validate });
  await of(true);
  await assertRejects(() => of("strict"), APIResponseValidationError, "telepathy");
});

test("answers without a body resolve to nothing", async () => {
  const { client } = fake(() => new Response(null, { status: 204 }));
  const input = { sessionID: "ses_1", parts: [] };
  assertEquals(await client.session.promptAsync(input), undefined);
});

test("a call made while another is running keeps its own options", async () => {
  const { client } = fake(async ({ url }) => {
    const slow = url.includes("slow");
    await new Promise((resolve) => setTimeout(resolve, slow ? 60 : 5));
    return ok({ url });
  });
  const [slow, fast] = await Promise.allSettled([
    client.session.get({ sessionID: "slow" }, { timeout: 20, maxRetries: 0 }),
    client.session.get({ sessionID: "fast" }),
  ]);
  assertEquals([slow.status, fast.status], ["rejected", "fulfilled"]);
  await new Promise((resolve) => setTimeout(resolve, 60));
});

test("connect is asked before each request for server, credentials, fetch and directory", async () => {
  const one = fake(() => ok([]), { baseUrl: "http://one", password: "p1", directory: "/one" });
  const two = fake(() => ok([]), { baseUrl: "http://two", directory: "/two" });
  let target = one.client;
  let asked = 0;
  const client = new OpencodeClient({
    env: {},
    connect: () => {
      asked++;
      return Promise.resolve(target);
    },
  });
  await client.session.list();
  assertEquals(client.baseUrl, "http://one");
  target = two.client;
  await client.raw.session.list();
  await client.request("GET", "/x");
  await client.copy({ directory: "/own" }).session.list();
  assertEquals(one.sent.map(({ url }) => url), ["http://one/session?directory=%2Fone"]);
  assertEquals(one.sent[0]!.headers.get("authorization"), `Basic ${btoa("opencode:p1")}`);
  assertEquals(two.sent.map(({ url }) => url), [
    "http://two/session?directory=%2Ftwo",
    "http://two/x",
    "http://two/session?directory=%2Fown",
  ]);
  assertEquals(two.sent[0]!.headers.get("authorization"), null);
  assertEquals(asked, 4);
  await assertRejects(() => client.session.get({} as never), InvalidArgumentError);
  assertEquals(asked, 4, "what can't be sent starts nothing");
});

test("a connect that fails is the call's failure, and a signal ends the wait for it", async () => {
  const bug = new Error("no server");
  const failing = new OpencodeClient({
    env: {},
    connect: () => Promise.reject(bug),
  });
  assertEquals(await failing.session.list().catch((error) => error), bug);
  assertEquals((await failing.subscribe({ events() {} }).catch((error) => error)).cause, bug);
  const hanging = failing.copy({ connect: () => new Promise(() => {}) });
  const reason = new Error("enough");
  const controller = new AbortController();
  const { signal } = controller;
  const calls = [
    hanging.session.list({}, { signal }),
    hanging.request("GET", "/x", { signal }),
    hanging.subscribe({ events() {} }, { signal }),
  ].map((call) => call.catch((error) => error));
  controller.abort(reason);
  assertEquals(await Promise.all(calls), [reason, reason, reason]);
});
