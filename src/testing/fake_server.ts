/**
 * A fake opencode server, for what the real one can't be made to do: an event stream that is cut at
 * a byte, a status in the wrong place, an answer that never comes.
 *
 * @module
 */
import { abortable, linkSignals } from "../async/abort.ts";
import { OpencodeError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { encodeEvent } from "../sse/encode.ts";
import { writableBody } from "./body.ts";

/** Answers a request; `undefined` leaves it to the routes that every fake server has. */
export type FakeHandler = (
  request: Request,
) => Response | undefined | Promise<Response | undefined>;

/** What {@linkcode fakeServer} takes. */
export interface FakeServerOptions {
  /** Whether an event stream begins with `server.connected`. @default {true} */
  greet?: boolean;
  /** The version that `/global/health` returns. @default {"1.18.33"} */
  version?: string;
}

/** An event stream that a client opened. */
export interface FakeEventStream {
  /** The request that opened it. */
  readonly request: Request;
  /** Aborts when it is over, by whatever side. */
  readonly ended: AbortSignal;
  /** Sends an event as the server would: an object becomes `data: {…}`. */
  send(event: unknown): void;
  /** Sends bytes or text as they are. */
  write(data: string | Uint8Array): void;
  /** Breaks the connection once so many further bytes were sent; at once without a number. */
  cut(afterBytes?: number): void;
  /** Closes it as it should. */
  end(): void;
}

/** A request that a fake server got. */
export interface FakeRequest {
  /** Its method. */
  readonly method: string;
  /** Its path, with the query. */
  readonly path: string;
  /** Its headers. */
  readonly headers: Headers;
  /** Its body's text. */
  readonly body: string;
}

/** A running fake server. */
export interface FakeServer extends AsyncDisposable {
  /** Its address, such as `http://127.0.0.1:40001`. */
  readonly url: string;
  /** Its port. */
  readonly port: number;
  /** What it was asked, oldest first. */
  readonly requests: readonly FakeRequest[];
  /** The event streams that were opened, oldest first; some may be over. */
  readonly streams: readonly FakeEventStream[];
  /** Sends an event on every open stream. */
  send(event: unknown): void;
  /**
   * Resolves with the stream of that number (from 0) as soon as it is open.
   *
   * @throws {OpencodeError} It was not opened in time; `timeout` is in milliseconds, 10 000 by
   * default.
   */
  stream(
    index: number,
    options?: { timeout?: number; signal?: AbortSignal },
  ): Promise<FakeEventStream>;
  /** Stops it; open streams are cut. Idempotent. */
  close(): Promise<void>;
}

/**
 * Starts a fake server. `GET /event` and `GET /global/event` return an event stream to push to,
 * `GET /global/health` says that all is well, `GET /config` is empty, and the rest is 404, unless
 * `handler` answers first.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { fakeServer } from "@x/opencode/testing";
 *
 * await using server = await fakeServer(() => Response.json({ made: true }));
 * assertEquals(await (await fetch(`${server.url}/session`)).json(), { made: true });
 * ```
 */
export async function fakeServer(
  handler: FakeHandler = () => undefined,
  options: FakeServerOptions = {},
): Promise<FakeServer> {
  const { greet = true, version = "1.18.33" } = options;
  const requests: FakeRequest[] = [];
  const streams: FakeEventStream[] = [];
  const open = new Set<() => void>();
  const arrivals = new Set<() => void>();
  const closing = new AbortController();

  const answer = async (incoming: Request): Promise<Response> => {
    const { pathname, search } = new URL(incoming.url);
    const { method, headers } = incoming;
    const body = await incoming.text();
    requests.push({ method, path: pathname + search, headers, body });
    const again = new Request(incoming.url, {
      method,
      headers,
      signal: incoming.signal,
      ...(method === "GET" || method === "HEAD" ? {} : { body }),
    });
    const own = await handler(again);
    if (own !== undefined) return own;
    if (method === "GET" && (pathname === "/event" || pathname === "/global/event")) {
      const { stream, response, destroy } = eventStream(again);
      open.add(destroy);
      stream.ended.addEventListener("abort", () => open.delete(destroy));
      if (greet) stream.send({ id: "evt_0", type: "server.connected", properties: {} });
      streams.push(stream);
      for (const notice of [...arrivals]) notice();
      return response;
    }
    if (method === "GET" && pathname === "/global/health") {
      return Response.json({ healthy: true, version });
    }
    if (method === "GET" && pathname === "/config") return Response.json({});
    const message = `The fake server has no ${method} ${pathname}`;
    return Response.json({ name: "NotFoundError", data: { message } }, { status: 404 });
  };
  const listener = await host().serve(answer);

  const close = async () => {
    closing.abort();
    for (const destroy of open) destroy();
    await listener.close();
  };
  return {
    url: `http://${listener.hostname}:${listener.port}`,
    port: listener.port,
    requests,
    streams,
    send: (event) => streams.forEach((stream) => stream.send(event)),
    async stream(index, { timeout = 10_000, signal } = {}) {
      const link = linkSignals([signal, closing.signal], {
        timeout,
        timeoutReason: () =>
          new OpencodeError(
            `${streams.length} event streams were opened within ${timeout} ms, not ${index + 1}`,
          ),
      });
      try {
        while (streams[index] === undefined) {
          let notice = () => {};
          const arrival = new Promise<void>((resolve) => arrivals.add(notice = resolve));
          await abortable(arrival, link.signal).finally(() => arrivals.delete(notice));
        }
        return streams[index];
      } finally {
        link.dispose();
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function eventStream(
  request: Request,
): { stream: FakeEventStream; response: Response; destroy: () => void } {
  const encoder = new TextEncoder();
  const body = writableBody();
  let left = Infinity;
  const write = (data: string | Uint8Array) => {
    const bytes = typeof data === "string" ? encoder.encode(data) : data;
    body.write(bytes.subarray(0, Math.min(left, bytes.length)));
    left -= bytes.length;
    if (left <= 0) body.cut();
  };
  const stream: FakeEventStream = {
    request,
    ended: body.ended,
    write,
    send: (event) => write(encodeEvent({ data: JSON.stringify(event) })),
    cut(afterBytes = 0) {
      left = afterBytes;
      if (left <= 0) body.cut();
    },
    end: () => body.end(),
  };
  const headers = { "content-type": "text/event-stream", "cache-control": "no-cache" };
  return { stream, response: new Response(body.stream, { headers }), destroy: body.destroy };
}
