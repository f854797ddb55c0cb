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
export type { PersistOptions, RestartOptions, ServerOptions } from "./options.ts";
export { resolveBinary } from "./locate.ts";
export type { ResolvedBinary, ResolveOptions } from "./locate.ts";
export { downloadBinary } from "./download.ts";
export type { DownloadedBinary, DownloadOptions, DownloadProgress } from "./download.ts";
export { TESTED_VERSION } from "./versions.ts";
export { bypassProxyForLoopback } from "./loopback.ts";
export { checkServer, stopServer } from "./attach.ts";
export type { CheckServerOptions, ForeignServer, ServerInfo } from "./attach.ts";
export type { Machine } from "./targets.ts";
export type { ExitStatus } from "../runtime/port.ts";
export type { LogFields, Logger } from "../http/log.ts";
export {
  BinaryNotFoundError,
  DownloadError,
  OpencodeError,
  PortInUseError,
  ServerConfigError,
  ServerExitedError,
  ServerStartupError,
  ServerStartupTimeoutError,
  UnsupportedServerError,
} from "../errors.ts";
export { doctor } from "./doctor.ts";
export type { DoctorLine, DoctorOptions } from "./doctor.ts";
