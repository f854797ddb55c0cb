/**
 * `--keep`: a server that outlives the call, and the conversation on it.
 *
 * @module
 */
import { resolve } from "../runtime/path.ts";
import {
  APIConnectionError,
  APITimeoutError,
  AuthenticationError,
  InvalidArgumentError,
  NotFoundError,
} from "../errors.ts";
import { Opencode } from "../facade/opencode.ts";
import type { OpencodeOptions } from "../facade/options.ts";
import { host } from "../runtime/host.ts";
import { stopServer } from "../server/attach.ts";
import { lock } from "../process/lock.ts";
import { createOpencodeServer } from "../server/server.ts";
import type { Session } from "../session/session.ts";
import type { Args } from "./args.ts";
import type { Conversation } from "./conversation.ts";
import type { Progress } from "./progress.ts";
import {
  type Kept,
  makeStateDirectory,
  readState,
  removeState,
  stateFile,
  writeState,
} from "./state.ts";

/** What is known of the call. */
export interface KeepOptions {
  args: Args;
  progress: Progress;
  signal: AbortSignal;
  title: string;
  options: OpencodeOptions;
}

/**
 * The conversation that an earlier call kept for this directory, or with `--keep` a new one that the
 * next call will find. `undefined` where there is neither.
 */
export async function keptConversation(call: KeepOptions): Promise<Conversation | undefined> {
  const { args, signal, options } = call;
  const directory = await realDirectory(options.directory!);
  const path = await stateFile(directory);
  if (!args.keep && await readState(path) === undefined) return undefined;
  await makeStateDirectory();
  // of two first calls at once, one starts the server and the other finds it
  const { progress } = call;
  const unlock = await lock(`${path}.lock`, {
    signal,
    timeout: WAIT,
    onWait: () => progress.line("Waiting for the call before, which has this conversation"),
  });
  let conversation: Conversation | undefined;
  try {
    const known = await readState(path);
    if (known !== undefined) {
      conversation = await resume(known, call);
      if (conversation === undefined) {
        progress.line("The kept server is gone: this is a new conversation");
        await end(known, path);
      }
    }
    if (args.keep) conversation ??= await begin(directory, path, call);
    if (conversation === undefined) return undefined;
    return { session: conversation.session, close: (completed) => leave(completed) };
  } finally {
    if (conversation === undefined) await unlock();
  }

  /** A call without `--keep` is the last, unless it failed: then there may be another try. */
  async function leave(completed: boolean): Promise<void> {
    try {
      await conversation?.close(completed);
      const kept = args.keep || !completed ? undefined : await readState(path);
      if (kept) await end(kept, path);
    } finally {
      await unlock();
    }
  }
}

/** How long to wait for the call before, in milliseconds: an hour, as a turn may take. */
const WAIT = 3_600_000;

async function realDirectory(directory: string): Promise<string> {
  const { files, platform, failureKind } = host();
  const path = resolve(platform.cwd(), directory);
  try {
    return await files.realPath(path);
  } catch (cause) {
    if (failureKind(cause) !== "not_found") throw cause;
    throw new InvalidArgumentError(`Cannot work in ${path}: there is no such directory`, { cause });
  }
}

/** Goes on with what was kept; `undefined` where its server is gone. */
async function resume(
  known: Kept,
  { args, progress, title, options }: KeepOptions,
): Promise<Conversation | undefined> {
  const { onProgress: _, port: __, ...rest } = options;
  const { url: baseUrl, username, password, directory } = known;
  const ai = new Opencode({ ...rest, baseUrl, username, password, directory });
  let session: Session;
  try {
    await ai.start();
    session = await ai.session(known.sessionId).catch((error) => {
      if (!(error instanceof NotFoundError)) throw error;
      progress.line("The kept session is gone: this is a new conversation");
      return ai.createSession({ title });
    });
  } catch (error) {
    await ai.close();
    // a server that is merely busy is not gone: what it holds is not thrown away
    const refused = error instanceof APIConnectionError && !(error instanceof APITimeoutError);
    if (refused || error instanceof AuthenticationError) return undefined;
    throw error;
  }
  if (args.port !== undefined && new URL(known.url).port !== String(args.port)) {
    progress.line(`The kept server listens on ${known.url}: --port ${args.port} has no effect`);
  }
  if (args.keep && session.id !== known.sessionId) {
    await writeState(await stateFile(directory), { ...known, sessionId: session.id });
  }
  return { session, close: () => ai.close() };
}

/** Starts a server that stays, and remembers it. */
async function begin(directory: string, path: string, call: KeepOptions): Promise<Conversation> {
  const { options, title, signal } = call;
  const server = await createOpencodeServer({
    cwd: directory,
    port: options.port,
    onProgress: options.onProgress,
    persist: { log: `${path}.log` },
    signal,
  });
  const { url, pid, mark, username, password } = server;
  const ai = new Opencode({ baseUrl: url, username, password, directory, signal });
  try {
    const session = await ai.createSession({ title });
    const kept: Kept = {
      version: 1,
      directory,
      url,
      pid,
      mark,
      username,
      password,
      sessionId: session.id,
    };
    await writeState(path, kept);
    return { session, close: () => ai.close() };
  } catch (error) {
    await ai.close();
    await server.close();
    throw error;
  }
}

/** Stops a kept server, where it still runs, and forgets it. */
async function end(kept: Kept, path: string): Promise<void> {
  await stopServer({ ...kept, directories: [kept.directory] });
  await removeState(path);
  await host().files.remove(`${path}.log`);
}
