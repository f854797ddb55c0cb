/**
 * Where the plugin in a server calls the hooks of this process: on loopback, with a token.
 *
 * @module
 */
import { NotFoundError } from "../errors.ts";
import { authorized, fromElsewhere, randomToken } from "../mcp/access.ts";
import { host } from "../runtime/host.ts";
import { expressionsOf } from "./matcher.ts";
import { HOOK_TIMEOUT, type HookTable, runHooks } from "./run.ts";

/** What an endpoint needs of its surroundings. */
export interface HookSurroundings {
  /** The session that started this one; `undefined` where none did. */
  parentOf(sessionId: string): Promise<string | undefined>;
  /** Asks about a call, where a hook says to; resolves with why not. */
  ask(call: AskedCall, signal: AbortSignal): Promise<string | undefined>;
  /** The trace that a shell call belongs to; absent where none is recorded. */
  trace?(sessionId: string, callId: string): Promise<string | undefined>;
  /** Says what went wrong. */
  warn(message: string): void;
  /** Aborts when the facade closes. */
  closing: AbortSignal;
}

/** A call that a hook wants to be asked about. */
export interface AskedCall {
  tool: string;
  input: Record<string, unknown>;
  sessionId: string;
  callId: string;
}

/** What the plugin is given, to call here. */
interface Address {
  url: string;
  token: string;
  timeout: number;
  events: string[];
  trace: boolean;
}

/** What the plugin sends. */
interface Posted {
  event: string;
  input: {
    sessionId?: string;
    callId?: string;
    agent?: string;
    [name: string]: unknown;
  };
}

/** How much longer the server waits than the hooks may take, in milliseconds. */
const MARGIN = 5_000;

/** How many sessions' parents are remembered. */
const REMEMBERED = 10_000;

/** An endpoint that hears the server. */
export class HookEndpoint {
  readonly #table: HookTable;
  readonly #around: HookSurroundings;
  readonly #token = randomToken();
  readonly #sessions = new Map<string, HookTable>();
  readonly #parents = new Map<string, Promise<string | undefined>>();
  #listener: Awaited<ReturnType<ReturnType<typeof host>["serve"]>> | undefined;

  constructor(table: HookTable, around: HookSurroundings) {
    this.#table = table;
    this.#around = around;
  }

  /** Begins to listen; what it returns is for the server's start. */
  async start(): Promise<Address> {
    this.#listener ??= await host().serve((request) => this.#handle(request), {});
    // several hooks of one event take as long as all of them
    const longest = [...this.#table.values()].map((entries) =>
      entries.reduce((sum, { timeout = HOOK_TIMEOUT }) => sum + timeout, 0)
    );
    const timeout = Math.min(Math.max(2 * HOOK_TIMEOUT, ...longest) + MARGIN, 2 ** 31 - 1);
    const url = `http://127.0.0.1:${this.#listener.port}/`;
    const trace = this.#around.trace !== undefined;
    return { url, token: this.#token, timeout, events: [...this.#table.keys()], trace };
  }

  /** The events of hooks that the server does not call here. */
  missing(table: HookTable): string[] {
    return [...table.keys()].filter((event) => !this.#table.has(event));
  }

  /** Adds the hooks of one session; they hold for its subagents too. */
  add(sessionId: string, table: HookTable): void {
    this.#sessions.set(sessionId, table);
  }

  /** Stops listening. */
  async close(): Promise<void> {
    await this.#listener?.close();
  }

  async #handle(request: Request): Promise<Response> {
    if (fromElsewhere(request) || !authorized(request, this.#token)) {
      return new Response(null, { status: 403 });
    }
    try {
      const { event, input } = await request.json() as Posted;
      return Response.json(await this.#answer(event, input, request.signal));
    } catch (error) {
      return Response.json({ error: messageOf(error) }, { status: 500 });
    }
  }

  async #answer(event: string, posted: Posted["input"], gone: AbortSignal): Promise<object> {
    const { sessionId = "", callId, agent, ...input } = posted;
    const [parent, tables] = await this.#tables(event, sessionId);
    const entriesOf = (event: string) => tables.flatMap((table) => table.get(event) ?? []);
    const entries = entriesOf(event);
    // the hooks of a session stay as they are: for other tools it need not ask again
    const only = event.endsWith("ToolUse")
      ? {
        preToolUse: expressionsOf(entriesOf("preToolUse").map(({ matcher }) => matcher)),
        postToolUse: expressionsOf(entriesOf("postToolUse").map(({ matcher }) => matcher)),
      }
      : undefined;
    const traced = event === "shellEnv" ? await this.#traced(sessionId, callId) : {};
    if (entries.length === 0) return { ...traced, only };
    const { closing, warn } = this.#around;
    const signal = AbortSignal.any([gone, closing]);
    const context = {
      signal,
      sessionId,
      ...callId !== undefined && { callId },
      ...agent !== undefined && { agent },
      ...parent !== undefined && { parent },
    };
    try {
      const answer = await runHooks(event, entries, input, context);
      if (event === "preToolUse") {
        return { ...await this.#decided(answer, input, context), only };
      }
      if (answer.decision === "deny") return { ...answer, reason: refusal(answer.reason) };
      return {
        ...answer,
        only,
        ...traced.env && { env: { ...traced.env, ...answer.env as object } },
      };
    } catch (error) {
      const why = `the ${event} hook failed: ${messageOf(error)}`;
      if (!signal.aborted) warn(`Session ${sessionId}: ${why}`);
      throw new Error(`Refused: ${why}`);
    }
  }

  /** What a shell needs to belong to a trace. */
  async #traced(sessionId: string, callId?: string): Promise<{ env?: Record<string, string> }> {
    if (callId === undefined) return {};
    const traceparent = await this.#around.trace?.(sessionId, callId);
    return traceparent === undefined ? {} : { env: { TRACEPARENT: traceparent } };
  }

  /** The answer for a call, after the user was asked where a hook says so. */
  async #decided(
    answer: Record<string, unknown>,
    input: Record<string, unknown>,
    { sessionId, callId = "", signal }: { sessionId: string; callId?: string; signal: AbortSignal },
  ): Promise<object> {
    const { decision, reason } = answer;
    if (decision === "deny") return { decision, reason: refusal(reason) };
    if (decision !== "ask") return answer;
    const asked = {
      tool: String(input.tool),
      input: (answer.input ?? input.input) as Record<string, unknown>,
    };
    const why = await this.#around.ask({ ...asked, sessionId, callId }, signal);
    return why === undefined ? { ...answer, decision: "allow" } : { decision: "deny", reason: why };
  }

  /** The hooks for a session: those of all, then those of the sessions above it, then its own. */
  async #tables(event: string, sessionId: string): Promise<[string | undefined, HookTable[]]> {
    const lineage: string[] = [];
    let parent: string | undefined;
    for (let id: string | undefined = sessionId; id && lineage.length < 32;) {
      lineage.unshift(id);
      id = await this.#parentOf(id);
      parent ??= id;
    }
    const tables = lineage.flatMap((id) => this.#sessions.get(id) ?? []);
    if (event === "sessionEnd") this.#sessions.delete(sessionId);
    return [parent, [this.#table, ...tables]];
  }

  #parentOf(id: string): Promise<string | undefined> {
    let parent = this.#parents.get(id);
    if (!parent) {
      parent = this.#around.parentOf(id);
      parent.catch(() => this.#parents.delete(id));
      this.#parents.set(id, parent);
      if (this.#parents.size > REMEMBERED) {
        this.#parents.delete(this.#parents.keys().next().value!);
      }
    }
    return parent.catch((error) => {
      // one that was removed has no parent any more; hooks of one that is not known may deny
      if (error instanceof NotFoundError) return undefined;
      throw error;
    });
  }
}

function refusal(reason: unknown): string {
  return `Refused: ${typeof reason === "string" && reason ? reason : "a hook denies it"}`;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
