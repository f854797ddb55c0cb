/**
 * What goes wrong in a call to the server.
 *
 * @module
 */
import { identify, OpencodeError } from "./base.ts";

/**
 * Base of everything that goes wrong in a call to the server.
 *
 * Catch it to catch them all; the class that was thrown says more.
 */
export class APIError extends OpencodeError {
  static {
    identify(this, "APIError", "api_error");
  }
}

/**
 * The server could not be reached, or the connection broke; `cause` is the original error.
 *
 * Check the address, and that a server runs there.
 */
export class APIConnectionError extends APIError {
  static {
    identify(this, "APIConnectionError", "connection_failed");
  }
}

/**
 * A call took longer than its `timeout`.
 *
 * Give a longer `requestTimeout`, or look whether the server is overloaded or stopped.
 */
export class APITimeoutError extends APIConnectionError {
  static {
    identify(this, "APITimeoutError", "timeout");
  }
  /** The bound that was passed, in milliseconds. */
  readonly timeout: number;
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { timeout: number }) {
    super(message, options);
    this.timeout = options.timeout;
  }
}

/**
 * The answer does not match the server's own API document.
 *
 * Another program may answer at this address. With `validate: false` answers
 * are not compared.
 */
export class APIResponseValidationError extends APIError {
  static {
    identify(this, "APIResponseValidationError", "invalid_response");
  }
  /** Where in the answer, as a JSON pointer; `""` is the whole answer. */
  readonly path: string;
  /** Where in the server's OpenAPI document, as a JSON pointer, if known. */
  readonly schemaPath: string | undefined;
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

/**
 * The server answered with a status of 400 or more.
 *
 * Read `status` and `body`.
 */
export class APIStatusError extends APIError {
  static {
    identify(this, "APIStatusError", "status");
  }
  /** The HTTP status. */
  readonly status: number;
  /** The answer's headers. */
  readonly headers: Headers;
  /** The answer's body: parsed JSON where it was JSON, else its text. */
  readonly body: unknown;
  /** The server's reference for this failure, where it gave one (`x-request-id`, or `data.ref`). */
  readonly requestId: string | undefined;
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: APIStatusErrorOptions) {
    super(message, options);
    this.status = options.status;
    this.headers = options.headers;
    this.body = options.body;
    this.requestId = options.headers.get("x-request-id") ?? referenceIn(options.body);
  }
}

/**
 * 400: the request is malformed.
 *
 * Compare what you sent with the types of `@x/opencode/client`.
 */
export class BadRequestError extends APIStatusError {
  static {
    identify(this, "BadRequestError", "bad_request");
  }
}

/**
 * 401: missing or wrong credentials.
 *
 * Give `username` and `password`, or put them into the URL; on the command line set
 * OPENCODE_SERVER_PASSWORD.
 */
export class AuthenticationError extends APIStatusError {
  static {
    identify(this, "AuthenticationError", "authentication");
  }
}

/**
 * 403: not allowed.
 *
 * Ask whoever runs the server, or the proxy before it.
 */
export class PermissionDeniedError extends APIStatusError {
  static {
    identify(this, "PermissionDeniedError", "permission_denied");
  }
}

/**
 * 404: no such session, message, file, …
 *
 * Look the id up again: `opencode-ts sessions` lists what is stored.
 */
export class NotFoundError extends APIStatusError {
  static {
    identify(this, "NotFoundError", "not_found");
  }
}

/**
 * 409: the session is busy, or its state does not allow the call.
 *
 * Wait for the turn that runs, or call `session.abort()`.
 */
export class ConflictError extends APIStatusError {
  static {
    identify(this, "ConflictError", "conflict");
  }
}

/**
 * 422: well-formed, but not acceptable.
 *
 * Read `body`: it says which value.
 */
export class UnprocessableEntityError extends APIStatusError {
  static {
    identify(this, "UnprocessableEntityError", "unprocessable_entity");
  }
}

/**
 * 429: too many requests.
 *
 * It was tried again `maxRetries` times already: send less at once, or wait.
 */
export class RateLimitError extends APIStatusError {
  static {
    identify(this, "RateLimitError", "rate_limit");
  }
}

/**
 * 500 and above: the server failed.
 *
 * It was tried again where that is safe; `requestId` finds it in the server's log.
 */
export class InternalServerError extends APIStatusError {
  static {
    identify(this, "InternalServerError", "internal_server_error");
  }
}

function referenceIn(body: unknown): string | undefined {
  const ref = (body as { data?: { ref?: unknown } } | null)?.data?.ref;
  return typeof ref === "string" ? ref : undefined;
}
