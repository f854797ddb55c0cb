/**
 * `serve` for Node and Bun: their HTTP server behind `Request` and `Response`.
 *
 * @module
 */
import type { Listener, ServeHandler, ServeOptions } from "./port.ts";
import { type NodeReadable, toReadableStream } from "./node_streams.ts";

/** The part of Node's `http` module that is used. */
export interface NodeHttp {
  /** Makes a server. */
  createServer(
    options: { requestTimeout: number },
    listener: (request: NodeRequest, response: NodeResponse) => void,
  ): NodeServer;
}

interface NodeServer {
  listen(port: number, hostname: string): void;
  address(): unknown;
  close(done: () => void): void;
  closeAllConnections(): void;
  once(event: "error" | "listening", listener: (error: Error) => void): void;
  removeAllListeners(event: "error"): void;
  on(event: "error", listener: () => void): void;
}

interface NodeRequest extends NodeReadable {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
  readonly headers: { readonly host?: string | undefined };
  readonly socket: { readonly remoteAddress?: string | undefined };
}

interface NodeResponse {
  statusCode: number;
  statusMessage: string;
  readonly writableFinished: boolean;
  readonly destroyed: boolean;
  readonly headersSent: boolean;
  setHeader(name: string, value: string | string[]): void;
  flushHeaders(): void;
  write(chunk: Uint8Array): boolean;
  end(): void;
  destroy(): void;
  once(event: "drain" | "close", listener: () => void): void;
  on(event: "error" | "close", listener: () => void): void;
  off(event: "drain" | "close", listener: () => void): void;
}

/** Listens, and answers by the handler until `close`. */
export function serveByNode(
  http: NodeHttp,
  handler: ServeHandler,
  options: ServeOptions = {},
): Promise<Listener> {
  const { hostname = "127.0.0.1", port = 0 } = options;
  const server = http.createServer({ requestTimeout: 0 }, (request, response) => {
    answer(handler, request, response, hostname).catch(() => response.destroy());
  });
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.once("listening", () => {
      server.removeAllListeners("error");
      server.on("error", () => {});
      let closed: Promise<void> | undefined;
      resolve({
        hostname,
        port: (server.address() as { port: number }).port,
        close: () =>
          closed ??= new Promise<void>((done) => {
            server.close(() => done());
            server.closeAllConnections();
          }),
      });
    });
    server.listen(port, hostname);
  });
}

async function answer(
  handler: ServeHandler,
  incoming: NodeRequest,
  outgoing: NodeResponse,
  hostname: string,
): Promise<void> {
  const gone = new AbortController();
  outgoing.on("error", () => {});
  outgoing.on("close", () => {
    if (!outgoing.writableFinished) {
      gone.abort(new DOMException("The client went away", "AbortError"));
    }
  });
  let response: Response;
  try {
    const request = toRequest(incoming, hostname, gone.signal);
    response = await handler(request, { remoteAddress: incoming.socket.remoteAddress ?? "" });
  } catch {
    response = new Response(null, { status: 500 });
  }
  if (outgoing.destroyed) return void await response.body?.cancel(gone.signal.reason);
  outgoing.statusCode = response.status;
  if (response.statusText) outgoing.statusMessage = response.statusText;
  response.headers.forEach((value, name) => {
    if (name !== "set-cookie") outgoing.setHeader(name, value);
  });
  const cookies = response.headers.getSetCookie();
  if (cookies.length > 0) outgoing.setHeader("set-cookie", cookies);
  if (response.body === null || incoming.method === "HEAD") {
    outgoing.end();
    return void await response.body?.cancel();
  }
  await send(response.body, outgoing, gone.signal);
}

function toRequest(incoming: NodeRequest, hostname: string, signal: AbortSignal): Request {
  const { method = "GET", url = "/", rawHeaders } = incoming;
  const headers = new Headers();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    headers.append(rawHeaders[i]!, rawHeaders[i + 1]!);
  }
  const base = `http://${incoming.headers.host ?? hostname}`;
  // An absolute address in the request line (a proxy's form) stands as it is.
  const address = url.startsWith("/") ? new URL(base + url) : new URL(url, base);
  const body = method === "GET" || method === "HEAD" ? null : toReadableStream(incoming);
  const init: RequestInit & { duplex: "half" } = { method, headers, body, signal, duplex: "half" };
  return new Request(address, init);
}

/** Writes the body as the client takes it, and cancels it when the client leaves. */
async function send(
  body: ReadableStream<Uint8Array>,
  outgoing: NodeResponse,
  gone: AbortSignal,
): Promise<void> {
  const reader = body.getReader();
  const onGone = () => void reader.cancel(gone.reason).catch(() => {});
  if (gone.aborted) onGone();
  else gone.addEventListener("abort", onGone, { once: true });
  outgoing.flushHeaders();
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done || gone.aborted) break;
      if (!outgoing.write(value)) await drained(outgoing);
    }
    if (!gone.aborted) outgoing.end();
  } catch {
    outgoing.destroy(); // the body failed: a cut connection is the only honest end
  }
}

function drained(outgoing: NodeResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      outgoing.off("drain", done);
      outgoing.off("close", done);
      resolve();
    };
    if (outgoing.destroyed) return resolve();
    outgoing.once("drain", done);
    outgoing.once("close", done);
  });
}
