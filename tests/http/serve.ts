/** A server of a few lines, for the tests of what goes over the wire. */
import type { Clock } from "../../src/async/clock.ts";
import { host } from "../../src/runtime/host.ts";
import { resolveHttp } from "../../src/http/options.ts";
import type { HttpOptions, ResolvedHttp } from "../../src/http/options.ts";

/** Runs a test beside a server that answers with `handler`. */
export async function serving(
  handler: (request: Request) => Response | Promise<Response>,
  run: (baseUrl: string) => Promise<void>,
): Promise<void> {
  const listener = await host().serve(handler);
  try {
    await run(`http://127.0.0.1:${listener.port}`);
  } finally {
    await listener.close();
  }
}

/** Options of the HTTP side, resolved; no environment is read. */
export function http(
  baseUrl: string,
  options: Partial<HttpOptions> = {},
  clock?: Clock,
): ResolvedHttp {
  return resolveHttp({ baseUrl, ...options }, clock);
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const listener = await host().serve(() => new Response());
  const { port } = listener;
  await listener.close();
  return port;
}

/** A signal that counts its listeners. */
export function countingSignal(): {
  signal: AbortSignal;
  abort(reason?: unknown): void;
  listeners(): number;
} {
  const controller = new AbortController();
  const { signal } = controller;
  let count = 0;
  const live = new Map<unknown, () => void>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (type: string, listener: unknown, options?: unknown) => {
    if (!live.has(listener)) {
      count++;
      const gone = () => {
        if (live.delete(listener)) count--;
      };
      live.set(listener, gone);
      // A listener that is called once takes itself away.
      if ((options as { once?: boolean } | undefined)?.once) add("abort", gone);
    }
    add(type, listener as EventListener, options as AddEventListenerOptions);
  };
  signal.removeEventListener = (type: string, listener: unknown) => {
    live.get(listener)?.();
    remove(type, listener as EventListener);
  };
  return { signal, abort: (reason) => controller.abort(reason), listeners: () => count };
}
