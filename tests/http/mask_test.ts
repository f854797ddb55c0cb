import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { test } from "../harness.ts";
import { mask, maskBody } from "../../src/http/mask.ts";

test("mask hides values under names of secrets, and given strings", () => {
  const text = mask(
    '{"password":"a\\"b","apiKey": "k","nested":{"access_token":"t"},"title":"x"} pw',
    ["pw"],
  );
  for (const part of ['a\\"b', '"k"', '"t"', "pw"]) assertEquals(text.includes(part), false, part);
  assertStringIncludes(text, '"title":"x"');
});

test("mask hides what follows Basic and Bearer, and no other word", () => {
  assertEquals(mask("Bearer abc.def-123, Basic b3Blbg== end"), "Bearer ***, Basic *** end");
  assertEquals(mask("a Basic plan"), "a Basic plan");
});

test("mask hides a value that was cut before its end", () => {
  assertEquals(mask('{"token":"abc'), '{"token":"***');
  assertEquals(mask('{"token":"abc\\'), '{"token":"***');
  assertEquals(mask('{"token":"a\\\nb"}'), '{"token":"***"}');
});

test("mask cuts what is long", () => {
  assertEquals(mask("x".repeat(30), [], 10), `${"x".repeat(10)}… (20 more characters)`);
});

test("mask hides a secret that the cut goes through", () => {
  assertEquals(mask("x hunter2", ["hunter2"], 5), "x ***");
  assertEquals(mask('{"token":"abcdefgh"}', [], 13).includes("bcd"), false);
});

test("mask comes back from megabytes of words that name secrets, and of one value", () => {
  const repeated = JSON.stringify({ text: "a token ".repeat(250_000) });
  assertEquals(mask(repeated).slice(0, 20), repeated.slice(0, 20));
  const names = '"token'.repeat(300_000);
  assertEquals(mask(names).slice(0, 20), names.slice(0, 20));
  const long = "x".repeat(20_000_000);
  assertEquals(mask(JSON.stringify({ token: long })), '{"token":"***"}');
  assertEquals(mask(`Bearer ${long}`), "Bearer ***");
  assertEquals(mask(JSON.stringify({ token: "\\".repeat(2_000_000) })), '{"token":"***"}');
});

test("maskBody hides secrets wherever they are, and leaves the rest", () => {
  const body = {
    name: "X",
    tokens: { input: 5 },
    auth: { apiKey: "sk-1", access: "sk-2", list: [{ secrets: ["sk-3", { of: "sk-4" }] }] },
    message: 'in {"token":"sk-5"} of hunter2',
    n: null,
  };
  const masked = maskBody(body, ["hunter2"]);
  assertEquals(masked, {
    name: "X",
    tokens: { input: 5 },
    auth: { apiKey: "***", access: "***", list: [{ secrets: ["***", { of: "***" }] }] },
    message: 'in {"token":"***"} of ***',
    n: null,
  });
  assertEquals(body.auth.apiKey, "sk-1", "its argument stays as it is");
});

test("maskBody comes back from a body of great depth", () => {
  const deep = JSON.parse("[".repeat(50_000) + "]".repeat(50_000));
  assert(JSON.stringify(maskBody(deep)).length < 500);
});

test("mask hides a given secret however it is spelt", () => {
  const secret = 'p:w/é %"x y';
  const encoded = encodeURIComponent(secret);
  const spelt = [
    secret,
    encoded,
    encoded.replace(/%../g, (hex) => hex.toLowerCase()),
    encoded.replaceAll("%20", "+"),
    JSON.stringify(secret),
  ];
  for (const text of spelt) {
    const masked = mask(`before ${text} after`, [secret]);
    assertEquals(masked.replaceAll('"', ""), "before *** after");
  }
});

test("mask hides secrets in what is no JSON", () => {
  for (
    const text of [
      `{ apiKey: 'hunter2', x: 1 }`,
      `{ password: "hunter2" }`,
      `{'secret' : 'hunter2'}`,
      `{"body":"{\\"api_key\\":\\"hunter2\\"}"`,
      `GET /x?auth_token=hunter2&a=1`,
      `OPENAI_API_KEY=hunter2`,
      `password=hunter%32;`,
      `http://user:hunter2@host/x`,
      `key sk-hunter2hunter2hunter2 refused`,
    ]
  ) {
    const masked = mask(text);
    assertEquals(masked.includes("hunter"), false, masked);
    assertStringIncludes(masked, "***");
  }
  for (const text of ["max_tokens=5", "token === undefined", "a token: none", "skip-this-one"]) {
    assertEquals(mask(text), text);
  }
});
