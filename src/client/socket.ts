/**
 * A terminal of the server as a WebSocket.
 *
 * @module
 */
import { abortable, linkSignals } from "../async/abort.ts";
import { checkBound } from "../async/timer.ts";
import { APIConnectionError, APITimeoutError, OpencodeError } from "../errors.ts";
import { refusalError } from "../http/failure.ts";
import type { CallOptions, ResolvedHttp } from "../http/options.ts";
import type { HttpRequest, Received } from "../http/request.ts";
import { queryString } from "../http/url.ts";

/** Makes a WebSocket for an address. */
export type MakeSocket = (url: string) => WebSocket | Promise<WebSocket>;

/**
 * Opens a terminal. WebSockets carry no headers: a ticket, which is good for one connection, replaces
 * the password.
 *
 * @param input The input of the call: which terminal, and perhaps a ticket.
 * @param askTicket Asks the server for a ticket.
 */
export async function openTerminal(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
  make: MakeSocket | undefined,
  input: unknown,
  askTicket: (where: object) => Promise<unknown>,
): Promise<Received<WebSocket>> {
  const { cursor: _, ...where } = { ...input as Record<string, unknown> };
  if (http.password !== undefined && where["ticket"] === undefined) {
    const body = await askTicket(where) as { ticket?: string; data?: { ticket?: string } };
    const ticket = body.ticket ?? body.data?.ticket;
    request = { ...request, query: { ...request.query, ticket } };
  }
  const data = await openSocket(http, request, call, make);
  return { data, response: new Response(null, { status: 200 }) };
}

/** Opens a WebSocket; resolves when it is open. */
async function openSocket(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
  make: MakeSocket = makeSocket,
): Promise<WebSocket> {
  const { signal } = call;
  signal?.throwIfAborted();
  const timeout = checkBound("timeout", call.timeout, http.timeout);
  const url = http.baseUrl.replace(/^http/, "ws") + request.path +
    queryString({ ...request.query, ...call.query });
  const link = linkSignals([signal], {
    clock: http.clock,
    timeout,
    timeoutReason: () =>
      new APITimeoutError(`GET ${request.path} was not opened within ${timeout} ms`, { timeout }),
  });
  const listeners = new AbortController();
  let socket: WebSocket | undefined;
  try {
    const opening = socket = await abortable(Promise.resolve(make(url)), link.signal);
    await abortable(
      new Promise<void>((resolve, reject) => {
        const fail = (event: Event) =>
          reject(
            new APIConnectionError(`GET ${request.path} could not be opened as a WebSocket`, {
              cause: (event as ErrorEvent).error ?? event.type,
            }),
          );
        const once = { once: true, signal: listeners.signal };
        opening.addEventListener("open", () => resolve(), once);
        opening.addEventListener("error", fail, once);
        opening.addEventListener("close", fail, once);
      }),
      link.signal,
    );
    return opening;
  } catch (error) {
    socket?.close();
    throw refusalError(`GET ${request.path}`, error) ?? error;
  } finally {
    listeners.abort();
    link.dispose();
  }
}

/** The runtime's own WebSocket; an error that says so where it has none. */
function makeSocket(url: string): WebSocket {
  const Socket = globalThis.WebSocket as typeof WebSocket | undefined;
  if (Socket) return new Socket(url);
  throw new OpencodeError(
    "Cannot open a WebSocket: this runtime has none. Use Node 22 or later, or give `webSocket`",
  );
}
