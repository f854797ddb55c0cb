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
  override readonly code: string = "invalid_argument";
  override get name(): string {
    return "InvalidArgumentError";
  }
}

/** The runtime refused something for want of a permission; the message names the Deno flag. */
export class PermissionMissingError extends OpencodeError {
  override readonly code: string = "permission_missing";
  /** The flag that grants it, such as `"--allow-run=opencode"`. */
  readonly flag: string;
  override get name(): string {
    return "PermissionMissingError";
  }
  constructor(message: string, options: ErrorOptions & { flag: string }) {
    super(message, options);
    this.flag = options.flag;
  }
}

/** Base of everything that goes wrong in a call to the server. */
export class APIError extends OpencodeError {
  override readonly code: string = "api_error";
  override get name(): string {
    return "APIError";
  }
}

/** The server could not be reached, or the connection broke; `cause` is the original error. */
export class APIConnectionError extends APIError {
  override readonly code: string = "connection_failed";
  override get name(): string {
    return "APIConnectionError";
  }
}

/** A call took longer than its `timeout`. */
export class APITimeoutError extends APIConnectionError {
  override readonly code: string = "timeout";
  /** The bound that was passed, in milliseconds. */
  readonly timeout: number;
  override get name(): string {
    return "APITimeoutError";
  }
  constructor(message: string, options: ErrorOptions & { timeout: number }) {
    super(message, options);
    this.timeout = options.timeout;
  }
}

/** The answer came, but it is not what the server's own document promises. */
export class APIResponseValidationError extends APIError {
  override readonly code: string = "invalid_response";
  /** Where in the answer, as a JSON pointer; `""` is the whole answer. */
  readonly path: string;
  /** Where in the server's OpenAPI document, as a JSON pointer, if known. */
  readonly schemaPath: string | undefined;
  override get name(): string {
    return "APIResponseValidationError";
  }
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
  override readonly code: string = "status";
  /** The HTTP status. */
  readonly status: number;
  /** The answer's headers. */
  readonly headers: Headers;
  /** The answer's body: parsed JSON where it was JSON, else its text. */
  readonly body: unknown;
  /** The server's reference for this failure, where it gave one (`x-request-id`, or `data.ref`). */
  readonly requestId: string | undefined;
  override get name(): string {
    return "APIStatusError";
  }
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
  override readonly code: string = "bad_request";
  override get name(): string {
    return "BadRequestError";
  }
}

/** 401: missing or wrong credentials. */
export class AuthenticationError extends APIStatusError {
  override readonly code: string = "authentication";
  override get name(): string {
    return "AuthenticationError";
  }
}

/** 403: not allowed. */
export class PermissionDeniedError extends APIStatusError {
  override readonly code: string = "permission_denied";
  override get name(): string {
    return "PermissionDeniedError";
  }
}

/** 404: no such session, message, file, … */
export class NotFoundError extends APIStatusError {
  override readonly code: string = "not_found";
  override get name(): string {
    return "NotFoundError";
  }
}

/** 409: the session is busy, or the state does not allow it. */
export class ConflictError extends APIStatusError {
  override readonly code: string = "conflict";
  override get name(): string {
    return "ConflictError";
  }
}

/** 422: well-formed, but not acceptable. */
export class UnprocessableEntityError extends APIStatusError {
  override readonly code: string = "unprocessable_entity";
  override get name(): string {
    return "UnprocessableEntityError";
  }
}

/** 429: too many requests. */
export class RateLimitError extends APIStatusError {
  override readonly code: string = "rate_limit";
  override get name(): string {
    return "RateLimitError";
  }
}

/** 500 and above: the server failed. */
export class InternalServerError extends APIStatusError {
  override readonly code: string = "internal_server_error";
  override get name(): string {
    return "InternalServerError";
  }
}

/** No usable opencode program was found; the message lists every place tried and why it failed. */
export class BinaryNotFoundError extends OpencodeError {
  override readonly code: string = "binary_not_found";
  override get name(): string {
    return "BinaryNotFoundError";
  }
}

/** A download of the program failed or was not what it should be; nothing was put in place. */
export class DownloadError extends OpencodeError {
  override readonly code: string = "download_failed";
  override get name(): string {
    return "DownloadError";
  }
}

/** A spawned server did not come up. */
export class ServerStartupError extends OpencodeError {
  override readonly code: string = "server_startup";
  /** The last lines that the server wrote, oldest first. */
  readonly logs: readonly string[];
  override get name(): string {
    return "ServerStartupError";
  }
  constructor(message: string, options: ErrorOptions & { logs?: readonly string[] } = {}) {
    super(message, options);
    this.logs = options.logs ?? [];
  }
}

/** A spawned server was not ready within its bound. */
export class ServerStartupTimeoutError extends ServerStartupError {
  override readonly code: string = "server_startup_timeout";
  override get name(): string {
    return "ServerStartupTimeoutError";
  }
}

/** The port that was asked for belongs to another program. */
export class PortInUseError extends ServerStartupError {
  override readonly code: string = "port_in_use";
  override get name(): string {
    return "PortInUseError";
  }
}

/** The server runs, but refuses its configuration; the message holds its own path and issues. */
export class ServerConfigError extends ServerStartupError {
  override readonly code: string = "server_config";
  override get name(): string {
    return "ServerConfigError";
  }
}

/** The server ended while it was needed; the message holds its last words. */
export class ServerExitedError extends OpencodeError {
  override readonly code: string = "server_exited";
  /** Its exit code, or `null` where a signal ended it or it is not ours. */
  readonly exitCode: number | null;
  /** The last lines that the server wrote, oldest first. */
  readonly logs: readonly string[];
  override get name(): string {
    return "ServerExitedError";
  }
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
  override readonly code: string = "unsupported_server";
  /** The version that it reported, if it did. */
  readonly version: string | undefined;
  override get name(): string {
    return "UnsupportedServerError";
  }
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
  override get name(): string {
    return "TurnError";
  }
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
  override readonly code: string = "turn_aborted";
  override get name(): string {
    return "TurnAbortedError";
  }
}

/** The turn showed no life, or took too long; the bound is in the message. */
export class TurnTimeoutError extends TurnError {
  override readonly code: string = "turn_timeout";
  override get name(): string {
    return "TurnTimeoutError";
  }
}

/** The turn went past a limit of the caller's: steps, cost or tokens. */
export class TurnLimitError extends TurnError {
  override readonly code: string = "turn_limit";
  override get name(): string {
    return "TurnLimitError";
  }
}

/** The model asked for tools in more rounds than `maxToolRounds` allows. */
export class ToolRoundsExceededError extends TurnLimitError {
  override readonly code: string = "tool_rounds_exceeded";
  override get name(): string {
    return "ToolRoundsExceededError";
  }
}

/** The model gave no output that satisfies the schema within the retries allowed. */
export class StructuredOutputError extends TurnError {
  override readonly code: string = "structured_output";
  /** The validator's messages for the last attempt. */
  readonly issues: readonly string[];
  override get name(): string {
    return "StructuredOutputError";
  }
  constructor(message: string, options: TurnErrorOptions & { issues?: readonly string[] } = {}) {
    super(message, options);
    this.issues = options.issues ?? [];
  }
}

function referenceIn(body: unknown): string | undefined {
  const ref = (body as { data?: { ref?: unknown } } | null)?.data?.ref;
  return typeof ref === "string" ? ref : undefined;
}
