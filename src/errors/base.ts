/**
 * The base of all errors, and those that belong to no part alone.
 *
 * @module
 */

/** What the `code` of an error can be: one for each class. */
export type OpencodeErrorCode =
  | "opencode_error"
  | "invalid_argument"
  | "permission_missing"
  | "api_error"
  | "connection_failed"
  | "timeout"
  | "invalid_response"
  | "status"
  | "bad_request"
  | "authentication"
  | "permission_denied"
  | "not_found"
  | "conflict"
  | "unprocessable_entity"
  | "rate_limit"
  | "internal_server_error"
  | "binary_not_found"
  | "download_failed"
  | "server_startup"
  | "server_startup_timeout"
  | "port_in_use"
  | "server_config"
  | "server_exited"
  | "unsupported_server"
  | "turn_failed"
  | "turn_aborted"
  | "turn_timeout"
  | "turn_limit"
  | "tool_rounds_exceeded"
  | "budget_exceeded"
  | "structured_output"
  | "script_mismatch"
  | "recording_mismatch";

/**
 * Base of every error that this package raises.
 *
 * Catch it to catch them all; `code` distinguishes them.
 */
export class OpencodeError extends Error {
  /** The class name, also after minification. */
  declare readonly name: string;
  /** A stable, machine-readable name of the kind of error, such as `"not_found"`. */
  readonly code: OpencodeErrorCode;
  static {
    identify(this, "OpencodeError", "opencode_error");
  }
  /** Made by this package; a message, and its cause. */
  constructor(message?: string, options?: ErrorOptions) {
    super(message, options);
    this.code = new.target.prototype.code;
  }
}

/**
 * Sets the name and the code of a class of errors, on its prototype: the stack begins with the name.
 *
 * @param type The class.
 * @param name Its name.
 * @param code Its code.
 */
export function identify(
  type: { prototype: OpencodeError },
  name: string,
  code: OpencodeErrorCode,
): void {
  Object.assign(type.prototype, { name, code });
}

/**
 * An argument or option that can't be used: an empty prompt, an unknown model or agent, an unknown
 * tool.
 *
 * The message says what to write instead, and names the nearest where there is one.
 */
export class InvalidArgumentError extends OpencodeError {
  static {
    identify(this, "InvalidArgumentError", "invalid_argument");
  }
}

/**
 * Deno refused something because a permission is missing.
 *
 * Run again with the flag in `flag`.
 */
export class PermissionMissingError extends OpencodeError {
  static {
    identify(this, "PermissionMissingError", "permission_missing");
  }
  /** The flag that grants it, such as `"--allow-run=opencode"`. */
  readonly flag: string;
  /** Made by this package; a message, and what the fields hold. */
  constructor(message: string, options: ErrorOptions & { flag: string }) {
    super(message, options);
    this.flag = options.flag;
  }
}
