/**
 * Tools of this process for one turn: served, made known to the server, and taken back.
 *
 * @module
 */
import { type RegisteredTools, registerTools } from "../mcp/register.ts";
import { serveTools, type ToolServer } from "../mcp/serve.ts";
import type { ToolExecutor } from "../tools/executor.ts";
import type { SessionContext } from "./context.ts";

/** The tools of an executor, for one turn of one session. */
export class LocalTools {
  #endpoint: ToolServer | undefined;
  #registered: RegisteredTools | undefined;

  constructor(
    readonly executor: ToolExecutor,
    readonly context: SessionContext,
    readonly session: { id: string; directory: string },
  ) {}

  /** Serves them, and lets the session's model call them in place of the server's own. */
  async open(signal: AbortSignal): Promise<void> {
    const { id, directory } = this.session;
    const { executor } = this;
    this.#endpoint = await serveTools({
      definitions: () => executor.definitions(),
      // what the model calls between the turn's end here and its end on the server must not run
      execute: (name, input, call) =>
        executor.execute(name, input, signal.aborted ? { ...call, signal } : call),
    }, { sessionId: id });
    const names = this.executor.definitions().map(({ name }) => name);
    const { client } = this.context;
    this.#registered = await registerTools(client, this.#endpoint, names, {
      directory,
      signal,
      // the names of earlier turns, which the model has in mind
      key: id,
    });
    await this.#registered.enable(id, { signal });
  }

  /** A tool's own name for one that the server calls by a longer one. */
  ownName(name: string): string {
    return this.#registered?.ownName(name) ?? name;
  }

  /** Whether a permission is about one of these tools. */
  owns(permission: string): boolean {
    return this.#registered?.ownName(permission) !== undefined;
  }

  /** Ends calls that still run, and undoes the rest. */
  async close(): Promise<void> {
    // first the server forgets them: a call that comes late finds no tool rather than no endpoint
    if (this.context.server?.running !== false) await this.#registered?.close();
    await this.#endpoint?.close();
  }
}
