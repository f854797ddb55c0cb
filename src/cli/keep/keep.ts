/**
 * `--keep`: a server that outlives the call, and the conversation on it.
 *
 * @module
 */
import { resolve } from "../../runtime/path.ts";
import {
  APIConnectionError,
  APITimeoutError,
  AuthenticationError,
  InvalidArgumentError,
  NotFoundError,
} from "../../errors.ts";
import { Opencode } from "../../facade/opencode.ts";
import type { OpencodeOptions } from "../../facade/options.ts";
import { host } from "../../runtime/host.ts";
import { lock } from "../../process/lock.ts";
import {
  type Kept,
  makeStateDirectory,
  readState,
  removeState,
  stateFile,
  writeState,
} from "../../server/kept.ts";
import type { Session } from "../../session/session.ts";
import type { Args } from "../args.ts";
import type { Conversation } from "../conversation.ts";
import { KeptServerStopped } from "../exit.ts";
import type { Progress } from "../progress.ts";
import { changesSince, startedWith } from "./started.ts";

/** What is known of the call. */
export interface KeepOptions {
  args: Args;
  progress: Progress;
  signal: AbortSignal;
  title: string;
  options: OpencodeOptions;
  /** Milliseconds without a call after which the server ends; 0 is never. @default {1_800_000} */
  idleTimeout?: number | undefined;
}

/** How long a kept server stays without a call by default, in milliseconds. */
export const IDLE_TIMEOUT = 1_800_000;

/**
 * The conversation that an earlier call kept for this directory, or with `--keep` a new one that the
 * next call will find. `undefined` where there is neither.
 */
export async function keptConversation(call: KeepOptions): Promise<Conversation | undefined> {
  const { args, signal, options } = call;
  if (args.keep && host().platform.os === "windows") {
    throw new InvalidArgumentError(
      "--keep is not available on Windows. Instead run: opencode serve --port 4096, and then: " +
        "opencode-ts --attach http://127.0.0.1:4096 <prompt>",
    );
  }
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
      const changed = await changes(known, args);
      conversation = changed.length > 0
        ? await renew(known, changed, path, call)
        : await resume(known, call);
      if (conversation === undefined) {
        progress.line("The kept server is gone: this is a new conversation");
        await end(known, path);
      }
    }
    if (args.keep) conversation ??= await begin(directory, path, call);
    if (conversation === undefined) return undefined;
    return { ...conversation, explain, close: (completed) => leave(completed) };
  } finally {
    if (conversation === undefined) await unlock();
  }

  /** Whoever stops the server forgets it first. */
  async function explain(error: unknown): Promise<unknown> {
    if (signal.aborted || await readState(path) !== undefined) return error;
    return new KeptServerStopped({ cause: error });
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
  { progress, title, options }: KeepOptions,
): Promise<Conversation | undefined> {
  const { directory } = known;
  const ai = attachedTo(known, options);
  // the turn's events come over this connection, which opens meanwhile
  const events = ai.client.subscribe({ events: () => {} }, { directory }).catch(() => undefined);
  let session: Session;
  try {
    session = await sessionOf(ai, known.sessionId, { progress, title });
  } catch (error) {
    await ai.close();
    // a server that is merely busy is not gone: what it holds is not thrown away
    const refused = error instanceof APIConnectionError && !(error instanceof APITimeoutError);
    if (refused || error instanceof AuthenticationError) return undefined;
    throw error;
  }
  // also what its watchdog sees: the server is in use
  await writeState(await stateFile(directory), { ...known, sessionId: session.id });
  return {
    session,
    ai,
    async close() {
      (await events)?.close();
      await ai.close();
    },
  };
}

/** What talks to a kept server, as a call wants it. */
function attachedTo(
  { url: baseUrl, username, password, directory }: Pick<
    Kept,
    "url" | "username" | "password" | "directory"
  >,
  { onProgress: _, port: __, ...options }: OpencodeOptions,
): Opencode {
  return new Opencode({ ...options, baseUrl, username, password, directory });
}

/** The kept session, or a new one where it is gone. */
function sessionOf(
  ai: Opencode,
  id: string,
  { progress, title }: Pick<KeepOptions, "progress" | "title">,
): Promise<Session> {
  return ai.session(id).catch((error) => {
    if (!(error instanceof NotFoundError)) throw error;
    progress.line("The kept session is gone: this is a new conversation");
    return ai.createSession({ title });
  });
}

/** What this call wants otherwise than the kept server was started with. */
async function changes(known: Kept, { port }: Args): Promise<string[]> {
  const moves = port !== undefined && new URL(known.url).port !== String(port);
  return [...await changesSince(known), ...moves ? ["--port"] : []];
}

/** Stops a kept server, and goes on with its session on a new one, as this call wants it. */
async function renew(
  known: Kept,
  changed: readonly string[],
  path: string,
  call: KeepOptions,
): Promise<Conversation> {
  const shown = changed.length > 4 ? [...changed.slice(0, 3), "others"] : changed;
  call.progress.line(
    `Not as the kept server was started: ${
      shown.join(", ")
    }. A new server goes on with its session`,
  );
  await end(known, path);
  try {
    return await begin(known.directory, path, call, known.sessionId);
  } catch (error) {
    await writeState(path, { ...known, started: {} }); // the next call goes on with the session
    throw error;
  }
}

/** Starts a server that stays, and remembers it; until it is remembered, it ends with this process. */
async function begin(
  directory: string,
  path: string,
  call: KeepOptions,
  kept?: string,
): Promise<Conversation> {
  const { options, title, signal, idleTimeout = IDLE_TIMEOUT } = call;
  let begun: { ai: Opencode; session: Session } | undefined;
  const { createOpencodeServer } = await import("../../server/server.ts");
  try {
    await createOpencodeServer({
      cwd: directory,
      port: options.port,
      onProgress: options.onProgress,
      persist: {
        log: `${path}.log`,
        state: path,
        idleTimeout,
        async onStarted({ url, pid, ownerId, username, password, binary }) {
          const ai = attachedTo({ url, username, password, directory }, options);
          const opening = kept === undefined
            ? ai.createSession({ title })
            : sessionOf(ai, kept, call);
          const session = await opening.catch(async (error) => {
            await ai.close();
            throw error;
          });
          begun = { ai, session };
          const sessionId = session.id;
          const started = await startedWith(binary, ownerId);
          const known = { directory, url, pid, mark: ownerId, username, password, sessionId };
          await writeState(path, { version: 1, ...known, binary, started });
        },
      },
      signal,
    });
    const { ai, session } = begun!;
    return { session, ai, close: () => ai.close() };
  } catch (error) {
    await begun?.ai.close();
    await removeState(path);
    throw error;
  }
}

/** Stops a kept server, where it still runs, and forgets it. */
async function end(kept: Kept, path: string): Promise<void> {
  const { stopServer } = await import("../../server/attach.ts");
  await stopServer({ ...kept, ownerId: kept.mark, directories: [kept.directory] });
  await removeState(path);
}
