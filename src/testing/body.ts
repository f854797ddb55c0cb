/**
 * A response body that is written piece by piece, and can be cut.
 *
 * @module
 */
import { sleep } from "../async/abort.ts";
import { AsyncQueue } from "../async/queue.ts";

/** Both ends of a body. */
export interface WritableBody {
  /** For the `Response`. */
  readonly stream: ReadableStream<Uint8Array>;
  /** Aborts when the body has ended, by whatever side. */
  readonly ended: AbortSignal;
  /** Adds to it; after the end it is dropped. */
  write(data: string | Uint8Array): void;
  /** Ends it as it should. */
  end(): void;
  /** Breaks the connection after what was written. */
  cut(): void;
  /** Breaks the connection now. */
  destroy(): void;
}

/** How long written bytes get to leave the process before the connection breaks, in milliseconds. */
const FLUSH_TIME = 20;

/** Makes one. */
export function writableBody(): WritableBody {
  const encoder = new TextEncoder();
  const queue = new AsyncQueue<Uint8Array>();
  const ended = new AbortController();
  const gone = new AbortController();
  let broken = false;
  const over = () => {
    queue.end();
    ended.abort();
  };
  const cut = () => {
    if (queue.ended) return;
    broken = true;
    over();
  };
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await queue.next();
      if (!done) return controller.enqueue(value);
      if (broken) {
        await sleep(FLUSH_TIME, gone.signal).catch(() => {});
        controller.error(new Error("The script cut the connection"));
      } else {
        controller.close();
      }
    },
    cancel() {
      gone.abort();
      over();
    },
  }, { highWaterMark: 0 });
  return {
    stream,
    ended: ended.signal,
    write(data) {
      const bytes = typeof data === "string" ? encoder.encode(data) : data;
      if (bytes.length > 0) queue.push(bytes);
    },
    end: over,
    cut,
    destroy() {
      gone.abort();
      cut();
    },
  };
}
