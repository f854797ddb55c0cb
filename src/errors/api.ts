/**
 * What goes wrong in a call to the server.
 *
 * @module
 */
import { OpencodeError, type OpencodeErrorCode } from "./base.ts";

/** Base of everything that goes wrong in a call to the server. */
export class APIError extends OpencodeError {
  /** `"api_error"`. */
  override readonly code: OpencodeErrorCode = "api_error";
  /** The class name, also after minification. */
  override get name(): string {
    return "APIError";
  }
}

/** The server could not be reached, or the connection broke; `cause` is the original error. */
export class APIConnectionError extends APIError {
  /** `"connection_failed"`. */
  override readonly code: OpencodeErrorCode = "connection_failed";
  /** The class name, also after minification. */
  override get name(): string {
    return "APIConnectionError";
  }
}

/** A call took longer than its `timeout`. */
export class APITimeoutError extends APIConnectionError {
  /** `"timeout"`. */
  override readonly code: OpencodeErrorCode = "timeout";
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
  override readonly code: OpencodeErrorCode = "invalid_response";
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
  override readonly code: OpencodeErrorCode = "status";
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
  override readonly code: OpencodeErrorCode = "bad_request";
  /** The class name, also after minification. */
  override get name(): string {
    return "BadRequestError";
  }
}

/** 401: missing or wrong credentials. */
export class AuthenticationError extends APIStatusError {
  /** `"authentication"`. */
  override readonly code: OpencodeErrorCode = "authentication";
  /** The class name, also after minification. */
  override get name(): string {
    return "AuthenticationError";
  }
}

/** 403: not allowed. */
export class PermissionDeniedError extends APIStatusError {
  /** `"permission_denied"`. */
  override readonly code: OpencodeErrorCode = "permission_denied";
  /** The class name, also after minification. */
  override get name(): string {
    return "PermissionDeniedError";
  }
}

/** 404: no such session, message, file, … */
export class NotFoundError extends APIStatusError {
  /** `"not_found"`. */
  override readonly code: OpencodeErrorCode = "not_found";
  /** The class name, also after minification. */
  override get name(): string {
    return "NotFoundError";
  }
}

/** 409: the session is busy, or the state does not allow it. */
export class ConflictError extends APIStatusError {
  /** `"conflict"`. */
  override readonly code: OpencodeErrorCode = "conflict";
  /** The class name, also after minification. */
  override get name(): string {
    return "ConflictError";
  }
}

/** 422: well-formed, but not acceptable. */
export class UnprocessableEntityError extends APIStatusError {
  /** `"unprocessable_entity"`. */
  override readonly code: OpencodeErrorCode = "unprocessable_entity";
  /** The class name, also after minification. */
  override get name(): string {
    return "UnprocessableEntityError";
  }
}

/** 429: too many requests. */
export class RateLimitError extends APIStatusError {
  /** `"rate_limit"`. */
  override readonly code: OpencodeErrorCode = "rate_limit";
  /** The class name, also after minification. */
  override get name(): string {
    return "RateLimitError";
  }
}

/** 500 and above: the server failed. */
export class InternalServerError extends APIStatusError {
  /** `"internal_server_error"`. */
  override readonly code: OpencodeErrorCode = "internal_server_error";
  /** The class name, also after minification. */
  override get name(): string {
    return "InternalServerError";
  }
}

function referenceIn(body: unknown): string | undefined {
  const ref = (body as { data?: { ref?: unknown } } | null)?.data?.ref;
  return typeof ref === "string" ? ref : undefined;
}
