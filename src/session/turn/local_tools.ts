/**
 * Tools of this process for one turn: served, made known to the server, and taken back.
 *
 * @module
 */
import { abortable } from "../../async/abort.ts";
import type { RegisteredTools } from "../../mcp/register.ts";
import type { ToolServer } from "../../mcp/serve.ts";
import type { ToolExecutor } from "../../tools/executor.ts";
import type { SessionContext } from "../context.ts";
import type { TurnWatch } from "./observer.ts";

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
  async open(signal: AbortSignal, watch?: TurnWatch): Promise<void> {
    const { id, directory } = this.session;
    const { executor } = this;
    const { serveTools } = await import("../../mcp/serve.ts");
    this.#endpoint = await serveTools({
      definitions: () => executor.definitions(),
      // what the model calls between the turn's end here and its end on the server must not run
      execute: async (name, input, call) => {
        const observed = await watch?.toolCall(name, input);
        const options = signal.aborted ? { ...call, signal } : { ...call };
        if (observed?.traceparent) options.traceparent = observed.traceparent;
        const run = () => executor.execute(name, input, options);
        return await (observed ? observed.run(run) : run());
      },
    }, { sessionId: id });
    const names = executor.definitions().map(({ name }) => name);
    const where = { sessionId: id, directory };
    const { dialect } = this.context;
    this.#registered = await dialect.registerTools(where, this.#endpoint, names, signal);
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

  /**
   * Ends calls that still run, and undoes the rest.
   *
   * @param signal Bounds what the server is asked; `undefined` where it is not there to be asked.
   */
  async close(signal: AbortSignal | undefined): Promise<void> {
    // first the server forgets them: a call that comes late finds no tool rather than no endpoint
    if (signal) {
      await abortable(this.#registered?.close({ signal }) ?? Promise.resolve(), signal).catch(
        () => {},
      );
    }
    await this.#endpoint?.close();
  }
}
