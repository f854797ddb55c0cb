/** What a copy changes: each option seen in what is sent or done, also where a server starts late. */
import { assertEquals, assertRejects } from "@std/assert";
import { test } from "../harness.ts";
import { OpencodeClient } from "../../src/client/mod.ts";
import type { ClientOptions, ConnectOptions, Fetch } from "../../src/client/mod.ts";
import { APIResponseValidationError, APITimeoutError } from "../../src/errors.ts";

const busy = () =>
  Response.json({ message: "busy" }, { status: 503, headers: { "retry-after-ms": "1" } });

/** A fetch that writes down who asked for what, with which credentials. */
function noting(seen: string[], name: string, answer: () => Response = () => Response.json([])) {
  const fetch: Fetch = (input, init) => {
    const request = new Request(input, init);
    const header = request.headers.get("authorization");
    const who = header ? ` as ${atob(header.slice("Basic ".length))}` : "";
    seen.push(`${name} ${new URL(request.url).host}${who}`);
    return Promise.resolve(answer());
  };
  return fetch;
}

function connecting(options: Partial<ConnectOptions> = {}) {
  const seen: string[] = [];
  let passed = 0;
  const target = new OpencodeClient({
    baseUrl: "http://one",
    username: "u",
    password: "p",
    env: {},
    fetch: noting(seen, "target"),
    middleware: [(request, next) => {
      passed++;
      return next(request);
    }],
  });
  const client = new OpencodeClient({
    env: {},
    connect: () => Promise.resolve(target),
    ...options,
  });
  return { client, target, seen, passed: () => passed };
}

test("copy takes timeout, maxRetries, validate, middleware and fetch of its own", async () => {
  const seen: string[] = [];
  const client = new OpencodeClient({
    baseUrl: "http://one",
    env: {},
    fetch: noting(seen, "first", busy),
    maxRetries: 0,
  });
  const count = async (of: OpencodeClient) => {
    seen.length = 0;
    await of.session.list().catch(() => {});
    return seen.length;
  };
  assertEquals(await count(client.copy({ maxRetries: 2 })), 3);
  assertEquals(await count(client.withOptions({ maxRetries: 1 })), 2);
  assertEquals(await count(client), 1);
  const silent: Fetch = () => new Promise(() => {});
  const error = await assertRejects(
    () => client.copy({ timeout: 20, fetch: silent }).session.list(),
    APITimeoutError,
  );
  assertEquals(error.timeout, 20);
  const odd = client.copy({ fetch: noting(seen, "odd", () => Response.json({})) });
  assertEquals(await odd.session.list() as unknown, {});
  await assertRejects(
    () => odd.copy({ validate: true }).session.list(),
    APIResponseValidationError,
  );
  const own = client.copy({ middleware: [() => Response.json(["own"])] });
  assertEquals(await own.session.list() as unknown, ["own"]);
});

test("copy of a connecting client keeps to the server, with the fetch and middleware it is given", async () => {
  const { client, seen, passed } = connecting();
  assertEquals(client.baseUrl, "");
  const middleware: ClientOptions["middleware"] = [(request, next) => {
    seen.push("middleware");
    return next(request);
  }];
  await client.session.list();
  await client.copy({ fetch: noting(seen, "own") }).session.list();
  await client.withOptions({ middleware }).session.list();
  await client.copy({ middleware }).copy({ fetch: noting(seen, "own") }).copy().session.list();
  await client.copy({ timeout: 5 }).session.list();
  assertEquals(seen, [
    "target one as u:p",
    "own one as u:p",
    "middleware",
    "target one as u:p",
    "middleware",
    "own one as u:p",
    "target one as u:p",
  ]);
  assertEquals(passed(), 5, "the target's middleware, such as a guard, is never left out");
  assertEquals(client.baseUrl, "http://one");
});

test("copy of a connecting client uses the credentials it is given", async () => {
  const { client, seen } = connecting();
  await client.copy({ password: "q" }).session.list();
  await client.copy({ username: "v" }).copy({ password: "q" }).session.list();
  assertEquals(seen, ["target one as u:q", "target one as v:q"]);
});

test("copy to another address no longer connects, and takes no credentials along", async () => {
  let asked = 0;
  const seen: string[] = [];
  const { client, target } = connecting({
    fetch: noting(seen, "own"),
    connect: () => {
      asked++;
      return Promise.resolve(target);
    },
  });
  await client.copy({ baseUrl: "http://two" }).session.list();
  await client.copy({ baseUrl: "http://two", password: "r" }).session.list();
  await client.copy({ password: "r" }).copy({ baseUrl: "http://three" }).session.list();
  assertEquals(asked, 0);
  assertEquals(seen, ["own two", "own two as opencode:r", "own three as opencode:r"]);
  const back = client.copy({ baseUrl: "http://two", connect: () => Promise.resolve(target) });
  await back.session.list();
  assertEquals(seen.at(-1), "own one as u:p", "a connect that is given stands before the address");
});
