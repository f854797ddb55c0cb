import { assert, assertEquals, assertInstanceOf, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import * as errors from "../../src/errors.ts";
import { connectionError, neverReached, serverWords, statusError } from "../../src/http/failure.ts";

const LADDER: [number, typeof errors.APIStatusError, string][] = [
  [400, errors.BadRequestError, "bad_request"],
  [401, errors.AuthenticationError, "authentication"],
  [403, errors.PermissionDeniedError, "permission_denied"],
  [404, errors.NotFoundError, "not_found"],
  [409, errors.ConflictError, "conflict"],
  [418, errors.APIStatusError, "status"],
  [422, errors.UnprocessableEntityError, "unprocessable_entity"],
  [429, errors.RateLimitError, "rate_limit"],
  [500, errors.InternalServerError, "internal_server_error"],
  [503, errors.InternalServerError, "internal_server_error"],
];

test("statusError gives each status its class", async () => {
  for (const [status, Kind, code] of LADDER) {
    const error = await statusError("GET /x", new Response(null, { status }), "");
    assertEquals(error.constructor, Kind);
    assertEquals([error.status, error.code], [status, code]);
    assertStringIncludes(error.message, `GET /x was answered with ${status}`);
  }
});

test("serverWords reads the four shapes of a failure", () => {
  const named = { name: "BadRequest", data: { message: "Missing key", kind: "Payload" } };
  assertEquals(serverWords(named), "BadRequest: Missing key");
  assertEquals(
    serverWords({ name: "UnknownError", data: { message: "Unexpected", ref: "err_1" } }),
    "UnknownError: Unexpected (err_1 in the server's log)",
  );
  assertEquals(serverWords({ _tag: "BadRequest" }), "BadRequest");
  assertEquals(
    serverWords({ _tag: "PermissionNotFoundError", requestID: "per_1" }),
    "PermissionNotFoundError: per_1",
  );
  assertEquals(
    serverWords({ _tag: "X", requestID: "per_1", message: "gone" }),
    "X: gone",
  );
  assertEquals(serverWords(""), undefined);
  assertEquals(serverWords("<!doctype html><p>"), "a web page");
  assertEquals(serverWords(" busy "), "busy");
  assertEquals(serverWords({ odd: 1 }), '{"odd":1}');
  for (const body of [null, 1, true]) assertEquals(serverWords(body), undefined);
});

test("statusError keeps the body, the headers and the server's reference", async () => {
  const body = { name: "UnknownError", data: { message: "m", ref: "err_9" } };
  const response = new Response(null, { status: 500, headers: { "x-a": "b" } });
  const error = await statusError("GET /x", response, JSON.stringify(body));
  assertEquals(error.body, body);
  assertEquals(error.headers.get("x-a"), "b");
  assertEquals(error.requestId, "err_9");
});

test("statusError masks what looks like a secret in the server's words", async () => {
  const message = 'in {"apiKey":"sk-123","url":"u"} with hunter2 and Basic b3BlbmNvZGU6eA==';
  const text = JSON.stringify({ name: "UnknownError", data: { message } });
  const error = await statusError("GET /x", new Response(null, { status: 400 }), text, ["hunter2"]);
  for (const secret of ["sk-123", "hunter2", "b3BlbmNvZGU6eA"]) {
    assertEquals(error.message.includes(secret), false, secret);
  }
  assertStringIncludes(error.message, '"url":"u"');
});

test("statusError keeps no secret in the body that it shows", async () => {
  const body = { message: "denied for hunter2", auth: { key: "sk-1" }, url: "u" };
  for (const text of [JSON.stringify(body), `denied: ${JSON.stringify(body)}`]) {
    const error = await statusError("GET /x", new Response(null, { status: 403 }), text, [
      "hunter2",
    ]);
    const shown = JSON.stringify(error) + String(error) + String(error.stack);
    for (const secret of ["sk-1", "hunter2"]) assertEquals(shown.includes(secret), false, secret);
    assertStringIncludes(JSON.stringify(error.body), "denied for ***");
  }
});

test("statusError comes back from a long body that repeats the name of a secret", async () => {
  const text = JSON.stringify({ message: "a token ".repeat(250_000) });
  const error = await statusError("GET /x", new Response(null, { status: 500 }), text);
  assertStringIncludes(error.message, "a token a token");
});

test("statusError says what to do about a 401", async () => {
  const error = await statusError("GET /x", new Response(null, { status: 401 }), "");
  assertInstanceOf(error, errors.AuthenticationError);
  assertStringIncludes(error.message, "OPENCODE_SERVER_PASSWORD");
});

test("neverReached is true for a refused connection and an unknown name alone", () => {
  const withCode = (code: string) => Object.assign(new Error("x"), { code });
  assert(neverReached(new TypeError("fetch failed", { cause: withCode("ECONNREFUSED") })));
  assert(neverReached(withCode("ConnectionRefused")));
  assert(neverReached(new TypeError("client error (Connect): tcp connect error: refused")));
  const both = new AggregateError([withCode("ECONNREFUSED"), withCode("ECONNREFUSED")]);
  assert(neverReached(new TypeError("fetch failed", { cause: both })));
  assert(!neverReached(new TypeError("fetch failed", { cause: withCode("ECONNRESET") })));
  assert(!neverReached(new TypeError("error sending request: connection closed")));
  assert(!neverReached("text"));
});

test("connectionError names CORS where a browser's fetch fails without a reason", () => {
  // Chromium, Firefox and Safari
  const messages = [
    "Failed to fetch",
    "NetworkError when attempting to fetch resource.",
    "Load failed",
  ];
  for (const message of messages) {
    const error = connectionError("GET /x", "http://host", new TypeError(message));
    assertInstanceOf(error, errors.APIConnectionError);
    assertStringIncludes(
      error.message,
      "GET /x got no answer from http://host: CORS or not reachable: start the server with --cors ",
    );
  }
  const reasons = [
    Object.assign(new TypeError("fetch failed"), { cause: new Error("read ECONNRESET") }),
    Object.assign(new TypeError("Failed to fetch"), { code: "ECONNRESET" }),
    new TypeError("error sending request for url"),
  ];
  for (const reason of reasons) {
    assertEquals(connectionError("GET /x", "http://host", reason).message.includes("CORS"), false);
  }
});
