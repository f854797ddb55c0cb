/**
 * The error for a server that ended while it was needed.
 *
 * @module
 */
import { ServerExitedError } from "../errors.ts";
import type { LogBuffer } from "../process/logs.ts";
import type { ExitStatus } from "../runtime/port.ts";

/** Names the process, how it ended (where that is known), and its last lines of output. */
export function exitedError(
  pid: number,
  status: ExitStatus | undefined,
  logs: LogBuffer,
): ServerExitedError {
  const lines = logs.tail();
  const { code = null, signal = null } = status ?? {};
  const how = signal !== null ? ` on ${signal}` : code !== null ? ` with code ${code}` : "";
  const output = lines.slice(-5).map((line) => line.trim()).join(" | ");
  return new ServerExitedError(
    `The server (process ${pid}) exited${how}${output === "" ? "" : `: ${output}`}`,
    { exitCode: signal !== null ? null : code, logs: lines },
  );
}
