/**
 * What the server waits for an answer to, where the events that asked were missed.
 *
 * @module
 */
import type { Session } from "../../api/types.gen.ts";
import type { OpencodeClient } from "../../client/client.ts";
import type { ServerEvent } from "../../client/events.ts";
import { APIStatusError } from "../../errors.ts";
import type { CallOptions } from "../../http/options.ts";

/** Subagents below subagents are rare; this many levels are none. */
const MAX_DEPTH = 16;

/**
 * The requests that wait, as the events that would have asked; before them the subagents that they
 * come from, where those began unseen.
 *
 * @param tree The sessions that are known to belong to the turn.
 */
export async function pendingEvents(
  client: OpencodeClient,
  directory: string,
  tree: { has(sessionId: string): boolean },
  call: CallOptions,
): Promise<ServerEvent[]> {
  // listing may fail while some requests are pending (server 1.18.33); events are the main way
  const [permissions, questions] = await Promise.all([
    client.permission.list({ directory }, call).catch(refused),
    client.question.list({ directory }, call).catch(refused),
  ]);
  const events: ServerEvent[] = [];
  const known = new Set<string>();
  const get = (sessionID: string) => client.session.get({ sessionID, directory }, call);
  const ask = async (type: string, request: { id: string; sessionID: string }) => {
    const { id, sessionID } = request;
    const above = await lineage(get, sessionID, (one) => known.has(one) || tree.has(one));
    if (above === undefined) return; // another turn's
    for (const info of above) {
      known.add(info.id);
      const properties = { sessionID: info.id, info };
      events.push({ id: `session ${info.id}`, type: "session.updated", properties });
    }
    events.push({ id, type, properties: { ...request } });
  };
  for (const request of permissions ?? []) await ask("permission.asked", request);
  for (const request of questions ?? []) await ask("question.asked", request);
  return events;
}

/** The sessions from below a known one down to this one; `undefined` where none above is known. */
async function lineage(
  get: (sessionId: string) => Promise<Session>,
  sessionId: string,
  known: (sessionId: string) => boolean,
): Promise<Session[] | undefined> {
  const line: Session[] = [];
  for (let next: string | undefined = sessionId; next !== undefined; next = line[0]?.parentID) {
    if (known(next)) return line;
    if (line.length >= MAX_DEPTH) return undefined;
    const info: Session | undefined = await get(next).catch(refused);
    if (info === undefined) return undefined;
    line.unshift(info);
  }
  return undefined;
}

/** What the server refuses can't be had; a connection that fails is another matter. */
function refused(error: unknown): undefined {
  if (!(error instanceof APIStatusError)) throw error;
}
