/**
 * A terminal of the server as a WebSocket.
 *
 * @module
 */
import { abortable, linkSignals } from "../async/abort.ts";
import { APIConnectionError, APITimeoutError, OpencodeError } from "../errors.ts";
import type { CallOptions, ResolvedHttp } from "../http/options.ts";
import type { HttpRequest } from "../http/request.ts";
import { queryString } from "../http/url.ts";

/** Opens a WebSocket; resolves when it is open. */
export async function openSocket(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
): Promise<WebSocket> {
  const { signal } = call;
  signal?.throwIfAborted();
  const Socket = globalThis.WebSocket as typeof WebSocket | undefined;
  if (!Socket) {
    throw new OpencodeError(
      "Cannot open a WebSocket: this runtime has none; Node has one from 22 on",
    );
  }
  const timeout = call.timeout ?? http.timeout;
  const url = http.baseUrl.replace(/^http/, "ws") + request.path +
    queryString({ ...request.query, ...call.query });
  const link = linkSignals([signal], {
    timeout,
    timeoutReason: () =>
      new APITimeoutError(`GET ${request.path} was not opened within ${timeout} ms`, { timeout }),
  });
  const socket = new Socket(url);
  const listeners = new AbortController();
  try {
    await abortable(
      new Promise<void>((resolve, reject) => {
        const fail = (event: Event) =>
          reject(
            new APIConnectionError(`GET ${request.path} could not be opened as a WebSocket`, {
              cause: (event as ErrorEvent).error ?? event.type,
            }),
          );
        const once = { once: true, signal: listeners.signal };
        socket.addEventListener("open", () => resolve(), once);
        socket.addEventListener("error", fail, once);
        socket.addEventListener("close", fail, once);
      }),
      link.signal,
    );
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    listeners.abort();
    link.dispose();
  }
}
