/**
 * Exit codes: what they are, and which one an error means.
 *
 * @module
 */
import {
  APIError,
  BinaryNotFoundError,
  DownloadError,
  InvalidArgumentError,
  OpencodeError,
  ServerExitedError,
  ServerStartupError,
  StructuredOutputError,
  TurnAbortedError,
  TurnError,
  TurnLimitError,
  TurnTimeoutError,
  UnsupportedServerError,
} from "../errors.ts";
import { NotFoundError } from "../errors.ts";
import { identify } from "../errors/base.ts";
import { Interrupted } from "./interrupt.ts";
import { BrokenPipe } from "./io.ts";

/** The exit codes, for the help. */
export const EXIT_CODES: readonly (readonly [number, string])[] = [
  [0, "the answer is complete, also where --permission readonly or deny refused a tool"],
  [1, "another error"],
  [2, "usage error: the command line is wrong, nothing was started"],
  [3, "the opencode program or its server failed"],
  [4, "the model or its provider failed"],
  [5, "a permission was refused or a question was left unanswered, as no one could be asked"],
  [6, "the answer doesn't match the schema"],
  [7, "a limit or the budget was reached"],
  [124, "timeout"],
  [130, "interrupted (129 by SIGHUP, 143 by SIGTERM)"],
  [141, "the reader of the output is gone"],
];

/** What a call ends with where this stopped it. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof Interrupted) return error.exitCode;
  if (error instanceof BrokenPipe) return 141;
  if (error instanceof InvalidArgumentError) return 2;
  if (error instanceof StructuredOutputError) return 6;
  if (error instanceof TurnLimitError) return 7;
  if (error instanceof TurnTimeoutError || error instanceof CommandTimeoutError) return 124;
  if (error instanceof TurnAbortedError || error instanceof NotFoundError) return 1;
  if (error instanceof TurnError) return 4;
  const server = [
    APIError,
    BinaryNotFoundError,
    DownloadError,
    KeptServerStopped,
    ServerExitedError,
    ServerStartupError,
    UnsupportedServerError,
  ];
  return server.some((kind) => error instanceof kind) ? 3 : 1;
}

/** Another call stopped the kept server while this one used it. */
export class KeptServerStopped extends OpencodeError {
  static {
    identify(this, "KeptServerStopped", "server_exited");
  }
  constructor(options: ErrorOptions) {
    super(
      "Another call stopped the kept server (`opencode-ts stop`) before the answer was complete: give the prompt again",
      options,
    );
  }
}

/** `--timeout` passed before the call was finished. */
export class CommandTimeoutError extends OpencodeError {
  static {
    identify(this, "CommandTimeoutError", "timeout");
  }
  constructor(readonly timeout: number) {
    super(`Not finished after ${timeout / 1000} s: give more time with --timeout`);
  }
}
