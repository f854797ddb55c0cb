/**
 * Server-sent events, from values to text.
 *
 * @module
 */
import { InvalidArgumentError } from "../errors.ts";

/** One event to write; an event without `data` carries its other fields alone. */
export interface EventToEncode {
  /** Its data, of any number of lines. CR and CRLF come out as LF at the reader. */
  data?: string;
  /** Its type. */
  event?: string;
  /** The stream's last event id from here on. */
  id?: string;
  /** How long the reader should wait before it reconnects, in milliseconds. */
  retry?: number;
  /** A line that readers skip; alone it keeps a connection alive. */
  comment?: string;
}

/**
 * The text of one event, its closing blank line included.
 *
 * @throws {InvalidArgumentError} `event` or `id` has a line break, `id` a NUL, or `retry` is not a
 * whole number of milliseconds.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { encodeEvent } from "./encode.ts";
 *
 * assertEquals(encodeEvent({ data: "one\ntwo" }), "data: one\ndata: two\n\n");
 * ```
 */
export function encodeEvent(event: EventToEncode): string {
  let text = "";
  if (event.comment !== undefined) text += lines(":", event.comment);
  if (event.event !== undefined) text += `event: ${oneLine("event", event.event)}\n`;
  if (event.id !== undefined) text += `id: ${oneLine("id", event.id)}\n`;
  if (event.retry !== undefined) text += `retry: ${milliseconds(event.retry)}\n`;
  if (event.data !== undefined) text += lines("data:", event.data);
  return text === "" ? "" : text + "\n";
}

function lines(name: string, value: string): string {
  return value.split(/\r\n|\r|\n/).map((line) => `${name} ${line}\n`).join("");
}

function oneLine(name: string, value: string): string {
  if (/[\r\n]/.test(value) || (name === "id" && value.includes("\0"))) {
    throw new InvalidArgumentError(
      `Cannot encode the ${name} of an event with a line break or a NUL in it: ${
        JSON.stringify(value)
      }`,
    );
  }
  return value;
}

function milliseconds(value: number): number {
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError(
    `Cannot encode an event's retry that is not a whole number of milliseconds: ${value}`,
  );
}
