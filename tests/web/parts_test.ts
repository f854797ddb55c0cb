/** The pieces of the handler that need no server: access, bodies, events, answers, paths. */
import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { Access } from "../../src/web/access.ts";
import { Answers } from "../../src/web/answers.ts";
import { readJson, Refusal } from "../../src/web/body.ts";
import { EventLog } from "../../src/web/event_log.ts";
import { inside } from "../../src/web/routes/files.ts";

const HOME = "http://127.0.0.1:3000/";

function request(headers: Record<string, string>, method = "GET", url = HOME): Request {
  return new Request(url, { method, headers: { host: "127.0.0.1:3000", ...headers } });
}

test("Access takes a token once, and knows the browser by its cookie from then on", () => {
  const access = new Access();
  const token = access.issue();
  const at = { secure: false, path: "/" };
  assertEquals(access.redeem(`${token.slice(0, -1)}x`, at), undefined);
  const cookie = access.redeem(token, at)!;
  assert(/; HttpOnly; SameSite=Strict$/.test(cookie), cookie);
  assertEquals(access.redeem(token, at), undefined, "a token is void once it was used");
  assert(access.redeem(access.issue(), { secure: true, path: "/a/" })!.includes("Secure"));
  const [pair] = cookie.split(";");
  assertEquals(access.signedIn(request({ cookie: `a=b; ${pair}` })).allowed, true);
  for (const wrong of ["", "a=b", `${pair}x`, pair!.replace(/=.*/, "=")]) {
    assertEquals(access.signedIn(request({ cookie: wrong })).allowed, false, wrong);
  }
  const [name] = pair!.split("=");
  const other = new Access();
  const theirs = other.redeem(other.issue(), at)!.split(";")[0]!;
  for (
    const cookie of [
      // a page on another port of this machine sets one of the same name, before or after ours
      `${name}=evil; ${pair}`,
      `${pair}; ${name}=evil`,
      `${name}; ${name}=; ${pair}`,
      `${theirs}; ${pair}`,
      `${"long=".padEnd(200_000, "x")};${" ".repeat(200_000)};${pair}`,
    ]
  ) assertEquals(access.signedIn(request({ cookie })).allowed, true, cookie.slice(0, 100));
  for (
    const cookie of [theirs, `${name}=${theirs.split("=")[1]}`, `x${pair}`, `${pair}=x`.slice(1)]
  ) {
    assertEquals(access.signedIn(request({ cookie })).allowed, false, cookie);
  }
});

test("Access refuses foreign hosts and origins", () => {
  const access = new Access({ hosts: ["box.local:3000"] });
  const allowed = (headers: Record<string, string>, method = "GET") =>
    access.place(request(headers, method), false).allowed;
  for (const host of ["127.0.0.1:3000", "localhost:3000", "[::1]:3000", "box.local:3000"]) {
    assertEquals(allowed({ host }), true, host);
  }
  for (
    const host of [
      "evil.example",
      "127.0.0.1.evil.example",
      "localhost.evil.example:3000",
      "box.local",
      "192.168.0.7:3000",
      "127.0.0.1@evil.example",
    ]
  ) assertEquals(allowed({ host }), false, host);
  const origins = ["http://evil.example", "null", "http://127.0.0.1:9999", "file://", "x"];
  for (const origin of origins) {
    assertEquals(allowed({ origin }), false, origin);
    assertEquals(allowed({ origin }, "POST"), false, origin);
  }
  assertEquals(allowed({ origin: "http://127.0.0.1:3000" }, "POST"), true);
  assertEquals(allowed({}, "POST"), false, "a change needs an Origin");
  assertEquals(allowed({ "sec-fetch-site": "cross-site" }), false);
  assertEquals(allowed({ "sec-fetch-site": "same-site" }), false);
  const open = new Access({ anyAddress: true });
  assertEquals(open.place(request({ host: "192.168.0.7:3000" }), false).allowed, true);
  assertEquals(open.place(request({ host: "evil.example:3000" }), false).allowed, false);
});

test("Access lets a link elsewhere open the page itself, and nothing more", () => {
  const access = new Access();
  const allowed = (document: boolean, method: string, mode: string, dest: string, more = {}) =>
    ["cross-site", "same-site", "unheard-of"].map((site) =>
      access.place(
        request({
          "sec-fetch-site": site,
          "sec-fetch-mode": mode,
          "sec-fetch-dest": dest,
          ...more,
        }, method),
        document,
      ).allowed
    );
  const all = [true, true, true];
  const none = [false, false, false];
  assertEquals(allowed(true, "GET", "navigate", "document"), all);
  assertEquals(allowed(true, "HEAD", "navigate", "document"), all);
  assertEquals(allowed(false, "GET", "navigate", "document"), none, "a route of the API");
  for (const method of ["POST", "PUT", "DELETE", "PATCH"]) {
    assertEquals(allowed(true, method, "navigate", "document"), none, method);
    assertEquals(allowed(true, method, "navigate", "document", { origin: "null" }), none, method);
  }
  for (const dest of ["iframe", "frame", "embed", "object", "image", "script", "empty", ""]) {
    assertEquals(allowed(true, "GET", "navigate", dest), none, dest);
  }
  for (const mode of ["no-cors", "cors", "websocket", "nested-navigate", ""]) {
    assertEquals(allowed(true, "GET", mode, "document"), none, mode);
  }
});

test("readJson bounds the size and the time of a body", async () => {
  const post = (body: BodyInit, type = "application/json") =>
    new Request(HOME, { method: "POST", body, headers: { "content-type": type } });
  assertEquals(await readJson(post('{"a":1}')), { a: 1 });
  const status = async (given: Request, max = 100, time = 1_000) =>
    (await assertRejects(() => readJson(given, max, time), Refusal)).status;
  assertEquals(await status(post("{}", "text/plain")), 415);
  assertEquals(await status(post("[1]")), 400);
  assertEquals(await status(post("{")), 400);
  assertEquals(await status(post(JSON.stringify({ a: "x".repeat(200) }))), 413);
  const endless = new ReadableStream<Uint8Array>({
    pull: (controller) => controller.enqueue(new Uint8Array(64).fill(32)),
  });
  const streamed = (body: ReadableStream<Uint8Array>) =>
    new Request(HOME, {
      method: "POST",
      body,
      headers: { "content-type": "application/json" },
      duplex: "half",
    } as RequestInit);
  assertEquals(await status(streamed(endless)), 413);
  assertEquals(
    await status(streamed(new ReadableStream({ pull: () => new Promise(() => {}) })), 100, 50),
    408,
  );
});

async function frames(log: EventLog, after: string | null, count: number): Promise<string[]> {
  const leaving = new AbortController();
  const reader = log.stream(after, leaving.signal).getReader();
  const got: string[] = [];
  let text = "";
  while (got.length < count) {
    const { value, done } = await reader.read();
    if (done) break;
    text += new TextDecoder().decode(value);
    got.splice(0, Infinity, ...text.split("\n\n").filter((each) => each.includes("data: ")));
  }
  await reader.cancel();
  return got.map((each) => each.slice(each.indexOf("data: ") + 6));
}

test("EventLog goes on after the last event that was read", async () => {
  const log = new EventLog();
  const event = (text: string) => ({ type: "error" as const, message: text });
  log.push(event("one"));
  const { seq } = log;
  log.push(event("two"));
  assertEquals(await frames(log, seq, 1), [JSON.stringify(event("two"))]);
  const waiting = frames(log, log.seq, 1);
  log.push(event("three"));
  assertEquals(await waiting, [JSON.stringify(event("three"))]);
});

test("EventLog says reset to a reader of another run, or one who was away too long", async () => {
  const log = new EventLog();
  const first = log.seq;
  for (const after of [null, "", "other-3", `${first.split("-")[0]}-999`, "x"]) {
    log.push({ type: "files" });
    assertEquals(await frames(log, after, 1), ['{"type":"reset"}'], String(after));
  }
  for (let i = 0; i < 20_000; i++) log.push({ type: "files" });
  assertEquals(await frames(log, first, 1), ['{"type":"reset"}']);
});

test("EventLog counts its readers, whichever way they leave, and ends them all", async () => {
  const log = new EventLog();
  const leaving = new AbortController();
  const aborted = log.stream(log.seq, leaving.signal).getReader();
  const cancelled = log.stream(log.seq, new AbortController().signal).getReader();
  const ended = log.stream(log.seq, new AbortController().signal).getReader();
  for (const reader of [aborted, cancelled, ended]) await reader.read();
  assertEquals(log.readers, 3);
  const rest = [aborted, cancelled, ended].map((reader) => reader.read());
  leaving.abort();
  await cancelled.cancel();
  await Promise.all(rest.slice(0, 2));
  assertEquals(log.readers, 1);
  log.end();
  assertEquals((await rest[2])!.done, true);
  assertEquals(log.readers, 0);
  assertEquals(log.stream(log.seq, AbortSignal.abort()) instanceof ReadableStream, true);
  assertEquals(log.readers, 0);
});

test("EventLog gives a reader that is far behind what it missed in pieces", async () => {
  const log = new EventLog();
  const { seq } = log;
  for (let i = 0; i < 2_000; i++) log.push({ type: "error", message: `${i} ${"x".repeat(1_000)}` });
  const reader = log.stream(seq, new AbortController().signal).getReader();
  let text = "";
  let largest = 0;
  while (!text.includes('"1999 ')) {
    const { value } = await reader.read();
    largest = Math.max(largest, value!.length);
    text += new TextDecoder().decode(value);
  }
  await reader.cancel();
  assertEquals(text.match(/^id: /gm)!.length, 2_000);
  assert(largest < 400_000, `${largest}`);
});

test("EventLog keeps little of many large events", () => {
  const log = new EventLog();
  for (let i = 0; i < 200; i++) log.push({ type: "error", message: "x".repeat(1_000_000) });
  assertEquals(log.seq.endsWith("-200"), true);
});

test("Answers brings an answer and its turn together, whichever comes first", async () => {
  const answers = new Answers<string>();
  const { signal } = new AbortController();
  const never = () => Promise.reject(new Error("sent to the server"));
  const first = answers.wait("a", signal);
  await answers.give("a", "yes", never);
  assertEquals(await first, "yes");
  const early = answers.give("b", "no", never);
  assertEquals(await answers.wait("b", signal), "no");
  await early;
  let sent = 0;
  await answers.give("c", "yes", () => Promise.resolve(sent++));
  assertEquals(sent, 1, "nobody here waits for it");
  const leaving = new AbortController();
  const left = answers.wait("d", leaving.signal);
  leaving.abort(new Error("over"));
  await assertRejects(() => left, Error, "over");
});

test("inside refuses every way out of the workspace", () => {
  for (const path of ["", "a", "a/b.ts", "a..b/c", "...", "ä/ö"]) assertEquals(inside(path), path);
  for (
    const path of [
      "..",
      "../x",
      "a/../../x",
      "/etc/passwd",
      "~/x",
      "a\\..\\x",
      "C:/x",
      "a\0b",
      ".git/config",
      "a/.git/x",
      "x".repeat(5_000),
    ]
  ) assertThrows(() => inside(path), Refusal, "leaves the workspace");
});
