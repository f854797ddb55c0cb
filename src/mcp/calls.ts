/**
 * The requests of a client, answered by an executor; independent of HTTP.
 *
 * @module
 */
import type { ToolExecutor } from "../tools/executor.ts";
import { linkSignals } from "../async/abort.ts";
import { CODES, PROTOCOL_VERSIONS, type RequestId, RpcError, type RpcMessage } from "./protocol.ts";

/** The executor, as far as it is used here. */
export type ToolSource = Pick<ToolExecutor, "definitions" | "execute">;

/** The context of one request. */
export interface RequestContext {
  /** Aborts when the client is gone, or the endpoint closes. */
  readonly signal: AbortSignal;
  /** Reports progress to a client that asked for it. */
  progress(message: string): void;
}

/** One client: its running calls, by their ids. */
export class ClientCalls {
  #source: ToolSource;
  #name: string;
  #sessionId: string | undefined;
  #running = new Map<RequestId, (reason: unknown) => void>();

  /**
   * @param name The server's name, as the client sees it.
   * @param sessionId Passed on to the tools.
   */
  constructor(source: ToolSource, name: string, sessionId: string | undefined) {
    this.#source = source;
    this.#name = name;
    this.#sessionId = sessionId;
  }

  /** Whether a call runs. */
  get busy(): boolean {
    return this.#running.size > 0;
  }

  /** Handles a notification; unknown ones are ignored, as the protocol requires. */
  notify({ method, params }: RpcMessage): void {
    if (method !== "notifications/cancelled") return;
    // Comes for calls that have ended too: then there is nothing to end.
    const end = this.#running.get(params.requestId as RequestId);
    const { reason } = params;
    end?.(new DOMException(typeof reason === "string" ? reason : "Cancelled", "AbortError"));
  }

  /** Aborts all running calls. */
  end(reason: unknown): void {
    for (const end of [...this.#running.values()]) end(reason);
  }

  /**
   * Answers a request.
   *
   * @throws {RpcError} Where the request can't be answered.
   */
  async answer({ id, method, params }: RpcMessage, context: RequestContext): Promise<unknown> {
    switch (method) {
      case "initialize":
        return this.#initialize(params);
      case "ping":
        return {};
      case "tools/list":
        return { tools: this.#source.definitions() };
      case "tools/call":
        return await this.#call(id!, params, context);
      default:
        throw new RpcError(CODES.methodNotFound, `There is no method ${JSON.stringify(method)}`);
    }
  }

  #initialize({ protocolVersion }: RpcMessage["params"]): unknown {
    const known = PROTOCOL_VERSIONS.find((version) => version === protocolVersion);
    return {
      protocolVersion: known ?? PROTOCOL_VERSIONS[0],
      capabilities: { tools: {} },
      serverInfo: { name: this.#name, version: "0.1.0" },
    };
  }

  async #call(
    id: RequestId,
    params: RpcMessage["params"],
    context: RequestContext,
  ): Promise<unknown> {
    const { name, arguments: input = {} } = params;
    if (typeof name !== "string") throw new RpcError(CODES.invalidParams, "`name` is a string");
    if (this.#running.has(id)) {
      throw new RpcError(CODES.invalidRequest, `A request with the id ${id} is running already`);
    }
    const link = linkSignals([context.signal]);
    this.#running.set(id, link.abort);
    try {
      const result = await this.#source.execute(name, input, {
        signal: link.signal,
        callId: String(id),
        progress: context.progress,
        ...(this.#sessionId === undefined ? {} : { sessionId: this.#sessionId }),
      });
      // An empty text tells a model nothing, and some providers refuse it.
      const content = result.content.map((block) =>
        block.type === "text" && block.text === "" ? { ...block, text: "(no output)" } : block
      );
      return { content, isError: result.status !== "ok" };
    } finally {
      link.dispose();
      this.#running.delete(id);
    }
  }
}
