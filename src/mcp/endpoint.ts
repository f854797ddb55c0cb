/**
 * Streamable HTTP: requests of an MCP client to answers, as JSON where they are quick and as an event
 * stream where they take time.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { isBound } from "../async/timer.ts";
import { authorized, fromElsewhere } from "./access.ts";
import { ClientCalls, type ToolSource } from "./calls.ts";
import {
  CODES,
  errorOf,
  idIn,
  PROTOCOL_VERSIONS,
  readMessage,
  type RequestId,
  resultOf,
  RpcError,
  type RpcMessage,
  type RpcReply,
} from "./protocol.ts";

/** Options of an endpoint. */
export interface EndpointOptions {
  readonly source: ToolSource;
  /** The server's name, as clients are told. */
  readonly name: string;
  /** The bearer token that a client must send. */
  readonly token: string;
  /** Passed on to the tools. */
  readonly sessionId: string | undefined;
  /** How often a running call reports progress, in milliseconds. */
  readonly progressInterval: number;
  /** The largest body, in bytes. */
  readonly maxBody: number;
}

/** How long an answer is waited for before it becomes an event stream, in milliseconds. */
const PATIENCE = 1000;

/** How many clients are remembered; the one that was idle longest has to initialize again. */
const MAX_CLIENTS = 100;

/** Answers HTTP requests of MCP clients. */
export class Endpoint {
  #options: EndpointOptions;
  #clients = new Map<string, ClientCalls>();
  #running = new Set<(reason: unknown) => void>();
  #closed = false;

  constructor(options: EndpointOptions) {
    this.#options = options;
  }

  /** Aborts running calls, and those that come later. */
  close(): void {
    this.#closed = true;
    const reason = new DOMException("The tool server was closed", "AbortError");
    for (const end of [...this.#running]) end(reason);
  }

  /** Answers one request. */
  async handle(request: Request): Promise<Response> {
    if (fromElsewhere(request)) return plain(403, "Only clients on this machine are answered");
    if (!authorized(request, this.#options.token)) {
      return plain(401, "A bearer token is needed", { "www-authenticate": "Bearer" });
    }
    if (new URL(request.url).pathname !== "/mcp") {
      return plain(404, "Not found: the endpoint is /mcp");
    }
    if (request.method === "DELETE") return this.#forget(request);
    if (request.method !== "POST") {
      return plain(405, "There is no stream to listen to: use POST", { allow: "POST, DELETE" });
    }
    if (!/^application\/json\b/i.test(request.headers.get("content-type") ?? "")) {
      return plain(415, "The body must be application/json");
    }
    const version = request.headers.get("mcp-protocol-version");
    if (version !== null && !PROTOCOL_VERSIONS.some((known) => known === version)) {
      return json(
        400,
        errorOf(null, new RpcError(CODES.invalidRequest, `Unknown protocol version ${version}`)),
      );
    }
    const body = await readBody(request, this.#options.maxBody);
    if (body === undefined) return plain(413, `A body has at most ${this.#options.maxBody} bytes`);
    let value: unknown;
    try {
      value = JSON.parse(body);
    } catch {
      return json(400, errorOf(null, new RpcError(CODES.parse, "The body is not JSON")));
    }
    return await this.#dispatch(request, value);
  }

  async #dispatch(request: Request, value: unknown): Promise<Response> {
    const batch = Array.isArray(value);
    const items: unknown[] = batch ? value : [value];
    if (items.length === 0) {
      return json(400, errorOf(null, new RpcError(CODES.invalidRequest, "The batch is empty")));
    }
    const { client, id, fresh } = this.#clientOf(request, items);
    if (!client) {
      return json(
        404,
        errorOf(null, new RpcError(CODES.invalidRequest, "Unknown session: initialize again")),
      );
    }
    const headers: Record<string, string> = fresh ? { "mcp-session-id": id } : {};
    const requests: RpcMessage[] = [];
    const replies: RpcReply[] = [];
    for (const item of items) {
      try {
        const message = readMessage(item);
        if (message === "reply") continue;
        if (message.id === undefined) client.notify(message);
        else requests.push(message);
      } catch (error) {
        replies.push(errorOf(idIn(item), error));
      }
    }
    if (requests.length === 0) {
      if (replies.length === 0) return new Response(null, { status: 202, headers });
      return json(400, batch ? replies : replies[0]!, headers);
    }
    return await this.#run(request, client, requests, replies, batch, headers);
  }

  /** A client is known by the id that it was given; one that sends none has a place of its own. */
  #clientOf(
    request: Request,
    items: readonly unknown[],
  ): { client: ClientCalls | undefined; id: string; fresh: boolean } {
    const { source, name, sessionId } = this.#options;
    const begins = items.some((item) =>
      (item as { method?: unknown } | null)?.method === "initialize"
    );
    const given = request.headers.get("mcp-session-id");
    const id = begins ? crypto.randomUUID() : given ?? "";
    const known = this.#clients.get(id);
    if (!begins && given !== null && !known) return { client: undefined, id, fresh: false };
    const client = known ?? new ClientCalls(source, name, sessionId);
    // The one that was used last stands last.
    this.#clients.delete(id);
    this.#clients.set(id, client);
    if (this.#clients.size > MAX_CLIENTS) {
      for (const [key, other] of this.#clients) {
        if (key === id || key === "" || other.busy) continue;
        this.#clients.delete(key);
        break;
      }
    }
    return { client, id, fresh: begins };
  }

  #forget(request: Request): Response {
    const id = request.headers.get("mcp-session-id") ?? "";
    this.#clients.get(id)?.end(new DOMException("The client ended the session", "AbortError"));
    this.#clients.delete(id);
    return new Response(null, { status: 204 });
  }

  async #run(
    request: Request,
    client: ClientCalls,
    requests: readonly RpcMessage[],
    replies: readonly RpcReply[],
    batch: boolean,
    headers: Record<string, string>,
  ): Promise<Response> {
    const gone = new AbortController();
    const link = linkSignals([request.signal, gone.signal]);
    this.#running.add(link.abort);
    if (this.#closed) link.abort(new DOMException("The tool server was closed", "AbortError"));
    const stream = new ReplyStream(() =>
      gone.abort(new DOMException("The client went away", "AbortError"))
    );
    const work = Promise.all(requests.map(async (message) => {
      const id = message.id as RequestId;
      const token = progressToken(message);
      const progress = (text: string) => {
        if (token !== undefined) stream.progress(token, text);
      };
      try {
        return resultOf(id, await client.answer(message, { signal: link.signal, progress }));
      } catch (error) {
        return errorOf(id, error);
      }
    })).then((results) => {
      link.dispose();
      this.#running.delete(link.abort);
      return [...replies, ...results];
    });
    const streams = /text\/event-stream/i.test(request.headers.get("accept") ?? "");
    const interval = this.#options.progressInterval;
    const done =
      await (streams
        ? within(work, isBound(interval) ? Math.min(PATIENCE, interval / 2) : PATIENCE)
        : work);
    if (done) return json(200, batch ? done : done[0]!, headers);
    const tokens = requests.map(progressToken).filter((token) => token !== undefined);
    return stream.respond(work, tokens, interval, headers);
  }
}

type ProgressToken = string | number;

function progressToken({ params }: RpcMessage): ProgressToken | undefined {
  const token = (params._meta as { progressToken?: unknown } | undefined)?.progressToken;
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}

/** An answer as an event stream: progress, then the replies. */
class ReplyStream {
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  #onCancel: () => void;
  #counts = new Map<ProgressToken, number>();
  #last = new Map<ProgressToken, string>();

  constructor(onCancel: () => void) {
    this.#onCancel = onCancel;
  }

  /** Reports a call's progress; kept until there is a stream. */
  progress(token: ProgressToken, message: string): void {
    this.#last.set(token, message);
    const progress = (this.#counts.get(token) ?? 0) + 1;
    this.#counts.set(token, progress);
    this.#send({
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progressToken: token, progress, message },
    });
  }

  respond(
    work: Promise<readonly RpcReply[]>,
    tokens: readonly ProgressToken[],
    interval: number,
    headers: Record<string, string>,
  ): Response {
    const alive = () => {
      for (const token of tokens) this.progress(token, this.#last.get(token) ?? "running");
      if (tokens.length === 0) this.#write(": running\n\n");
    };
    const timer = isBound(interval) ? setInterval(alive, interval) : undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        this.#controller = controller;
        alive();
        work.then((replies) => {
          clearInterval(timer);
          for (const reply of replies) this.#send(reply);
          this.#controller = undefined;
          try {
            controller.close();
          } catch { /* the client was faster */ }
        });
      },
      cancel: () => {
        clearInterval(timer);
        this.#controller = undefined;
        this.#onCancel();
      },
    });
    return new Response(body, {
      headers: { "content-type": "text/event-stream", "cache-control": "no-cache", ...headers },
    });
  }

  #send(message: unknown): void {
    this.#write(`event: message\ndata: ${JSON.stringify(message)}\n\n`);
  }

  #write(text: string): void {
    try {
      this.#controller?.enqueue(new TextEncoder().encode(text));
    } catch {
      this.#controller = undefined;
    }
  }
}

/** What a promise resolves to within a time; `undefined` where it takes longer. */
function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), ms);
    promise.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}

/** The body as text; `undefined` where it is too large. */
async function readBody(request: Request, max: number): Promise<string | undefined> {
  if (Number(request.headers.get("content-length") ?? 0) > max) return undefined;
  if (!request.body) return "";
  const reader = request.body.getReader();
  const decoder = new TextDecoder();
  let size = 0;
  let text = "";
  while (true) {
    const { value, done } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.length;
    if (size > max) {
      await reader.cancel();
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify(value), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

function plain(status: number, text: string, headers: Record<string, string> = {}): Response {
  return new Response(text, { status, headers: { "content-type": "text/plain", ...headers } });
}
