/**
 * What a chat knows, for its loop and its commands.
 *
 * @module
 */
import type { Opencode } from "../../facade/opencode.ts";
import type { Attachment } from "../../session/attachments.ts";
import type { Session } from "../../session/session.ts";
import type { Io } from "../io.ts";
import type { Console } from "./console.ts";

/** The state of a chat. */
export interface ChatContext {
  readonly ai: Opencode;
  readonly io: Io;
  readonly console: Console;
  /** Ends the chat. */
  readonly signal: AbortSignal;
  session: Session;
  /** `"provider/model"`; the server's default where not set. */
  model: string | undefined;
  agent: string | undefined;
  /** Files for the next prompt. */
  files: Attachment[];
  /** The last answer, for `/copy`. */
  answer: string;
}
