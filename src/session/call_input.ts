/**
 * The arguments of a tool call, for whoever decides about it.
 *
 * @module
 */
import type { OpencodeClient } from "../client/client.ts";
import type { ToolCallRef } from "./answers.ts";
import type { ToolCalls } from "./calls.ts";
import { type Clock, pause } from "./clock.ts";
import { callInput } from "./parts.ts";

/** How long a permission request may wait for the arguments of its call, in milliseconds. */
const INPUT_WITHIN = 1_000;

/** What is needed to find them. */
export interface InputSource {
  client: OpencodeClient;
  clock: Clock;
  directory: string;
  signal: AbortSignal;
  /** What the events have told. */
  calls: ToolCalls;
}

/**
 * Waits for a call's arguments: the server asks for a permission before the event that tells of them
 * (server 1.18.33). Returns `undefined` where they can't be had, or could be another call's.
 */
export async function inputOfCall(
  { client, clock, directory, signal, calls }: InputSource,
  { sessionId: sessionID, messageId: messageID, callId }: ToolCallRef,
): Promise<Record<string, unknown> | undefined> {
  const call = { signal, timeout: 2_000, maxRetries: 0 };
  for (let wait = 20; wait < INPUT_WITHIN && !signal.aborted; wait *= 2) {
    const told = calls.inputOf(messageID, callId);
    if (told) return told;
    const where = { sessionID, messageID, directory };
    const stored = await client.session.message(where, call).catch(() => undefined);
    const input = stored && callInput(stored.parts, messageID, callId);
    if (input) return input;
    await pause(clock, wait, signal);
  }
  return undefined;
}
