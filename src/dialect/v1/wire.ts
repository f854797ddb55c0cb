/**
 * What the server writes, where its own document doesn't say it (server 1.18.33).
 *
 * @module
 */
import type { Question } from "../requests.ts";
import type { Where } from "../types.ts";

/** A session, as calls name it. */
export function wire({ sessionId, directory }: Where): { sessionID: string; directory: string } {
  return { sessionID: sessionId, directory };
}

/** An error as the server writes it into messages and events. */
export interface ServerError {
  name?: string;
  data?: { message?: unknown; statusCode?: unknown; [key: string]: unknown };
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

/** The properties of `permission.asked`. */
export interface WirePermission {
  id: string;
  sessionID: string;
  permission: string;
  patterns: string[];
  metadata?: Record<string, unknown>;
  always?: string[];
  tool?: { messageID: string; callID: string };
}

/** The properties of `question.asked`. */
export interface WireQuestion {
  id: string;
  sessionID: string;
  questions: Question[];
  tool?: { messageID: string; callID: string };
}
