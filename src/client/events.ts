/**
 * The events of the server: their types, and how to tell them apart.
 *
 * @module
 */
import type { Event as KnownEvent } from "../api/types.gen.ts";
import { APIResponseValidationError } from "../errors.ts";

/** An event that the server's document describes; narrowed by its `type`. */
export type { KnownEvent };

/** An event of a newer server, or one that its document leaves out, such as `server.heartbeat`. */
export interface UnknownEvent {
  /** The event's id. */
  readonly id: string;
  /** The event's type; written so that editors still offer the known ones. */
  readonly type: string & Record<never, never>;
  /** What it carries. */
  readonly properties: Readonly<Record<string, unknown>>;
}

/** Any event; {@linkcode isEvent} narrows it. */
export type ServerEvent = KnownEvent | UnknownEvent;

/** The types of the events that the server's document describes. */
export type EventType = KnownEvent["type"];

/** The event of one type. */
export type EventByType<T extends EventType> = Extract<KnownEvent, { type: T }>;

/**
 * Whether an event is of this type; its properties are typed then.
 *
 * @example
 * ```ts
 * import { isEvent, parseEvent } from "@x/opencode/client";
 *
 * const event = parseEvent('{"id":"evt_1","type":"session.idle","properties":{"sessionID":"ses_1"}}');
 * if (isEvent(event, "session.idle")) event.properties.sessionID satisfies string;
 * ```
 */
export function isEvent<T extends EventType>(
  event: ServerEvent,
  type: T,
): event is EventByType<T> {
  return event.type === type;
}

/**
 * Reads the data of one frame of `GET /event`.
 *
 * @throws {APIResponseValidationError} The text is not JSON, or has no `type`.
 */
export function parseEvent(text: string): ServerEvent {
  return readEvent(text, JSON.parse);
}

/** The same, with a parser for the JSON. */
export function readEvent(text: string, parse: (text: string) => unknown): ServerEvent {
  const event = parseData(text, parse) as Partial<ServerEvent> | null;
  if (event === null || typeof event !== "object" || typeof event.type !== "string") {
    throw new APIResponseValidationError(
      `Cannot read an event without a type: ${text.slice(0, 80)}`,
    );
  }
  return event as ServerEvent;
}

/** The JSON in a frame. */
export function parseData(text: string, parse: (text: string) => unknown = JSON.parse): unknown {
  try {
    return parse(text);
  } catch (cause) {
    throw new APIResponseValidationError(
      `Cannot read an event that is not JSON: ${text.slice(0, 80)}`,
      { cause },
    );
  }
}
