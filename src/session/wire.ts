/**
 * What the server writes, where its own document doesn't say it (server 1.18.33).
 *
 * @module
 */
import type { Message, Part } from "../api/types.gen.ts";

/** An error as the server writes it into messages and events. */
export interface ServerError {
  name?: string;
  data?: { message?: unknown; statusCode?: unknown; [key: string]: unknown };
}

/** A stored message with its parts, as `GET /session/{id}/message` gives it. */
export interface StoredMessage {
  info: Message;
  parts: Part[];
}

/** The properties of `message.part.delta`. */
export interface Delta {
  sessionID: string;
  messageID: string;
  partID: string;
  field: string;
  delta: string;
}

/** The status in `session.status`. */
export type Status =
  | { type: "idle" | "busy" }
  | { type: "retry"; attempt: number; message: string; next: number };
