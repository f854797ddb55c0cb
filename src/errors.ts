/**
 * The errors of this package: one base class, and a literal `code` for each class.
 *
 * A message says what was tried and what to do next. No message holds a password, a token or a key.
 *
 * @module
 */

export type { OpencodeErrorCode } from "./errors/base.ts";
export { InvalidArgumentError, OpencodeError, PermissionMissingError } from "./errors/base.ts";
export type { APIStatusErrorOptions } from "./errors/api.ts";
export {
  APIConnectionError,
  APIError,
  APIResponseValidationError,
  APIStatusError,
  APITimeoutError,
  AuthenticationError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  PermissionDeniedError,
  RateLimitError,
  UnprocessableEntityError,
} from "./errors/api.ts";
export {
  BinaryNotFoundError,
  DownloadError,
  PortInUseError,
  ServerConfigError,
  ServerExitedError,
  ServerStartupError,
  ServerStartupTimeoutError,
  UnsupportedServerError,
} from "./errors/server.ts";
export type { ServerConfigErrorOptions } from "./errors/server.ts";
export type { TurnErrorOptions } from "./errors/turn.ts";
export {
  BudgetExceededError,
  type Spent,
  StructuredOutputError,
  ToolRoundsExceededError,
  TurnAbortedError,
  TurnError,
  TurnLimitError,
  TurnTimeoutError,
} from "./errors/turn.ts";
