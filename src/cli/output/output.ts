/**
 * What becomes of a call's events: one interface, an implementation for each output format.
 *
 * @module
 */
import type { TurnEvent } from "../../session/events.ts";
import type { Reply } from "../../session/reply.ts";

/** What is known when the session is open. */
export interface Opened {
  sessionId: string;
  directory: string;
  model: string;
  permission: string;
  tools: readonly string[];
  agents: readonly string[];
}

/** A tool call that did not run because it was refused. */
export interface Denial {
  tool: string;
  callId: string;
  input: Record<string, unknown>;
}

/** How a turn, or a call that had none, ended. */
export interface Ended {
  exitCode: number;
  reply?: Reply;
  /** Why it failed. */
  error?: unknown;
  denials: readonly Denial[];
  /** In milliseconds. */
  duration: number;
  /** Of it, the time in which the model was at work. */
  modelDuration: number;
  sessionId?: string;
}

/** Writes one format. */
export interface Output {
  /** The session is open. */
  open(opened: Opened): Promise<void>;
  /** Something happened. */
  event(event: TurnEvent): Promise<void>;
  /** The last thing that is written for a turn. */
  end(ended: Ended): Promise<void>;
}
