/**
 * What the client tells about its requests, and to whom.
 *
 * @module
 */

/** From which weight on a log tells. */
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
  /** Which repetition this is, from 0. */
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
  /** Repetitions, and answers that break the server's document. */
  warn(message: string, fields: LogFields): void;
  /** Calls that failed. */
  error(message: string, fields: LogFields): void;
}

const WEIGHT: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, off: 4 };

/** Tells the logger, where there is one and the entry weighs enough. */
export function tell(
  to: { readonly logger: Logger | undefined; readonly logLevel: LogLevel },
  level: Exclude<LogLevel, "off">,
  message: string,
  fields: () => LogFields,
): void {
  if (to.logger === undefined || WEIGHT[level] < WEIGHT[to.logLevel]) return;
  try {
    to.logger[level](message, fields());
  } catch { /* a log that fails is no reason for a call to fail */ }
}
