/**
 * What the server has stored of a turn.
 *
 * @module
 */
import type { OpencodeClient } from "../../client/client.ts";
import { BadRequestError } from "../../errors.ts";
import type { CallOptions } from "../../http/options.ts";
import type { StoredMessage } from "../types.ts";

/** Which messages. */
export interface StoredQuery {
  sessionId: string;
  directory: string;
  /** How many at most, the newest. */
  limit: number;
}

/** The newest messages of a session, oldest first. */
export async function storedMessages(
  client: OpencodeClient,
  { sessionId, directory, limit }: StoredQuery,
  call: CallOptions,
): Promise<StoredMessage[]> {
  const list = async (limit: number): Promise<StoredMessage[] | undefined> => {
    try {
      const query = { sessionID: sessionId, directory, limit };
      return await client.session.messages(query, call) as StoredMessage[];
    } catch (error) {
      // a page with a prompt that has a `format` is unreadable (server 1.18.33)
      if (error instanceof BadRequestError) return undefined;
      throw error;
    }
  };
  return await list(limit) ?? await newest(list, limit);
}

/** As many of the newest messages as can be read, in few tries: the answers to a structured prompt. */
async function newest(
  list: (limit: number) => Promise<StoredMessage[] | undefined>,
  tooMany: number,
): Promise<StoredMessage[]> {
  let known: StoredMessage[] = [];
  for (let bound = tooMany; known.length < bound - 1;) {
    const more = bound === tooMany ? 2 * known.length : (known.length + bound) >> 1;
    const limit = Math.min(Math.max(more, 1), bound - 1);
    const page = await list(limit);
    if (page === undefined) bound = limit;
    else if (page.length < limit) return page; // these are all, readable by now
    else known = page;
  }
  return known;
}
