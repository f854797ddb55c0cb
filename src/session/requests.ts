/**
 * What the server asks in the middle of a turn: permissions and questions, and who answers them.
 *
 * @module
 */
import type { PermissionRequest, QuestionRequest } from "../dialect/requests.ts";

export type { PermissionRequest, Question, QuestionRequest } from "../dialect/requests.ts";
import type { PermissionReply } from "../tools/permissions.ts";

export type { PermissionReply };

/** What a handler receives beside the request. */
export interface RequestContext {
  /** Aborts when nobody waits for the answer any more. */
  signal: AbortSignal;
  /** The session of the turn. */
  session: { readonly id: string };
}

/** Answers permission requests. */
export type PermissionHandler = (
  request: PermissionRequest,
  context: RequestContext,
) => PermissionReply | Promise<PermissionReply>;

/** The labels chosen, a list for each question; `null` dismisses, which ends the turn. */
export type QuestionReply = string[][] | null;

/** Answers questions. */
export type QuestionHandler = (
  request: QuestionRequest,
  context: RequestContext,
) => QuestionReply | Promise<QuestionReply>;
