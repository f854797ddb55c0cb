/**
 * What the server asks in the middle of a turn.
 *
 * @module
 */

/** The server wants to know whether a tool may run (`permission.asked`, server 1.18.33). */
export interface PermissionRequest {
  /** The request. */
  id: string;
  /** The session that asks: the turn's own, or a subagent's. */
  sessionId: string;
  /** What it is about: `"bash"`, `"edit"`, `"read"`, `"webfetch"`, `"external_directory"`, … */
  permission: string;
  /** What exactly: commands, paths, addresses. */
  patterns: string[];
  /** What the tool adds, such as `command` or `diff`. */
  metadata: Record<string, unknown>;
  /** What an answer `"always"` would allow from then on, in this session and its subagents. */
  always: string[];
  /** The tool call behind it. */
  tool?: { messageId: string; callId: string };
  /** The call's arguments, where they are known. */
  input?: Record<string, unknown>;
}

/** One question, with the answers to choose from. */
export interface Question {
  /** The question. */
  question: string;
  /** A short title. */
  header: string;
  /** The choices. */
  options: { label: string; description: string }[];
  /** Several may be chosen. */
  multiple?: boolean;
  /** An answer of one's own is welcome. */
  custom?: boolean;
}

/** The agent wants to know something (`question.asked`, server 1.18.33). */
export interface QuestionRequest {
  /** The request. */
  id: string;
  /** The session that asks. */
  sessionId: string;
  /** The questions. */
  questions: Question[];
  /** The tool call behind it. */
  tool?: { messageId: string; callId: string };
}
