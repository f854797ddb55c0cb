/**
 * Events to iterate: over the shared connection of a client, or over one of their own.
 *
 * @module
 */
import type { AsyncEvents } from "../api/operation.ts";
import { AsyncQueue } from "../async/queue.ts";
import { APIConnectionError, APIError, APIResponseValidationError } from "../errors.ts";
import type { CallOptions, ResolvedHttp } from "../http/options.ts";
import { contentType } from "../http/body.ts";
import { open, type Opened } from "../http/open.ts";
import type { HttpRequest } from "../http/request.ts";
import { createJsonReader } from "../sse/json.ts";
import { readBatches } from "./batches.ts";
import { parseData, type ServerEvent } from "./events.ts";
import type { EventHub, SubscribeOptions } from "./hub.ts";
import type { Subscription } from "./listeners.ts";

/** What {@linkcode sharedEvents} takes. */
export interface EventStreamOptions extends SubscribeOptions {
  /** Called when the connection broke and stands again: events may have been missed. */
  onGap?: (() => void) | undefined;
}

/**
 * The events of the shared connection, from the first `next` on. What the reader has not taken yet
 * waits in memory.
 */
export function sharedEvents(
  hub: EventHub,
  options: EventStreamOptions,
): AsyncEvents<ServerEvent> {
  const { onGap, signal } = options;
  let started: Promise<void> | undefined;
  let subscription: Subscription | undefined;
  const controller = new AbortController();
  const onAbort = () => {
    queue.fail(signal!.reason);
    controller.abort(signal!.reason);
  };
  const end = () => {
    signal?.removeEventListener("abort", onAbort);
    controller.abort(new DOMException("The events were closed", "AbortError"));
    subscription?.close();
  };
  const queue = new AsyncQueue<ServerEvent>({ onReturn: end });
  const start = async () => {
    if (signal?.aborted) return queue.fail(signal.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    try {
      subscription = await hub.subscribe({
        events: (batch) => {
          for (const event of batch) queue.push(event);
        },
        ...onGap ? { gap: onGap } : {},
        lost: (error) => {
          end();
          queue.fail(error);
        },
      }, { ...options, signal: controller.signal });
    } catch (error) {
      end();
      queue.fail(signal?.aborted ? signal.reason : error);
    }
  };
  const events: AsyncEvents<ServerEvent> = {
    async next() {
      if (!queue.ended) await (started ??= start());
      return await queue.next();
    },
    return: () => queue.return(),
    close: () => void queue.return(),
    [Symbol.asyncIterator]: () => events,
    [Symbol.asyncDispose]: async () => void await queue.return(),
  };
  return events;
}

/**
 * The events of one connection of their own, read as fast as they are taken; it is not made again.
 *
 * @throws {APIResponseValidationError} The answer is no event stream.
 */
export async function ownEvents<T>(
  http: ResolvedHttp,
  request: HttpRequest,
  call: CallOptions,
): Promise<{ data: AsyncEvents<T>; response: Response }> {
  const what = `${request.method} ${request.path}`;
  const opened = await open(http, request, {
    ...call,
    headers: { accept: "text/event-stream", ...call.headers },
  });
  const { response } = opened;
  const type = contentType(response);
  if (type !== "text/event-stream" || !response.body) {
    opened.close();
    await response.body?.cancel().catch(() => {});
    throw new APIResponseValidationError(
      `${what} was answered with ${type || "nothing"} instead of an event stream`,
    );
  }
  return { data: iterate<T>(what, response.body, opened, call.signal), response };
}

function iterate<T>(
  what: string,
  body: ReadableStream<Uint8Array>,
  opened: Opened,
  signal: AbortSignal | undefined,
): AsyncEvents<T> {
  const json = createJsonReader();
  const reader = readBatches(body, (data) => parseData(data, json) as T);
  let batch: readonly T[] = [];
  let at = 0;
  let ended = false;
  const close = () => {
    ended = true;
    batch = [];
    opened.close();
    void reader.cancel();
  };
  const done: IteratorReturnResult<undefined> = { value: undefined, done: true };
  const events: AsyncEvents<T> = {
    async next() {
      try {
        while (at >= batch.length) {
          if (ended) return done;
          const next = await reader.next();
          if (next === undefined || ended) {
            close();
            return done;
          }
          batch = next;
          at = 0;
        }
        return { value: batch[at++]!, done: false };
      } catch (cause) {
        const wasEnded = ended;
        close();
        if (signal?.aborted) throw signal.reason;
        if (wasEnded) return done;
        throw cause instanceof APIError
          ? cause
          : new APIConnectionError(`${what} lost its connection before the end`, { cause });
      }
    },
    return() {
      close();
      return Promise.resolve(done);
    },
    close,
    [Symbol.asyncIterator]: () => events,
    [Symbol.asyncDispose]: () => Promise.resolve(close()),
  };
  return events;
}
