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
import { KEPT, STATE, Watchdog } from "../process/watchdog.ts";
import { noProxyVariables } from "../runtime/loopback.ts";
import { clientUrl, type ResolvedServerOptions } from "./options.ts";
import { cacheDirectory } from "../binary/places.ts";
import { pluginVariables } from "./plugin.ts";
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
  /** What outlives a process that is started again. */
  shared: Shared;
}

/** What belongs to a server beyond one process of it. */
export interface Shared {
  /** What it and all that it starts carry in their environment. */
  ownerId: string;
  /** What ends it when this process ends, where there can be one. */
  watchdog: Watchdog | undefined;
  /** Its own home, where it has one. */
  home: IsolatedHome | undefined;
  /** Removes all of this. Idempotent. */
  dispose(): Promise<void>;
}

/** Starts the server; where that fails, nothing of it is left. */
export async function launch(
  options: ResolvedServerOptions,
  logs: LogBuffer,
  before?: Launched,
): Promise<Launched> {
  await checkDirectory(options.cwd);
  const shared = before?.shared ?? await prepare(options);
  try {
    const found = before ? { path: before.binary, version: before.version } : await resolve({
      ...options,
      directory: options.cacheDirectory,
      programEnv: shared.home?.env,
    });
    const process = await startInTime(options, logs, found.path, shared);
    return { process, version: found.version, binary: found.path, shared };
  } catch (error) {
    if (!before) await shared.dispose();
    throw error;
  }
}

/** The watchdog first: whatever is made after it goes, however this process ends. */
async function prepare(options: ResolvedServerOptions): Promise<Shared> {
  const { persist, isolated, cwd } = options;
  const id = crypto.randomUUID();
  const ownerId = persist ? `${KEPT}${host().platform.pid}-${id}` : id;
  const watchdog = await Watchdog.start(ownerId, { state: persist?.state, directory: cwd });
  let home: IsolatedHome | undefined;
  let disposing: Promise<void> | undefined;
  const dispose = async () => {
    if (home !== isolated) await home?.dispose();
    await watchdog?.dismiss();
  };
  const shared = {
    ownerId,
    watchdog,
    get home() {
      return home;
    },
    dispose: () => disposing ??= dispose(),
  };
  try {
    if (typeof isolated === "object") home = isolated;
    else if (isolated) {
      home = await createIsolatedHome({ onPath: (path) => watchdog?.home(path) });
    }
    return shared;
  } catch (error) {
    await shared.dispose();
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
  shared: Shared,
): Promise<ServerProcess> {
  const { signal, timeout } = options;
  const late = Symbol("late");
  const link = linkSignals([signal], { timeout, timeoutReason: () => late });
  let process: ServerProcess | undefined;
  try {
    for (let port = options.port;;) {
      try {
        process = await startProcess({ ...options, port }, logs, path, shared);
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
  shared: Shared,
): Promise<ServerProcess> {
  const { port, hostname, username, password, configText } = options;
  const { env } = host();
  const { home, ownerId, watchdog } = shared;
  const inherited = home ? {} : { NO_PROXY: env.get("NO_PROXY"), no_proxy: env.get("no_proxy") };
  const given = {
    ...home?.env,
    ...home && { OPENCODE_PURE: "0" }, // our plugin; the home's guard keeps others out
    ...options.env,
    ...noProxyVariables({ ...inherited, ...home?.env, ...options.env }),
    ...configText === undefined ? {} : { OPENCODE_CONFIG_CONTENT: configText },
    ...options.persist?.state === undefined ? {} : { [STATE]: options.persist.state },
    OPENCODE_SERVER_USERNAME: username,
    OPENCODE_SERVER_PASSWORD: password,
  };
  const place = { home: home?.home, inherits: home === undefined };
  const plugin = await pluginVariables(options, given, place);
  try {
    return await ServerProcess.start({
      path,
      args: ["serve", "--port", String(port), "--hostname", hostname, ...options.args],
      cwd: options.cwd,
      env: { ...given, ...plugin },
      clearEnv: home !== undefined,
      ownerId,
      watchdog,
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
