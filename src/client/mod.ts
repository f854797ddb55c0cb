/**
 * The client of a running opencode server: every operation, typed, and its events. It needs nothing
 * but the web platform, so that it runs in browsers and workers too.
 *
 * @example
 * ```ts ignore
 * import { OpencodeClient } from "@x/opencode/client";
 *
 * const client = new OpencodeClient({ baseUrl: "http://127.0.0.1:4096" });
 * console.log((await client.health()).version);
 * ```
 *
 * @module
 */
export { OpencodeClient } from "./client.ts";
export type { ClientOptions, ConnectOptions, RequestOptions } from "./client.ts";
export type { Raw, RawResult } from "./groups.ts";
export { isEvent, parseEvent } from "./events.ts";
export type { EventByType, EventType, KnownEvent, ServerEvent, UnknownEvent } from "./events.ts";
export type { EventStreamOptions } from "./event_stream.ts";
export type { MakeSocket } from "./socket.ts";
export type { EventOptions, SubscribeOptions } from "./hub.ts";
export type { EventListener, Subscription } from "./listeners.ts";
export type {
  CallOptions,
  Fetch,
  HttpOptions,
  Middleware,
  QueryValue,
  ValidateMode,
} from "../http/options.ts";
export type { LogFields, Logger, LogLevel } from "../http/log.ts";
export type { Repeat } from "../http/retry.ts";
export type { AsyncEvents } from "../api/operation.ts";
export { SERVER_VERSION } from "../api/version.gen.ts";
export type * from "../api/operations.gen.ts";
export type * from "../api/types.gen.ts";
// a name has one meaning in all entries: these are of the server, where the main entry has its own
export type {
  PermissionRequest as ApiPermissionRequest,
  PermissionRule as ApiPermissionRule,
  QuestionRequest as ApiQuestionRequest,
  Session as SessionInfo,
  Todo as ApiTodo,
} from "../api/types.gen.ts";
export type {
  PermissionRequest,
  PermissionRule,
  QuestionRequest,
  Session,
  Todo,
} from "./old_names.ts";
export * from "../errors.ts";
