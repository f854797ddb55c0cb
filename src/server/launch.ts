/**
 * One start: the program found, its environment made, the process started, ready and checked.
 *
 * @module
 */
import { linkSignals } from "../async/abort.ts";
import { InvalidArgumentError, PortInUseError, ServerStartupError } from "../errors.ts";
import { host } from "../runtime/host.ts";
import { createIsolatedHome, type IsolatedHome } from "../runtime/isolation.ts";
import { resolve } from "../binary/locate.ts";
import type { LogBuffer } from "../process/logs.ts";
import { noProxyVariables } from "../runtime/loopback.ts";
import { clientUrl, type ResolvedServerOptions } from "./options.ts";
import { cacheDirectory } from "../binary/places.ts";
import { ServerProcess } from "./process.ts";
import { reason } from "../binary/program.ts";
import { checkConfig, startTimeout, waitForReady } from "./ready.ts";

/** A server that answers. */
export interface Launched {
  /** Its process. */
  process: ServerProcess;
  /** The program's version. */
  version: string;
  /** The program's path. */
  binary: string;
  /** Its own home, where it has one. */
  home: IsolatedHome | undefined;
  /** Removes what belongs to the server beyond its process. Idempotent. */
  dispose(): Promise<void>;
}

/** Starts the server; where that fails, nothing of it is left. */
export async function launch(
  options: ResolvedServerOptions,
  logs: LogBuffer,
  before?: Launched,
): Promise<Launched> {
  await checkDirectory(options.cwd);
  const home = before?.home ?? (options.isolated ? await createIsolatedHome() : undefined);
  const dispose = async () => await home?.dispose();
  try {
    const found = before ? { path: before.binary, version: before.version } : await resolve({
      ...options,
      directory: options.cacheDirectory,
      programEnv: home?.env,
    });
    const process = await startInTime(options, logs, found.path, home);
    return { process, version: found.version, binary: found.path, home, dispose };
  } catch (error) {
    if (!before) await dispose();
    throw error;
  }
}

async function checkDirectory(cwd: string): Promise<void> {
  const { files, failureKind } = host();
  try {
    if ((await files.stat(cwd)).isDirectory) return;
  } catch (error) {
    const kind = failureKind(error);
    if (kind !== "not_found" && kind !== "not_a_directory") throw error;
    throw new InvalidArgumentError(`The directory "${cwd}" does not exist`, { cause: error });
  }
  throw new InvalidArgumentError(`"${cwd}" is not a directory`);
}

async function startInTime(
  options: ResolvedServerOptions,
  logs: LogBuffer,
  path: string,
  home: IsolatedHome | undefined,
): Promise<ServerProcess> {
  const { signal, timeout } = options;
  const late = Symbol("late");
  const link = linkSignals([signal], { timeout, timeoutReason: () => late });
  let process: ServerProcess | undefined;
  try {
    for (let port = options.port;;) {
      try {
        process = await startProcess({ ...options, port }, logs, path, home);
        await untilReady(process, { ...options, port }, link.signal);
        return process;
      } catch (error) {
        if (!(options.portFallback && port !== 0 && error instanceof PortInUseError)) throw error;
        options.logger?.warn(`${error.message}. Taking a free one`, {});
        port = 0;
      }
    }
  } catch (error) {
    await process?.stop();
    if (error === late || (link.signal.aborted && link.signal.reason === late)) {
      throw startTimeout(process, timeout);
    }
    throw error;
  } finally {
    link.dispose();
  }
}

async function startProcess(
  options: ResolvedServerOptions,
  logs: LogBuffer,
  path: string,
  home: IsolatedHome | undefined,
): Promise<ServerProcess> {
  const { port, hostname, username, password, configText } = options;
  const { env } = host();
  const inherited = home ? {} : { NO_PROXY: env.get("NO_PROXY"), no_proxy: env.get("no_proxy") };
  try {
    return await ServerProcess.start({
      path,
      args: ["serve", "--port", String(port), "--hostname", hostname, ...options.args],
      cwd: options.cwd,
      env: {
        ...home?.env,
        ...options.env,
        ...noProxyVariables({ ...inherited, ...home?.env, ...options.env }),
        ...configText === undefined ? {} : { OPENCODE_CONFIG_CONTENT: configText },
        OPENCODE_SERVER_USERNAME: username,
        OPENCODE_SERVER_PASSWORD: password,
      },
      clearEnv: home !== undefined,
      home: home?.home,
      logFile: options.persist?.log,
      records: options.cacheDirectory ?? cacheDirectory(),
      username,
      password,
    }, logs);
  } catch (cause) {
    if (host().failureKind(cause) === "flag_missing") throw cause;
    throw new ServerStartupError(`Cannot start "${path}": ${reason(cause)}`, { cause });
  }
}

async function untilReady(
  process: ServerProcess,
  options: ResolvedServerOptions,
  signal: AbortSignal,
): Promise<void> {
  const { persist, username, password, cwd } = options;
  const reading = new AbortController();
  const following = persist ? process.followLogFile(reading.signal) : undefined;
  try {
    process.url = clientUrl(await waitForReady(process, { ...options, signal, following }));
    await checkConfig(process, { username, password, directory: cwd, signal });
  } finally {
    reading.abort();
    await following;
  }
}
