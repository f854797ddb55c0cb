/**
 * What the client logs about its requests.
 *
 * @module
 */

/** The minimum level of what is logged. */
export type LogLevel = "debug" | "info" | "warn" | "error" | "off";

/** What a log entry is about; never a secret. */
export interface LogFields {
  /** The HTTP method. */
  method?: string;
  /** The path, without its query. */
  path?: string;
  /** The answer's status. */
  status?: number;
  /** Milliseconds since the try began. */
  duration?: number;
  /** The number of the retry; 0 is the first try. */
  retry?: number;
  /** The body, cut and with secrets masked; at `debug` only. */
  body?: string;
  /** What went wrong. */
  error?: string;
}

/** Takes log entries; `console` is one. */
export interface Logger {
  /** Details: bodies. */
  debug(message: string, fields: LogFields): void;
  /** Requests and responses. */
  info(message: string, fields: LogFields): void;
  /** Retries, and answers that don't match the schema. */
  warn(message: string, fields: LogFields): void;
  /** Calls that failed. */
  error(message: string, fields: LogFields): void;
}

const LEVELS: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };

/** Logs an entry, where there is a logger and the level is high enough. */
export function log(
  to: { readonly logger: Logger | undefined; readonly logLevel: LogLevel },
  level: Exclude<LogLevel, "off">,
  message: string,
  fields: () => LogFields,
): void {
  if (to.logger === undefined || LEVELS[level] < LEVELS[to.logLevel]) return;
  try {
    to.logger[level](message, fields());
  } catch { /* a log that fails is no reason for a call to fail */ }
}
