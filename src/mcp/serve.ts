/**
 * An executor's tools for any MCP client on this machine.
 *
 * @module
 */
import { checkBound } from "../async/timer.ts";
import { InvalidArgumentError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { randomToken } from "./access.ts";
import type { ToolSource } from "./calls.ts";

export type { ToolSource };

/** How tools are served. */
export interface ServeToolsOptions {
  /** The port on loopback. @default {0}, a free one */
  port?: number;
  /** What clients must send as a bearer token. @default {a random one of 256 bits} */
  token?: string;
  /** The server's name, as clients are told. @default {"opencode-tools"} */
  name?: string;
  /** Handed to every tool as `sessionId`; calls over MCP carry none. */
  sessionId?: string;
  /**
   * How often a running call reports progress, in milliseconds. Must be less than the client's own
   * timeout: opencode's is 60 000 and is reset by each report (server 1.18.33), so a call may take any
   * time. 0 and Infinity: never. @default {10000}
   */
  progressInterval?: number;
  /** The largest request, in bytes. @default {67108864} */
  maxBody?: number;
  /** Stops serving. */
  signal?: AbortSignal;
}

/** The configuration of a remote MCP server, as opencode wants it. */
export interface RemoteMcpConfig {
  /** Reached over HTTP. */
  type: "remote";
  /** The address. */
  url: string;
  /** Sent with each request. */
  headers: Record<string, string>;
  /** No OAuth. */
  oauth: false;
  /** The timeout of a call without progress, in milliseconds. */
  timeout?: number;
}

/** Tools that are being served. */
export interface ToolServer extends AsyncDisposable {
  /** The address, such as `http://127.0.0.1:40001/mcp`. */
  readonly url: string;
  /** The bearer token. */
  readonly token: string;
  /** The headers that a client sends. */
  readonly headers: Readonly<Record<string, string>>;
  /** What opencode's configuration wants under `mcp`. */
  readonly config: RemoteMcpConfig;
  /** Ends running calls and stops serving; the executor itself stays open. Idempotent. */
  close(): Promise<void>;
}

/**
 * Serves tools to MCP clients: Streamable HTTP on loopback, behind a bearer token. A call that fails
 * does not touch the others. When a client cancels a call or goes away, the tool's signal aborts.
 *
 * @param tools A `ToolExecutor`.
 * @throws {InvalidArgumentError} Where the token is too short to be one.
 *
 * @example
 * ```ts
 * import { serveTools, ToolExecutor } from "@x/opencode";
 *
 * await using executor = new ToolExecutor();
 * await using server = await serveTools(executor);
 * const response = await fetch(server.url, {
 *   method: "POST",
 *   headers: { ...server.headers, "content-type": "application/json" },
 *   body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/list" }),
 * });
 * if ((await response.json()).result.tools.length !== 6) throw new Error("Where are they?");
 * ```
 */
export async function serveTools(
  tools: ToolSource,
  options: ServeToolsOptions = {},
): Promise<ToolServer> {
  const { port = 0, token = randomToken(), name = "opencode-tools", signal } = options;
  const { progressInterval = 10_000, maxBody = 64 * 1024 * 1024 } = options;
  signal?.throwIfAborted();
  if (!/^[\x21-\x7e]{16,}$/.test(token)) {
    throw new InvalidArgumentError(
      "Cannot use this token: it must have 16 or more visible ASCII characters",
    );
  }
  checkBound("progressInterval", progressInterval);
  const { sessionId } = options;
  const { Endpoint } = await import("./endpoint.ts");
  const endpoint = new Endpoint({
    source: tools,
    name,
    token,
    sessionId,
    progressInterval,
    maxBody,
  });
  const listener = await host().serve((request) => endpoint.handle(request), {
    hostname: "127.0.0.1",
    port,
  });
  let closed: Promise<void> | undefined;
  const close = () =>
    closed ??= (async () => {
      signal?.removeEventListener("abort", onAbort);
      endpoint.close();
      await listener.close();
    })();
  const onAbort = () => void close();
  signal?.addEventListener("abort", onAbort, { once: true });
  if (signal?.aborted) await close();
  const url = `http://127.0.0.1:${listener.port}/mcp`;
  const headers = { authorization: `Bearer ${token}` };
  return {
    url,
    token,
    headers,
    config: { type: "remote", url, headers: { ...headers }, oauth: false },
    close,
    [Symbol.asyncDispose]: close,
  };
}
