/**
 * The hooks of a facade: checked before anything starts, reachable as long as its server is.
 *
 * @module
 */
import type { OpencodeClient } from "../client/client.ts";
import { InvalidArgumentError } from "../errors.ts";
import { type AskedCall, HookEndpoint } from "../hooks/endpoint.ts";
import { type HookTable, hookTable } from "../hooks/run.ts";
import type { Hooks } from "../hooks/types.ts";
import type { HookAddress } from "../server/options.ts";
import type { SessionContext } from "../session/context.ts";
import type { PermissionReply } from "../session/requests.ts";
import { NOBODY_TO_ASK } from "../session/turn/responder.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { OpencodeOptions } from "./options.ts";

/** Hooks of one `Opencode` and of its sessions. */
export class FacadeHooks {
  readonly #endpoint: HookEndpoint | undefined;
  readonly #warn: SessionContext["warn"];
  /** Whether there are hooks; a trace alone may be missing. */
  readonly #isNeeded: boolean;

  /**
   * Starts nothing yet.
   *
   * @throws {InvalidArgumentError} for what is no hook, or where the server is not started here.
   */
  constructor(
    { hooks, canUseTool, baseUrl, onPermission }: OpencodeOptions,
    client: OpencodeClient,
    { warn }: Pick<SessionContext, "warn">,
    closing: AbortSignal,
    telemetry: Telemetry | undefined,
  ) {
    this.#warn = warn;
    this.#isNeeded = hooks !== undefined || canUseTool !== undefined;
    const isTraced = telemetry !== undefined && baseUrl === undefined;
    if (!this.#isNeeded && !isTraced) return;
    const table = hookTable(hooks, canUseTool);
    if (baseUrl !== undefined) {
      throw new InvalidArgumentError(
        "Cannot use hooks with a server that was not started here: leave `baseUrl` out, or use `onPermission`",
      );
    }
    const asked = async (call: AskedCall, signal: AbortSignal): Promise<string | undefined> => {
      if (!onPermission) return NOBODY_TO_ASK;
      const { tool, input, sessionId, callId } = call;
      const request = {
        id: callId,
        sessionId,
        permission: tool,
        patterns: [],
        always: [],
        metadata: {},
        input,
      };
      const session = { id: sessionId };
      const answer: PermissionReply = await onPermission(request, { signal, session });
      const { reply, message } = typeof answer === "string"
        ? { reply: answer, message: undefined }
        : answer;
      return reply === "once" || reply === "always" ? undefined : message ?? "Refused by the user";
    };
    this.#endpoint = new HookEndpoint(table, {
      parentOf: async (id) => (await client.session.get({ sessionID: id })).parentID,
      ask: asked,
      ...isTraced && {
        trace: async (sessionId: string, callId: string) =>
          await telemetry.observer?.traceparent(sessionId, callId),
      },
      warn,
      closing,
    });
  }

  /** Begins to listen, where there are hooks or traces; returns where. */
  async start(): Promise<HookAddress | undefined> {
    try {
      return await this.#endpoint?.start();
    } catch (error) {
      if (this.#isNeeded) throw error;
      const why = error instanceof Error ? error.message : String(error);
      this.#warn(`Commands of the server's shell get no TRACEPARENT: ${why}`);
      return undefined;
    }
  }

  /** @throws {InvalidArgumentError} for what is no hook, or where the server knows of none. */
  check(hooks: Hooks): HookTable {
    const table = hookTable(hooks);
    const missing = this.#endpoint ? this.#endpoint.missing(table) : [...table.keys()];
    if (missing.length === 0) return table;
    throw new InvalidArgumentError(
      `The server of this Opencode calls no ${missing.join(", ")}: start it with \`hooks: { ${
        missing.map((event) => `${event}: []`).join(", ")
      } }\` to give a session some of its own`,
    );
  }

  /** Adds the hooks of a session. */
  add(sessionId: string, table: HookTable): void {
    this.#endpoint?.add(sessionId, table);
  }

  /** Stops listening. */
  async close(): Promise<void> {
    await this.#endpoint?.close();
  }
}
