/**
 * Types of the server's API under names that are ours elsewhere: kept for one version.
 *
 * @module
 */
import type * as api from "../api/types.gen.ts";

/** @deprecated Use `SessionInfo`: `Session` is the class of the main entry. */
export type Session = api.Session;

/** @deprecated Use `ApiTodo`: `Todo` is the type of the main entry. */
export type Todo = api.Todo;

/** @deprecated Use `ApiPermissionRequest`: `PermissionRequest` is the type of the main entry. */
export type PermissionRequest = api.PermissionRequest;

/** @deprecated Use `ApiPermissionRule`: `PermissionRule` is the type of `./tools`. */
export type PermissionRule = api.PermissionRule;

/** @deprecated Use `ApiQuestionRequest`: `QuestionRequest` is the type of the main entry. */
export type QuestionRequest = api.QuestionRequest;
