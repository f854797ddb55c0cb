import { assert, assertEquals, assertThrows } from "@std/assert";
import { test } from "../harness.ts";
import { InvalidArgumentError } from "../../src/errors.ts";
import { parseOperation, requestOf } from "../../src/api/operation.ts";
import { operations } from "../../src/api/operations.gen.ts";
import { queryString } from "../../src/http/url.ts";

const NOWHERE = { directory: undefined, workspace: undefined };
const HERE = { directory: "/here", workspace: "wrk_1" };
const of = (id: string, input: unknown, scope = NOWHERE as typeof HERE | typeof NOWHERE) =>
  requestOf(id, parseOperation(operations[id]!), input, scope);

/** Named a second time, beside the generator: a name that is lost there is missed here. */
const MODEL_WORK = [
  "experimental.projectCopy.generateName",
  "session.command",
  "session.init",
  "session.prompt",
  "session.prompt_async",
  "session.shell",
  "session.summarize",
  "tui.executeCommand",
  "tui.publish",
  "tui.submitPrompt",
  "v2.session.compact",
  "v2.session.prompt",
];

test("requestOf puts fields into path, query and body", () => {
  const request = of("session.prompt", {
    sessionID: "ses_1",
    directory: "/d",
    parts: [{ type: "text", text: "hi" }],
    newer: true,
  });
  assertEquals(request.path, "/session/ses_1/message");
  assertEquals(request.query, { directory: "/d", workspace: undefined });
  assertEquals(request.json, { parts: [{ type: "text", text: "hi" }], newer: true });
  assertEquals(request.repeat, "unreached");
});

test("requestOf never lets what sets the model to work be repeated once it was received", () => {
  const ids = Object.keys(operations).filter((id) => parseOperation(operations[id]!).modelWork);
  assertEquals(ids.sort(), MODEL_WORK);
  for (const id of MODEL_WORK) {
    const input = { sessionID: "ses_1", projectID: "prj_1" };
    assertEquals(of(id, input).repeat, "unreached", id);
  }
});

test("requestOf takes directory and workspace of the client as defaults", () => {
  assertEquals(of("session.list", {}, HERE).query!["directory"], "/here");
  assertEquals(of("session.list", { directory: "/d" }, HERE).query!["directory"], "/d");
  assertEquals(of("v2.location.get", undefined, HERE).query, {
    "location[directory]": "/here",
    "location[workspace]": "wrk_1",
  });
  const given = of("v2.location.get", { location: { directory: "/d" } }, HERE);
  assertEquals(given.query!["location[directory]"], "/d");
  const body = of("v2.session.create", {}, HERE).json;
  assertEquals(body, { location: { directory: "/here", workspaceID: "wrk_1" } });
  assertEquals(of("v2.session.create", {}).json, {});
  assertEquals(of("global.health", {}, HERE).query, {});
});

test("requestOf sends a field twice where path and body both have it", () => {
  const part = { id: "prt_1", sessionID: "ses_1", messageID: "msg_1", type: "text", text: "x" };
  const update = of("part.update", { partID: "prt_1", ...part });
  assertEquals(update.path, "/session/ses_1/message/msg_1/part/prt_1");
  assertEquals(update.json, part);
});

test("requestOf leaves a directory to the body that has one, and works where the client does", () => {
  const remove = of("worktree.remove", { directory: "/d" }, HERE);
  assertEquals(remove.json, { directory: "/d" });
  assertEquals(remove.query!["directory"], "/here");
  assertEquals(of("sync.replay", { directory: "/d", events: [] }).query!["directory"], undefined);
});

test("requestOf sends a body that is no object of known fields whole", () => {
  assertEquals(of("sync.history.list", { body: { a: 1 } }).json, { a: 1 });
  assertEquals(of("tui.control.response", { body: "x" }).json, "x");
});

test("requestOf puts unknown fields of a call without a body into the query", () => {
  assertEquals(of("session.list", { limit: 3, newer: "x" }).query!["newer"], "x");
  assertThrows(() => of("session.list", { newer: {} }), InvalidArgumentError, "newer");
});

test("requestOf keeps the slashes of a file's path", () => {
  assertEquals(of("v2.fs.read", { path: "src/a b.ts" }).path, "/api/fs/read/src/a%20b.ts");
});

test("requestOf does not change its input", () => {
  const input = Object.freeze({ sessionID: "ses_1", title: "x" });
  of("session.update", input);
  assertEquals(input, { sessionID: "ses_1", title: "x" });
});

test("every row of the table can be read, and has its own method and path", () => {
  const seen = new Set<string>();
  for (const [id, row] of Object.entries(operations)) {
    const operation = parseOperation(row);
    assert(/^(GET|POST|PUT|PATCH|DELETE)$/.test(operation.method), id);
    assert(operation.path.startsWith("/"), id);
    const key = `${operation.method} ${operation.path}`;
    assert(!seen.has(key), key);
    seen.add(key);
  }
  assertEquals(seen.size, 188);
});

test("ten thousand random inputs give a request to the very path, or InvalidArgumentError", () => {
  const random = mulberry(20261122);
  const pick = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)]!;
  const pieces = [
    "/",
    "..",
    ".",
    "%",
    "%2e",
    "%2F",
    "?",
    "#",
    "é",
    "🎉",
    "\ud800",
    "\0",
    "\\",
    " ",
    "a",
    "ses_",
    ":",
    "@",
    ";",
    "\n",
    "//",
  ];
  const text = () => Array.from({ length: Math.floor(random() * 5) }, () => pick(pieces)).join("");
  const value = (depth = 0): unknown =>
    pick([
      text,
      text,
      text,
      () => 1,
      () => null,
      () => undefined,
      () => true,
      () => NaN,
      () => [],
      () => depth < 2 ? { [text()]: value(depth + 1) } : {},
      () => [value(2)],
    ])();
  const ids = Object.keys(operations);
  let requests = 0;
  for (let i = 0; i < 10_000; i++) {
    const id = pick(ids);
    const operation = parseOperation(operations[id]!);
    const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
    const input: Record<string, unknown> = {};
    for (const name of [...names, ...operation.query, "path", "directory", "location", text()]) {
      if (random() < 0.9) input[name] = value();
    }
    const whole = random() < 0.02 ? value() : input;
    let request;
    try {
      request = requestOf(id, operation, whole, NOWHERE);
    } catch (error) {
      assert(error instanceof InvalidArgumentError, `${id} ${JSON.stringify(whole)}: ${error}`);
      continue;
    }
    requests++;
    const url = new URL("http://host" + request.path + queryString(request.query!));
    const expected = new RegExp(
      `^${operation.path.replace(/\*$/, ".+").replace(/\{\w+\}/g, "[^/]+")}$`,
      "s",
    );
    assert(expected.test(url.pathname), `${id} ${JSON.stringify(whole)} went to ${url.pathname}`);
    // Each field of the path comes back as it went in.
    if (!operation.path.endsWith("*")) {
      const segments = url.pathname.split("/").map(decodeURIComponent);
      operation.path.split("/").forEach((part, at) => {
        const name = /\{(\w+)\}/.exec(part)?.[1];
        if (name) assertEquals(segments[at], (whole as Record<string, unknown>)[name]);
      });
    }
  }
  assert(requests > 1000, `${requests}`);
});

function mulberry(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let t = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
