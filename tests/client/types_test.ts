/** What the compiler makes of the client; wrong lines are marked, and would be an error if right. */
import { assertEquals } from "@std/assert";
import { test } from "../harness.ts";
import { isEvent, OpencodeClient } from "../../src/client/mod.ts";
import type {
  KnownEvent,
  Part,
  RawResult,
  ServerEvent,
  Session,
  SessionInfo,
} from "../../src/client/mod.ts";

const client = new OpencodeClient({ baseUrl: "http://host", env: {} });

/** Compiled, never called. */
export async function calls(event: ServerEvent, known: KnownEvent): Promise<unknown[]> {
  const session: SessionInfo = await client.session.create({ title: "x" });
  const same: SessionInfo = await client.session.create();
  const raw: RawResult<SessionInfo> = await client.raw.session.create({}, { timeout: 5 });
  const text: string = (await client.raw.vcs.diff.raw()).data;
  const part: Part | undefined = (await client.session.messages({ sessionID: "x" }))[0]?.parts[0];
  const nothing: void = await client.session.promptAsync({
    sessionID: "x",
    parts: [{ type: "text", text: "x" }],
  });
  const bytes: Uint8Array = await client.v2.fs.read({ path: "x" });
  const old: Session = session; // the name of 0.1.0
  const optional: string | undefined = undefined;
  await client.session.list({ directory: optional }, { signal: undefined });
  // @ts-expect-error: a field of the path is missing
  await client.session.get({});
  // @ts-expect-error: there is no such field
  await client.session.update({ sessionID: "x", titel: "x" });
  // @ts-expect-error: there is no such method
  await client.session.nope;
  // @ts-expect-error: groups make no groups of their own
  client.group("session");
  if (isEvent(event, "message.part.delta")) event.properties.delta satisfies string;
  // @ts-expect-error: there is no such event
  isEvent(event, "message.part.nope");
  if (known.type === "session.idle") known.properties.sessionID satisfies string;
  return [session, old, same, raw, text, part, nothing, bytes];
}

test("the groups of a client are made once, and its methods are functions", () => {
  assertEquals(client.session, client.session);
  assertEquals(client.mcp.auth, client.mcp.auth);
  assertEquals(typeof client.v2.session.revert.stage, "function");
  assertEquals(typeof client.vcs.diff, "function");
  assertEquals(typeof client.vcs.diff.raw, "function");
  assertEquals("nope" in client.session, false);
});
