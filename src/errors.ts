/**
 * The errors of this package: one base class, one ladder, a literal `code` on every rung.
 *
 * A message says what was tried and what to do next. No message holds a password, a token or a key.
 *
 * @module
 */

/** Base of every error that this package raises; catch it to catch them all. */
export class OpencodeError extends Error {
  /** A stable, machine-readable name of the kind of error, such as `"not_found"`. */
  readonly code: string = "opencode_error";
  /** The class name, also after minification. */
  override get name(): string {
    return "OpencodeError";
  }
}

/** An argument or option that can't be used: empty prompt, malformed model name, unknown tool. */
export class InvalidArgumentError extends OpencodeError {
  /** `"invalid_argument"`. */
  override readonly code: string = "invalid_argument";
  /** The class name, also after minification. */
  override get name(): string {
    return "InvalidArgumentError";
  }
}

/** The runtime refused something for want of a permission; the message names the Deno flag. */
export class PermissionMissingError extends OpencodeError {
  /** `"permission_missing"`. */
  override readonly code: string = "permission_missing";
  /** The flag that grants it, such as `"--allow-run=opencode"`. */
  readonly flag: string;
  /** The class name, also after minification. */
  override get name(): string {
    return "PermissionMissingError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { flag: string }) {
    super(message, options);
    this.flag = options.flag;
  }
}

/** Base of everything that goes wrong in a call to the server. */
export class APIError extends OpencodeError {
  /** `"api_error"`. */
  override readonly code: string = "api_error";
  /** The class name, also after minification. */
  override get name(): string {
    return "APIError";
  }
}

/** The server could not be reached, or the connection broke; `cause` is the original error. */
export class APIConnectionError extends APIError {
  /** `"connection_failed"`. */
  override readonly code: string = "connection_failed";
  /** The class name, also after minification. */
  override get name(): string {
    return "APIConnectionError";
  }
}

/** A call took longer than its `timeout`. */
export class APITimeoutError extends APIConnectionError {
  /** `"timeout"`. */
  override readonly code: string = "timeout";
  /** The bound that was passed, in milliseconds. */
  readonly timeout: number;
  /** The class name, also after minification. */
  override get name(): string {
    return "APITimeoutError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { timeout: number }) {
    super(message, options);
    this.timeout = options.timeout;
  }
}

/** The answer came, but it is not what the server's own document promises. */
export class APIResponseValidationError extends APIError {
  /** `"invalid_response"`. */
  override readonly code: string = "invalid_response";
  /** Where in the answer, as a JSON pointer; `""` is the whole answer. */
  readonly path: string;
  /** Where in the server's OpenAPI document, as a JSON pointer, if known. */
  readonly schemaPath: string | undefined;
  /** The class name, also after minification. */
  override get name(): string {
    return "APIResponseValidationError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(
    message: string,
    options: ErrorOptions & { path?: string; schemaPath?: string } = {},
  ) {
    super(message, options);
    this.path = options.path ?? "";
    this.schemaPath = options.schemaPath;
  }
}

/** What an {@linkcode APIStatusError} is made from. */
export interface APIStatusErrorOptions extends ErrorOptions {
  /** The HTTP status. */
  status: number;
  /** The answer's headers. */
  headers: Headers;
  /** The answer's body: parsed JSON where it was JSON, else its text. */
  body: unknown;
}

/** The server answered with a status of 400 or more. */
export class APIStatusError extends APIError {
  /** `"status"`. */
  override readonly code: string = "status";
  /** The HTTP status. */
  readonly status: number;
  /** The answer's headers. */
  readonly headers: Headers;
  /** The answer's body: parsed JSON where it was JSON, else its text. */
  readonly body: unknown;
  /** The server's reference for this failure, where it gave one (`x-request-id`, or `data.ref`). */
  readonly requestId: string | undefined;
  /** The class name, also after minification. */
  override get name(): string {
    return "APIStatusError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: APIStatusErrorOptions) {
    super(message, options);
    this.status = options.status;
    this.headers = options.headers;
    this.body = options.body;
    this.requestId = options.headers.get("x-request-id") ?? referenceIn(options.body);
  }
}

/** 400: the request is malformed. */
export class BadRequestError extends APIStatusError {
  /** `"bad_request"`. */
  override readonly code: string = "bad_request";
  /** The class name, also after minification. */
  override get name(): string {
    return "BadRequestError";
  }
}

/** 401: missing or wrong credentials. */
export class AuthenticationError extends APIStatusError {
  /** `"authentication"`. */
  override readonly code: string = "authentication";
  /** The class name, also after minification. */
  override get name(): string {
    return "AuthenticationError";
  }
}

/** 403: not allowed. */
export class PermissionDeniedError extends APIStatusError {
  /** `"permission_denied"`. */
  override readonly code: string = "permission_denied";
  /** The class name, also after minification. */
  override get name(): string {
    return "PermissionDeniedError";
  }
}

/** 404: no such session, message, file, … */
export class NotFoundError extends APIStatusError {
  /** `"not_found"`. */
  override readonly code: string = "not_found";
  /** The class name, also after minification. */
  override get name(): string {
    return "NotFoundError";
  }
}

/** 409: the session is busy, or the state does not allow it. */
export class ConflictError extends APIStatusError {
  /** `"conflict"`. */
  override readonly code: string = "conflict";
  /** The class name, also after minification. */
  override get name(): string {
    return "ConflictError";
  }
}

/** 422: well-formed, but not acceptable. */
export class UnprocessableEntityError extends APIStatusError {
  /** `"unprocessable_entity"`. */
  override readonly code: string = "unprocessable_entity";
  /** The class name, also after minification. */
  override get name(): string {
    return "UnprocessableEntityError";
  }
}

/** 429: too many requests. */
export class RateLimitError extends APIStatusError {
  /** `"rate_limit"`. */
  override readonly code: string = "rate_limit";
  /** The class name, also after minification. */
  override get name(): string {
    return "RateLimitError";
  }
}

/** 500 and above: the server failed. */
export class InternalServerError extends APIStatusError {
  /** `"internal_server_error"`. */
  override readonly code: string = "internal_server_error";
  /** The class name, also after minification. */
  override get name(): string {
    return "InternalServerError";
  }
}

/** No usable opencode program was found; the message lists every place tried and why it failed. */
export class BinaryNotFoundError extends OpencodeError {
  /** `"binary_not_found"`. */
  override readonly code: string = "binary_not_found";
  /** The class name, also after minification. */
  override get name(): string {
    return "BinaryNotFoundError";
  }
}

/** A download of the program failed or was not what it should be; nothing was put in place. */
export class DownloadError extends OpencodeError {
  /** `"download_failed"`. */
  override readonly code: string = "download_failed";
  /** The class name, also after minification. */
  override get name(): string {
    return "DownloadError";
  }
}

/** A spawned server did not come up. */
export class ServerStartupError extends OpencodeError {
  /** `"server_startup"`. */
  override readonly code: string = "server_startup";
  /** The last lines that the server wrote, oldest first. */
  readonly logs: readonly string[];
  /** The class name, also after minification. */
  override get name(): string {
    return "ServerStartupError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { logs?: readonly string[] } = {}) {
    super(message, options);
    this.logs = options.logs ?? [];
  }
}

/** A spawned server was not ready within its bound. */
export class ServerStartupTimeoutError extends ServerStartupError {
  /** `"server_startup_timeout"`. */
  override readonly code: string = "server_startup_timeout";
  /** The class name, also after minification. */
  override get name(): string {
    return "ServerStartupTimeoutError";
  }
}

/** The port that was asked for belongs to another program. */
export class PortInUseError extends ServerStartupError {
  /** `"port_in_use"`. */
  override readonly code: string = "port_in_use";
  /** The class name, also after minification. */
  override get name(): string {
    return "PortInUseError";
  }
}

/** The server runs, but refuses its configuration; the message holds its own path and issues. */
export class ServerConfigError extends ServerStartupError {
  /** `"server_config"`. */
  override readonly code: string = "server_config";
  /** The class name, also after minification. */
  override get name(): string {
    return "ServerConfigError";
  }
}

/** The server ended while it was needed; the message holds its last words. */
export class ServerExitedError extends OpencodeError {
  /** `"server_exited"`. */
  override readonly code: string = "server_exited";
  /** Its exit code, or `null` where a signal ended it or it is not ours. */
  readonly exitCode: number | null;
  /** The last lines that the server wrote, oldest first. */
  readonly logs: readonly string[];
  /** The class name, also after minification. */
  override get name(): string {
    return "ServerExitedError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(
    message: string,
    options: ErrorOptions & { exitCode?: number | null; logs?: readonly string[] } = {},
  ) {
    super(message, options);
    this.exitCode = options.exitCode ?? null;
    this.logs = options.logs ?? [];
  }
}

/** The program or server speaks another generation of the API than this package does. */
export class UnsupportedServerError extends OpencodeError {
  /** `"unsupported_server"`. */
  override readonly code: string = "unsupported_server";
  /** The version that it reported, if it did. */
  readonly version: string | undefined;
  /** The class name, also after minification. */
  override get name(): string {
    return "UnsupportedServerError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { version?: string } = {}) {
    super(message, options);
    this.version = options.version;
  }
}

/** What a {@linkcode TurnError} is made from. */
export interface TurnErrorOptions extends ErrorOptions {
  /** The text that had arrived. */
  text?: string;
  /** The server's own name for the failure, such as `"ProviderAuthError"`. */
  serverName?: string;
  /** The provider's HTTP status. */
  status?: number;
  /** The session. */
  sessionId?: string;
  /** The assistant message. */
  messageId?: string;
}

/** The model or its provider failed; the server's own name, status and message are kept. */
export class TurnError extends OpencodeError {
  /** `"turn_failed"`. */
  override readonly code: string = "turn_failed";
  /** The text that had arrived before the failure. */
  readonly text: string;
  /** The server's own name for the failure, such as `"ProviderAuthError"`. */
  readonly serverName: string | undefined;
  /** The provider's HTTP status, where there was one. */
  readonly status: number | undefined;
  /** The session that the turn ran in. */
  readonly sessionId: string | undefined;
  /** The assistant message, where one was begun. */
  readonly messageId: string | undefined;
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: TurnErrorOptions = {}) {
    super(message, options);
    this.text = options.text ?? "";
    this.serverName = options.serverName;
    this.status = options.status;
    this.sessionId = options.sessionId;
    this.messageId = options.messageId;
  }
}

/** The turn was aborted without a reason of the caller's own (another client, `turn.abort()`). */
export class TurnAbortedError extends TurnError {
  /** `"turn_aborted"`. */
  override readonly code: string = "turn_aborted";
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnAbortedError";
  }
}

/** The turn showed no life, or took too long; the bound is in the message. */
export class TurnTimeoutError extends TurnError {
  /** `"turn_timeout"`. */
  override readonly code: string = "turn_timeout";
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnTimeoutError";
  }
}

/** The turn went past a limit of the caller's: steps, cost or tokens. */
export class TurnLimitError extends TurnError {
  /** `"turn_limit"`. */
  override readonly code: string = "turn_limit";
  /** The class name, also after minification. */
  override get name(): string {
    return "TurnLimitError";
  }
}

/** The model asked for tools in more rounds than `maxToolRounds` allows. */
export class ToolRoundsExceededError extends TurnLimitError {
  /** `"tool_rounds_exceeded"`. */
  override readonly code: string = "tool_rounds_exceeded";
  /** The class name, also after minification. */
  override get name(): string {
    return "ToolRoundsExceededError";
  }
}

/** The model gave no output that satisfies the schema within the retries allowed. */
export class StructuredOutputError extends TurnError {
  /** `"structured_output"`. */
  override readonly code: string = "structured_output";
  /** The validator's messages for the last attempt. */
  readonly issues: readonly string[];
  /** The class name, also after minification. */
  override get name(): string {
    return "StructuredOutputError";
  }
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: TurnErrorOptions & { issues?: readonly string[] } = {}) {
    super(message, options);
    this.issues = options.issues ?? [];
  }
}

function referenceIn(body: unknown): string | undefined {
  const ref = (body as { data?: { ref?: unknown } } | null)?.data?.ref;
  return typeof ref === "string" ? ref : undefined;
}
