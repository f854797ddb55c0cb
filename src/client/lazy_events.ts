/**
 * Events whose code is loaded when they are first asked for: a client that only makes calls needs
 * none of it, and a page loads a quarter less.
 *
 * @module
 */
import type { AsyncEvents } from "../api/operation.ts";

/** The events that `load` brings, from the first `next` on; closing before that loads nothing. */
export function lazyEvents<T>(load: () => Promise<AsyncEvents<T>>): AsyncEvents<T> {
  let loading: Promise<AsyncEvents<T>> | undefined;
  let closed = false;
  const close = async (): Promise<IteratorResult<T>> => {
    closed = true;
    await loading?.then((events) => events.return(), () => {});
    return { value: undefined, done: true };
  };
  const events: AsyncEvents<T> = {
    async next() {
      if (closed) return { value: undefined, done: true };
      const loaded = await (loading ??= load());
      return await loaded.next();
    },
    return: close,
    close: () => void close(),
    [Symbol.asyncIterator]: () => events,
    [Symbol.asyncDispose]: async () => void await close(),
  };
  return events;
}
