/**
 * Whether the server to attach to is one that we can talk to.
 *
 * @module
 */
import type { OpencodeClient } from "../client/client.ts";
import {
  APIConnectionError,
  APIResponseValidationError,
  UnsupportedServerError,
} from "../errors.ts";

/** The first look may meet a server that is just opening its socket and never answers that one. */
const PROBE_TIMEOUT = 2_000;

/**
 * Asks for its health, twice where the first goes unanswered.
 *
 * @throws {UnsupportedServerError} where it is of another generation, or no opencode server.
 * @throws {APIConnectionError} where nothing answers.
 * @throws {AuthenticationError} where the password is missing or wrong.
 */
export async function checkAttached(client: OpencodeClient, signal: AbortSignal): Promise<void> {
  const call = { timeout: PROBE_TIMEOUT, maxRetries: 0, signal };
  let health: { version?: unknown };
  try {
    health = await client.health(call).catch((error) => {
      if (error instanceof APIConnectionError) return client.health(call);
      throw error;
    });
  } catch (error) {
    if (!(error instanceof APIResponseValidationError)) throw error;
    throw new UnsupportedServerError(
      `Cannot attach to ${client.baseUrl}: it is no opencode server of version 1 (${error.message})`,
      { cause: error },
    );
  }
  const version = String(health?.version ?? "");
  if (/^1\./.test(version)) return;
  throw new UnsupportedServerError(
    `Cannot attach to ${client.baseUrl}: it is version ${
      version || "unknown"
    }, and this package speaks 1.x (tested with 1.18.33)`,
    version === "" ? {} : { version },
  );
}
