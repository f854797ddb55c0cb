/**
 * The opencode program and its server: found or downloaded, checked, started, stopped.
 *
 * ```ts no-assert
 * import { createOpencodeServer } from "@x/opencode/server";
 *
 * await using server = await createOpencodeServer();
 * console.log(server.url);
 * ```
 *
 * @module
 */
export { createOpencodeServer } from "./server.ts";
export type { CloseOptions, OpencodeServer } from "./server.ts";
export type { HookAddress, PersistOptions, RestartOptions, ServerOptions } from "./options.ts";
export { resolveBinary } from "../binary/locate.ts";
export type { ResolvedBinary, ResolveOptions } from "../binary/locate.ts";
export { downloadBinary } from "../binary/download.ts";
export type { DownloadedBinary, DownloadOptions, DownloadProgress } from "../binary/download.ts";
export { TESTED_VERSION } from "../binary/versions.ts";
export { bypassProxyForLoopback } from "../runtime/loopback.ts";
export { checkServer, stopServer } from "./attach.ts";
export type { CheckServerOptions, ForeignServer, ServerInfo } from "./attach.ts";
export type { Machine } from "../binary/targets.ts";
export type { ExitStatus } from "../runtime/port.ts";
export type { LogFields, Logger } from "../http/log.ts";
export {
  BinaryNotFoundError,
  DownloadError,
  OpencodeError,
  type OpencodeErrorCode,
  PortInUseError,
  ServerConfigError,
  ServerExitedError,
  ServerStartupError,
  ServerStartupTimeoutError,
  UnsupportedServerError,
} from "../errors.ts";
export { doctor } from "../doctor/doctor.ts";
export type { DoctorLine, DoctorOptions } from "../doctor/doctor.ts";
