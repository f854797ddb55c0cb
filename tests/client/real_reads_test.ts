/** Every operation that reads, on the real server, its answer held against the server's document. */
import { assert, assertEquals, assertExists } from "@std/assert";
import { join } from "@std/path";
import { test } from "../harness.ts";
import { commitAll, until, withAgent } from "../agent.ts";
import { parseOperation } from "../../src/api/operation.ts";
import { operations } from "../../src/api/operations.gen.ts";
import type { OpencodeClient } from "../../src/client/mod.ts";
import { APIStatusError } from "../../src/errors.ts";
import { host } from "../../src/runtime/host.ts";

/**
 * Not called here: they stream or upgrade, and have tests of their own. `tui.control.next` has none:
 * it is answered only beside a running terminal interface, and held open for ever without one, also
 * where another client posts to `/tui/append-prompt` (server 1.18.33).
 */
const ELSEWHERE = new Set([
  "event.subscribe",
  "global.event",
  "v2.event.subscribe",
  "v2.session.events",
  "pty.connect",
  "v2.pty.connect",
  "tui.control.next",
]);

/** Where there is nothing to read here; the status that says so. */
const NOTHING_THERE: Record<string, number> = {
  // No request is open, no login is under way, and v2 may not know a provider of the configuration.
  "v2.session.permission.get": 404,
  "v2.provider.get": 404,
  // A login that was never begun is not a 404 but an unexpected error (server 1.18.33).
  "v2.integration.attempt.status": 500,
};

/**
 * Where the server (1.18.33) breaks its own document, and what passes in its place.
 *
 * - `v2.session.messages`: its cursors are `null` at the ends, where the document has them absent.
 * - `v2.integration.get`: an unknown integration is `null`, where the document promises an object.
 */
const BREAKS = new Map([
  ["v2.session.messages", /^\/cursor\/(previous|next)$/],
  ["v2.integration.get", /^\/data$/],
]);

test("every operation that reads is answered as the server's document says", async () => {
  await withAgent(["Hello"], async ({ ai, directory }) => {
    const { files } = host();
    await files.writeText(join(directory, "hello.txt"), "Hello\n");
    await commitAll(directory);
    await files.writeText(join(directory, "hello.txt"), "Hello, wörld\n");
    const client = ai.client.copy({ maxRetries: 0, timeout: 20_000 });

    const session = await client.session.create({ title: "reads" });
    const sessionID = session.id;
    const { info } = await client.session.prompt({
      sessionID,
      noReply: true,
      parts: [{ type: "text", text: "hello" }],
    });
    const v2 = await client.v2.session.create({});
    const inV2 = { sessionID: v2.data.id };
    await client.v2.session.prompt({ ...inV2, prompt: { text: "hello" } });
    let messageID = "";
    await until(async () => {
      const { data } = await client.v2.session.messages(inV2);
      return (messageID = data[0]?.id ?? "") !== "";
    }, "the message of v2");
    const pty = await client.pty.create({ command: "cat" });
    const ptyV2 = await client.v2.pty.create({ command: "cat" });
    // What v2 makes is known to v2 alone.
    const own: Record<string, Record<string, string>> = {
      "v2.session.get": inV2,
      "v2.session.message": { ...inV2, messageID },
      "v2.pty.get": { ptyID: ptyV2.data.id },
    };
    const values: Record<string, string> = {
      sessionID,
      messageID: info.id,
      ptyID: pty.id,
      projectID: session.projectID,
      requestID: "per_none",
      providerID: "scripted",
      integrationID: "none",
      attemptID: "none",
      path: "hello.txt",
      pattern: "Hello",
      query: "hello",
      mode: "git",
      provider: "scripted",
      model: "model",
    };
    const needed = new Set(["pattern", "query", "mode", "provider", "model"]);
    const problems: string[] = [];
    let read = 0;
    for (const [id, row] of Object.entries(operations)) {
      const operation = parseOperation(row);
      if (operation.method !== "GET" || ELSEWHERE.has(id)) continue;
      const names = [...operation.path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
      const input: Record<string, unknown> = {};
      for (const name of [...names, ...operation.query.filter((name) => needed.has(name))]) {
        input[name] = values[name] ?? assertExists(values[name], `${id} needs ${name}`);
      }
      if (id === "file.list") input["path"] = ".";
      if (id === "file.read" || id === "v2.fs.read") input["path"] = "hello.txt";
      Object.assign(input, own[id]);
      try {
        await methodOf(client, id)(input, { validate: "strict" });
        read++;
        if (BREAKS.has(id)) problems.push(`${id}: no exception any more`);
      } catch (error) {
        const expected = NOTHING_THERE[id];
        const path = (error as { path?: string }).path;
        if (error instanceof APIStatusError && error.status === expected) read++;
        else if (path !== undefined && BREAKS.get(id)?.test(path)) read++;
        else problems.push(`${id}: ${error}`);
      }
    }
    assertEquals(problems, []);
    assert(read > 70, `${read} operations`);

    const content = await client.file.read({ path: "hello.txt" });
    assertEquals(content.content, "Hello, wörld");
    const bytes = await client.v2.fs.read({ path: "hello.txt" });
    assertEquals(new TextDecoder().decode(bytes), "Hello, wörld\n");
    const diff = await client.vcs.diff.raw();
    assert(diff.includes("+Hello, wörld"), diff);
    const { version } = await client.health();
    assert(version.startsWith("1."), version);
    await client.pty.remove({ ptyID: pty.id });
    await client.v2.pty.remove({ ptyID: ptyV2.data.id });
    await client.session.delete({ sessionID });
  });
});

test("the streams of the server begin with what its document says", async () => {
  await withAgent([], async ({ ai }) => {
    const { client } = ai;
    for await (const event of await client.event.subscribe()) {
      assertEquals(event.type, "server.connected");
      break;
    }
    for await (const event of await client.v2.event.subscribe()) {
      assertEquals(event.type, "server.connected");
      break;
    }
    for await (const event of await client.global.event()) {
      assertEquals(event.payload.type, "server.connected");
      break;
    }
    // Its headers come with the first event: what causes one can't wait for them.
    const { data } = await client.v2.session.create({});
    const opening = client.v2.session.events({ sessionID: data.id }, { timeout: 20_000 });
    await client.v2.session.switchAgent({ sessionID: data.id, agent: "plan" });
    const events = await opening;
    const { value } = await events.next();
    assertEquals(value?.type, "session.next.agent.switched");
    await events.return();
  });
});

test("the shared connection is made again when the server disposes of the directory", async () => {
  await withAgent([], async ({ ai: { client } }) => {
    const seen: string[] = [];
    const subscription = await client.subscribe({
      events: (batch) => batch.forEach(({ type }) => seen.push(type)),
      gap: () => void seen.push("GAP"),
    });
    // A directory that is disposed of while it is still being set up tells nobody.
    await client.session.create({ title: "before" });
    await until(() => seen.includes("session.created"), "the first event");
    // Now and then the server keeps a stream that is young (1.18.33): it is told again then.
    for (let tries = 0; tries < 8 && !seen.includes("GAP"); tries++) {
      await client.instance.dispose();
      await until(() => seen.includes("GAP"), "the gap", 2_000).catch(() => {});
    }
    assert(seen.includes("GAP"));
    await client.session.create({ title: "after" });
    await until(() => seen.indexOf("session.created", seen.indexOf("GAP")) > 0, "the event");
    assert(seen.includes("server.instance.disposed"));
    subscription.close();
  });
});

type Method = (input: unknown, options: unknown) => Promise<unknown>;

function methodOf(client: OpencodeClient, id: string): Method {
  let at: unknown = client;
  for (const step of id.split(".")) {
    const name = step.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
    at = (at as Record<string, unknown>)[name];
  }
  return at as Method;
}
