/**
 * Node's streams as the web's, with backpressure, and without the errors that Node's own
 * conversion raises when a reader leaves early.
 *
 * @module
 */

/** The part of a Node readable stream that is used. */
export interface NodeReadable {
  /** Listens. */
  on(event: "data", listener: (chunk: Uint8Array) => void): unknown;
  on(event: "end" | "close", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
  /** Stops the flow. */
  pause(): unknown;
  /** Starts it. */
  resume(): unknown;
  /** Ends it. */
  destroy(): unknown;
}

/** The part of a Node writable stream that is used. */
export interface NodeWritable {
  /** Writes, and calls back when it is written. */
  write(chunk: Uint8Array, done: (error?: Error | null) => void): unknown;
  /** Ends it, and calls back when all is written. */
  end(done: () => void): unknown;
  /** Drops it. */
  destroy(): unknown;
  /** Listens. */
  on(event: "error", listener: (error: Error) => void): unknown;
  on(event: "close", listener: () => void): unknown;
}

/** The bytes that may wait for the reader. */
const HIGH_WATER_MARK = 64 * 1024;

/**
 * A Node readable stream as a web one; cancelling destroys it.
 *
 * @param highWaterMark Bytes to read ahead; with 0 nothing is read before somebody asks.
 */
export function toReadableStream(
  source: NodeReadable,
  highWaterMark: number = HIGH_WATER_MARK,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let done = false;
  return new ReadableStream<Uint8Array<ArrayBuffer>>({
    start(controller) {
      source.on("data", (chunk) => {
        if (done) return;
        const { buffer, byteOffset, byteLength } = chunk as Uint8Array<ArrayBuffer>;
        controller.enqueue(new Uint8Array(buffer, byteOffset, byteLength));
        if ((controller.desiredSize ?? 0) <= 0) source.pause();
      });
      const end = () => {
        if (done) return;
        done = true;
        controller.close();
      };
      source.on("end", end);
      source.on("close", end);
      source.on("error", (error) => {
        if (done) return;
        done = true;
        controller.error(error);
      });
      source.pause();
    },
    pull() {
      source.resume();
    },
    cancel() {
      done = true;
      source.destroy();
    },
  }, { highWaterMark, size: (chunk) => chunk?.byteLength ?? 0 });
}

/** A Node writable stream as a web one. */
export function toWritableStream(sink: NodeWritable): WritableStream<Uint8Array> {
  let failure: Error | undefined;
  let closed = false;
  // a stream that closed on its own may call back no more: whoever waits is woken here
  let wake = () => {};
  return new WritableStream<Uint8Array>({
    start(controller) {
      sink.on("error", (error) => {
        failure = error;
        controller.error(error);
      });
      sink.on("close", () => {
        closed = true;
        wake();
      });
    },
    write(chunk) {
      return new Promise((resolve, reject) => {
        const gone = () => reject(failure ?? new Error("The reader of this stream is gone"));
        if (failure || closed) return gone();
        wake = gone;
        sink.write(chunk, (error) => error ? reject(error) : resolve());
      });
    },
    close() {
      return new Promise((resolve) => {
        if (closed) return resolve();
        wake = resolve;
        sink.end(() => resolve());
      });
    },
    abort() {
      sink.destroy();
    },
  });
}
