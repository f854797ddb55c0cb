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
  /** One that is known, in case they can't be listed. */
  messageId: string | undefined;
}

/** The newest messages of a session, oldest first. */
export async function storedMessages(
  client: OpencodeClient,
  { sessionId, directory, limit, messageId }: StoredQuery,
  call: CallOptions,
): Promise<StoredMessage[]> {
  const where = { sessionID: sessionId, directory };
  try {
    return await client.session.messages({ ...where, limit }, call) as StoredMessage[];
  } catch (error) {
    // a page with a structured prompt on it is unreadable (server 1.18.33): take it one by one
    if (!(error instanceof BadRequestError) || messageId === undefined) throw error;
    const one = await client.session.message({ ...where, messageID: messageId }, call);
    return [one as StoredMessage];
  }
}
