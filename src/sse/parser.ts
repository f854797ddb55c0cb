/**
 * Server-sent events, from bytes to events: pure and synchronous, no promise and no timer.
 *
 * The rules are those of the HTML standard (section 9.2.6): lines end with CR, LF or CRLF, one
 * leading space of a value is dropped and no more, a byte order mark at the very start is dropped,
 * an event without a `data` line is none, and what has no blank line after it is not handed on.
 *
 * Two things make it fast. Chunks are decoded one by one by a decoder that is *not* in streaming
 * mode (which yields two-byte strings and is several times slower), so characters cut by a chunk's
 * end are held back here. And an event of a single `data` line, all that opencode sends, costs one
 * search and one slice.
 *
 * @module
 */
import { APIResponseValidationError } from "../errors.ts";

/** What an event carries beside its data; fields that the stream never gave are absent. */
export interface EventMeta {
  /** The event's type, where it has an `event` line. */
  readonly event?: string;
  /** The last event id of the stream so far: it stays until another comes. */
  readonly id?: string;
  /** The last wait before a reconnect that the stream asked for, in milliseconds. */
  readonly retry?: number;
}

/** What {@linkcode createParser} takes. */
export interface ParserOptions {
  /**
   * Called for each event, synchronously from `feed`. What it throws comes out of `feed`, and the
   * rest of that chunk is lost: call `reset` before feeding on.
   */
  onEvent(data: string, meta: EventMeta): void;
  /** Called for each comment line, without its colon. */
  onComment?(text: string): void;
  /**
   * The largest event or line. An event of no more bytes is never refused; the size is counted in
   * UTF-16 units, of which there are never more than bytes.
   *
   * @default {268435456} 256 MiB
   */
  maxEventBytes?: number;
}

/** A parser that waits for bytes. */
export interface Parser {
  /**
   * Takes the next piece of the stream; bytes may be cut anywhere, also inside a character, and the
   * buffer may be reused after the call.
   *
   * @throws {APIResponseValidationError} An event is larger than `maxEventBytes`.
   */
  feed(chunk: Uint8Array | string): void;
  /** Forgets an unfinished event, for a new connection; the last id and wait stay. */
  reset(): void;
}

const LF = 10;
const SPACE = 32;
const COLON = 58;
const NO_META: EventMeta = Object.freeze({});

/**
 * Makes a parser for one stream of server-sent events.
 *
 * @example
 * ```ts
 * import { assertEquals } from "@std/assert";
 * import { createParser } from "./parser.ts";
 *
 * const seen: unknown[] = [];
 * const parser = createParser({ onEvent: (data) => seen.push(JSON.parse(data)) });
 * parser.feed('data: {"n"');
 * parser.feed(new TextEncoder().encode(":1}\n\n"));
 * assertEquals(seen, [{ n: 1 }]);
 * ```
 */
export function createParser(options: ParserOptions): Parser {
  const { onEvent, onComment, maxEventBytes = 256 * 1024 * 1024 } = options;
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

  /** Bytes of a character that the next chunk completes. */
  let held: Uint8Array | undefined;
  let atStart = true;
  /** The last chunk ended in a CR: an LF that follows belongs to it. */
  let afterCr = false;
  /** Pieces of a line without its end yet. */
  let pieces: string[] = [];
  let piecesLength = 0;

  /** The event being gathered. */
  let data: string | undefined;
  let moreData: string[] | undefined;
  let dataLength = 0;
  let event = "";
  let id: string | undefined;
  let retry: number | undefined;

  function feed(chunk: Uint8Array | string): void {
    let text = typeof chunk === "string" ? textOf(chunk) : decode(chunk);
    if (atStart && text.length > 0) {
      atStart = false;
      if (text.charCodeAt(0) === 0xfeff) text = text.slice(1);
    }
    if (text.length === 0) return;
    let position = 0;
    if (afterCr) {
      afterCr = false;
      if (text.charCodeAt(0) === LF) position = 1;
    }
    if (text.indexOf("\r", position) === -1) feedLines(text, position);
    else feedAnyLines(text, position);
  }

  /** Lines that end with LF alone. */
  function feedLines(text: string, from: number): void {
    let position = from;
    const { length } = text;
    while (position < length) {
      const end = text.indexOf("\n", position);
      if (end === -1) return hold(text, position);
      if (piecesLength > 0) {
        line(joined(text, position, end));
        position = end + 1;
        continue;
      }
      if (end - position > 4 && isData(text, position)) {
        const start = text.charCodeAt(position + 5) === SPACE ? position + 6 : position + 5;
        const value = text.slice(start, end);
        // The common case: nothing but this line, and the blank line stands in the same chunk.
        if (data === undefined && event === "" && text.charCodeAt(end + 1) === LF) {
          if (value.length > maxEventBytes) throw tooLarge();
          position = end + 2;
          onEvent(value, id === undefined && retry === undefined ? NO_META : meta());
          continue;
        }
        addData(value);
      } else {
        line(text.slice(position, end));
      }
      position = end + 1;
    }
  }

  /** Lines that may end with CR, LF or CRLF. */
  function feedAnyLines(text: string, from: number): void {
    let position = from;
    const { length } = text;
    let lf = text.indexOf("\n", position);
    let cr = text.indexOf("\r", position);
    while (position < length) {
      if (lf !== -1 && lf < position) lf = text.indexOf("\n", position);
      if (cr !== -1 && cr < position) cr = text.indexOf("\r", position);
      const end = cr === -1 ? lf : lf === -1 ? cr : Math.min(cr, lf);
      if (end === -1) return hold(text, position);
      const whole = joined(text, position, end);
      position = end + 1;
      if (end === cr) {
        if (position === length) afterCr = true;
        else if (text.charCodeAt(position) === LF) position++;
      }
      line(whole);
    }
  }

  function hold(text: string, from: number): void {
    const piece = from === 0 ? text : text.slice(from);
    pieces.push(piece);
    piecesLength += piece.length;
    if (piecesLength > maxEventBytes + MAX_FIELD_NAME) throw tooLarge();
  }

  function joined(text: string, from: number, to: number): string {
    const last = text.slice(from, to);
    if (piecesLength === 0) return last;
    pieces.push(last);
    const whole = pieces.join("");
    pieces = [];
    piecesLength = 0;
    return whole;
  }

  function line(text: string): void {
    if (text.length === 0) return dispatch();
    if (text.length > maxEventBytes + MAX_FIELD_NAME) throw tooLarge();
    if (text.length > 4 && isData(text, 0)) {
      return addData(text.slice(text.charCodeAt(5) === SPACE ? 6 : 5));
    }
    const colon = text.indexOf(":");
    if (colon === 0) return onComment?.(text.slice(1));
    const name = colon === -1 ? text : text.slice(0, colon);
    const from = colon === -1
      ? text.length
      : colon + (text.charCodeAt(colon + 1) === SPACE ? 2 : 1);
    field(name, text.slice(from));
  }

  function field(name: string, value: string): void {
    if (name === "data") addData(value);
    else if (name === "event") event = value;
    else if (name === "id" && !value.includes("\0")) id = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) retry = Number(value);
  }

  function addData(value: string): void {
    dataLength += value.length + 1;
    if (dataLength - 1 > maxEventBytes) throw tooLarge();
    if (data === undefined) data = value;
    else if (moreData === undefined) moreData = [data, value];
    else moreData.push(value);
  }

  function dispatch(): void {
    if (data === undefined) {
      event = "";
      return;
    }
    const whole = moreData === undefined ? data : moreData.join("\n");
    const about = event === "" && id === undefined && retry === undefined ? NO_META : meta();
    forget();
    onEvent(whole, about);
  }

  function meta(): EventMeta {
    return {
      ...(event === "" ? {} : { event }),
      ...(id === undefined ? {} : { id }),
      ...(retry === undefined ? {} : { retry }),
    };
  }

  function forget(): void {
    data = undefined;
    moreData = undefined;
    dataLength = 0;
    event = "";
  }

  function decode(chunk: Uint8Array): string {
    let bytes = chunk;
    if (held !== undefined) {
      bytes = new Uint8Array(held.length + chunk.length);
      bytes.set(held);
      bytes.set(chunk, held.length);
      held = undefined;
    }
    const cut = cutCharacter(bytes);
    if (cut > 0) {
      held = bytes.slice(bytes.length - cut);
      bytes = bytes.subarray(0, bytes.length - cut);
    }
    return bytes.length === 0 ? "" : decoder.decode(bytes);
  }

  function textOf(chunk: string): string {
    if (held === undefined) return chunk;
    const rest = decoder.decode(held);
    held = undefined;
    return rest + chunk;
  }

  function tooLarge(): APIResponseValidationError {
    reset();
    return new APIResponseValidationError(
      `An event of the stream is larger than the ${maxEventBytes} bytes allowed: raise maxEventBytes`,
    );
  }

  function reset(): void {
    forget();
    pieces = [];
    piecesLength = 0;
    held = undefined;
    afterCr = false;
    atStart = true;
  }

  return { feed, reset };
}

/** Room for `data: ` in the limit of a line. */
const MAX_FIELD_NAME = 6;

function isData(text: string, at: number): boolean {
  return text.charCodeAt(at) === 100 && text.charCodeAt(at + 1) === 97 &&
    text.charCodeAt(at + 2) === 116 && text.charCodeAt(at + 3) === 97 &&
    text.charCodeAt(at + 4) === COLON;
}

/**
 * How many bytes at the end are the beginning of a character that is not whole. A lead byte always
 * begins anew, so that cutting before one never changes what the bytes decode to.
 */
function cutCharacter(bytes: Uint8Array): number {
  const { length } = bytes;
  if (length === 0 || bytes[length - 1]! < 0x80) return 0;
  for (let back = 1; back <= 3 && back <= length; back++) {
    const byte = bytes[length - back]!;
    if (byte >= 0x80 && byte < 0xc0) continue;
    const needs = byte >= 0xf0 && byte <= 0xf4
      ? 4
      : byte >= 0xe0 && byte < 0xf0
      ? 3
      : byte >= 0xc2
      ? 2
      : 1;
    return byte <= 0xf4 && needs > back ? back : 0;
  }
  return 0;
}
