/**
 * An executor's tools for one session of an opencode server: the endpoint is added to the server
 * under a name of its own, the server's twins are hidden from the session, and all of it is undone.
 *
 * Facts of server 1.18.33: a tool is called `<server>_<tool>`; MCP servers belong to a directory, so
 * every session of the directory sees them unless a rule hides them; `PATCH /session/{id}` adds rules
 * to the session's, `tools` in a prompt replaces them all; a rule that denies `*` takes the tool out
 * of what the model sees, and subagents inherit it.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { checkBound, isBound, MAX_TIMER } from "../async/timer.ts";
import { OpencodeError } from "../errors.ts";
import type { MCPStatus, PermissionRule } from "../api/types.gen.ts";
import type { OpencodeClient } from "../client/client.ts";
import type { ToolServer } from "./serve.ts";

/** What is used of an `OpencodeClient`. */
export interface ToolsClient {
  /** `client.mcp` */
  readonly mcp: Pick<OpencodeClient["mcp"], "status" | "add" | "disconnect">;
  /** `client.session` */
  readonly session: Pick<OpencodeClient["session"], "get" | "update" | "prompt" | "deleteMessage">;
}

/** What every call that waits takes. */
export interface Waiting {
  /** Ends the wait. */
  signal?: AbortSignal;
}

/** How {@linkcode registerTools} works. */
export interface RegisterToolsOptions extends Waiting {
  /** The directory of the sessions that are to have the tools. @default {the server's own} */
  directory?: string;
  /**
   * The text that the name is derived from, such as the session's id: the same text gives the same names, so that
   * a model finds the tools of earlier turns under the names that it knows. @default {a random one}
   */
  key?: string;
  /** The timeout of a call without progress, in milliseconds; 0 and Infinity are none. @default {the server's, 60000} */
  timeout?: number;
}

/** Tools that a server knows of. */
export interface RegisteredTools extends AsyncDisposable {
  /** The MCP server's name, such as `"localtools_3fa2c1"`. */
  readonly name: string;
  /** What stands before a tool's own name where the model sees it: `"localtools_3fa2c1_"`. */
  readonly prefix: string;
  /** A tool's own name, where a name is one of these tools'. */
  ownName(toolName: string): string | undefined;
  /**
   * Lets a session have the tools: hides the server's twins of them, and other executors' tools.
   * Call it before each prompt: what is there already is not added again.
   */
  enable(sessionID: string, options?: Waiting): Promise<void>;
  /**
   * Takes back what {@linkcode enable} added to an idle session; its own rules stay. The server can
   * only replace all rules with a prompt, so an empty message without a reply is sent and deleted.
   */
  restore(sessionID: string, options?: Waiting): Promise<void>;
  /** Restores all sessions and takes the tools off the server; the endpoint stays open. Idempotent. */
  close(options?: Waiting): Promise<void>;
}

/** How long the server may take to forget tools that could not be had, in milliseconds. */
const TAKE_BACK_WITHIN = 2_000;

/** How the names of these servers begin, so that executors know each other's. */
const FAMILY = "localtools_";

/** A name that no server gets: a rule about it takes nothing from anybody. */
const NO_SERVER = `${FAMILY}none`;

/** The server's permission for each of its tools that has a twin here. */
const TWINS: ReadonlyMap<string, string> = new Map([
  ["bash", "bash"],
  ["read", "read"],
  ["write", "edit"],
  ["edit", "edit"],
  ["glob", "glob"],
  ["grep", "grep"],
]);

/**
 * Adds tools to an opencode server under a name of their own.
 *
 * @param client An `OpencodeClient`.
 * @param server What `serveTools` gave.
 * @param toolNames The names of the executor's tools.
 * @throws {OpencodeError} Where the server could not connect to the endpoint.
 */
export async function registerTools(
  client: ToolsClient,
  server: Pick<ToolServer, "config">,
  toolNames: readonly string[],
  options: RegisterToolsOptions = {},
): Promise<RegisteredTools> {
  const { directory, timeout, signal } = options;
  const place = directory === undefined ? {} : { directory };
  const name = FAMILY + shortHash(options.key ?? crypto.randomUUID());
  checkBound("timeout", timeout);
  const config = timeout === undefined
    ? server.config
    : { ...server.config, timeout: isBound(timeout) ? timeout : MAX_TIMER };
  const takeBack = async () => {
    // With a bound of its own, as the caller's signal may have aborted.
    const link = linkSignals([], { timeout: TAKE_BACK_WITHIN });
    await client.mcp.disconnect({ name, ...place }, { signal: link.signal }).catch(() => {});
    link.dispose();
  };
  const states = await client.mcp.add({ name, config, ...place }, waiting(signal))
    .catch(async (error: unknown) => {
      // Whether the server has added it meanwhile is not known here.
      await takeBack();
      throw error;
    });
  const state = states[name];
  if (state?.status !== "connected") {
    const why = reasonOf(state) ?? `it is ${state?.status ?? "not listed"}`;
    await takeBack();
    throw new OpencodeError(
      `The server could not connect to the tools of this process: ${why}. It must run on this machine, ` +
        "and reach its loopback interface without a proxy",
    );
  }
  return new Registration(client, name, place, twinRules(toolNames));
}

function reasonOf(state: MCPStatus | undefined): string | undefined {
  return state && "error" in state ? state.error : undefined;
}

/** Six letters and digits for a text (FNV-1a): short, as the name stands before that of each tool. */
function shortHash(text: string): string {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return (hash >>> 0).toString(36).padStart(6, "0").slice(-6);
}

function twinRules(toolNames: readonly string[]): PermissionRule[] {
  const permissions = new Set(toolNames.flatMap((tool) => TWINS.get(tool) ?? []));
  return [...permissions].map((permission) => rule(permission, "deny"));
}

function rule(permission: string, action: "allow" | "deny"): PermissionRule {
  return { permission, pattern: "*", action };
}

function waiting(signal: AbortSignal | undefined): Waiting {
  return signal === undefined ? {} : { signal };
}

class Registration implements RegisteredTools {
  readonly name: string;
  readonly prefix: string;
  #client: ToolsClient;
  #place: { directory?: string };
  #twins: readonly PermissionRule[];
  /** What was added to each session. */
  #added = new Map<string, PermissionRule[]>();
  #closed: Promise<void> | undefined;

  constructor(
    client: ToolsClient,
    name: string,
    place: { directory?: string },
    twins: readonly PermissionRule[],
  ) {
    this.#client = client;
    this.name = name;
    this.prefix = `${name}_`;
    this.#place = place;
    this.#twins = twins;
  }

  ownName(toolName: string): string | undefined {
    return toolName.startsWith(this.prefix) ? toolName.slice(this.prefix.length) : undefined;
  }

  async enable(sessionID: string, options: Waiting = {}): Promise<void> {
    const [states, session] = await Promise.all([
      this.#client.mcp.status({ ...this.#place }, options),
      this.#client.session.get({ sessionID, ...this.#place }, options),
    ]);
    const others = Object.keys(states)
      .filter((name) =>
        name.startsWith(FAMILY) && name !== this.name && states[name]?.status === "connected"
      )
      .map((name) => rule(`${name}_*`, "deny"));
    // A subagent inherits what is denied and nothing else; so nothing is denied that it may have.
    const wanted = [...this.#twins, ...others, rule(`${this.prefix}*`, "allow")];
    let there: PermissionRule[] = session.permission ?? [];
    if (there.some((one) => one.permission === `${this.prefix}*` && one.action === "deny")) {
      // Left by an earlier turn; a subagent would inherit it, and not the later rule that allows.
      there = there.filter((one) => !one.permission.startsWith(FAMILY));
      await this.#replaceRules(sessionID, NO_SERVER, there, options);
    }
    const missing = wanted.filter((one) => !there.some((other) => same(one, other)));
    if (missing.length === 0) return;
    this.#added.set(sessionID, [...this.#added.get(sessionID) ?? [], ...missing]);
    await this.#client.session.update({ sessionID, permission: missing, ...this.#place }, options);
  }

  restore(sessionID: string, options: Waiting = {}): Promise<void> {
    // The server of these tools stays connected: they are hidden from the session.
    return this.#restore(sessionID, `${this.prefix}*`, options);
  }

  async #restore(sessionID: string, denied: string, options: Waiting): Promise<void> {
    const added = this.#added.get(sessionID);
    if (!added) return;
    const { permission = [] } = await this.#client.session
      .get({ sessionID, ...this.#place }, options);
    // Rules for tools of this kind belong to no one else, and those of earlier turns are obsolete.
    const kept = permission.filter((one) =>
      !one.permission.startsWith(FAMILY) && !added.some((other) => same(one, other))
    );
    if (kept.length < permission.length) {
      await this.#replaceRules(sessionID, denied, kept, options);
    }
    this.#added.delete(sessionID);
  }

  /** Puts rules in the place of all that a session has; one is always that of a denied tool. */
  async #replaceRules(
    sessionID: string,
    denied: string,
    rules: PermissionRule[],
    options: Waiting,
  ): Promise<void> {
    const { session } = this.#client;
    // Only a prompt replaces rules, and only by a choice of tools (server 1.18.33).
    const { info } = await session.prompt(
      { sessionID, noReply: true, parts: [], tools: { [denied]: false }, ...this.#place },
      options,
    );
    await session.deleteMessage({ sessionID, messageID: info.id, ...this.#place }, options);
    if (rules.length > 0) {
      await session.update({ sessionID, permission: rules, ...this.#place }, options);
    }
  }

  close(options: Waiting = {}): Promise<void> {
    return this.#closed ??= this.#close(options);
  }

  async #close(options: Waiting): Promise<void> {
    // A session may be gone by now, and so may the server; neither keeps the rest from its end.
    for (const sessionID of [...this.#added.keys()]) {
      await this.#restore(sessionID, NO_SERVER, options).catch(() => {});
    }
    await this.#client.mcp.disconnect({ name: this.name, ...this.#place }, options).catch(() => {});
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}

function same(a: PermissionRule, b: PermissionRule): boolean {
  return a.permission === b.permission && a.pattern === b.pattern && a.action === b.action;
}
