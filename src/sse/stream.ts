/**
 * The parser as a TransformStream, for `body.pipeThrough(…)`.
 *
 * @module
 */
import { createParser, type EventMeta, type ParserOptions } from "./parser.ts";

/** One event. */
export interface ServerSentEvent extends EventMeta {
  /** Its data; several `data` lines are joined with LF. */
  readonly data: string;
}

/** What an {@linkcode EventStream} takes. */
export interface EventStreamOptions extends Pick<ParserOptions, "maxEventBytes" | "onComment"> {}

/**
 * Turns the bytes (or the text) of an event stream into events. A read loop around `createParser`
 * is faster; this one is for pipes.
 */
export class EventStream extends TransformStream<Uint8Array | string, ServerSentEvent> {
  constructor(options: EventStreamOptions = {}) {
    let parser: ReturnType<typeof createParser>;
    super({
      start(controller) {
        parser = createParser({
          ...options,
          onEvent: (data, meta) => controller.enqueue({ data, ...meta }),
        });
      },
      transform: (chunk) => parser.feed(chunk),
    });
  }
}
