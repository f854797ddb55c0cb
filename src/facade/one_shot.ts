/**
 * One prompt, one answer, in one call; with `keep`, a conversation of such calls.
 *
 * @module
 */
import { resolve } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";
import type { AskOptions } from "../session/ask.ts";
import type { Session } from "../session/session.ts";
import { ToolExecutor } from "../tools/executor.ts";
import { Opencode } from "./opencode.ts";
import {
  checkOptions,
  type OneShotOptions,
  type OpencodeOptions,
  resolveOptions,
} from "./options.ts";

/** The callable {@linkcode opencode} with its `close`. */
export interface OneShot {
  (prompt: string, options?: OneShotOptions): Promise<string>;
  /** Stops a kept server, where there is one. */
  close(): Promise<void>;
}

interface KeptAgent {
  ai: Opencode;
  session: Promise<Session>;
  /** What the server was started with, to tell where a later call asks for something else. */
  made: Started;
  /** Calls on their way; the last of them closes it, once a call without `keep` came. */
  users: number;
}

let kept: KeptAgent | undefined;

/**
 * Asks once: starts a server, asks, stops the server, and returns the text of the answer.
 *
 * @param prompt Reaches the model as it is.
 * @throws {TurnError} where the model or its provider fails.
 * @throws {BinaryNotFoundError} where there is no opencode program and none can be downloaded.
 *
 * @example
 * ```ts ignore
 * import { opencode } from "@x/opencode";
 *
 * console.log(await opencode("What is the capital of France?"));
 * ```
 */
export const opencode: OneShot = Object.assign(ask, { close });

async function ask(prompt: string, options: OneShotOptions = {}): Promise<string> {
  checkOptions("opencode()", options);
  const { keep = false } = options;
  // a kept server that died is not worth keeping
  if (kept?.ai.server?.running === false) await close();
  if (!keep && kept === undefined) {
    const ai = new Opencode(own(options));
    try {
      return await withTools(options, ai.directory, (more) => ai.ask(prompt, more));
    } finally {
      await ai.close();
    }
  }
  const mine = kept ??= start(options);
  warnOfOthers(mine, options);
  mine.users++;
  if (!keep) kept = undefined;
  try {
    const session = await mine.session;
    return await withTools(options, session.directory, (more) => session.ask(prompt, more));
  } catch (error) {
    // neither is one that never came up
    const { server } = mine.ai;
    const gone = server === undefined ? options.baseUrl === undefined : !server.running;
    if (kept === mine && gone) kept = undefined;
    throw error;
  } finally {
    mine.users--;
    if (kept !== mine && mine.users === 0) await mine.ai.close();
  }
}

async function close(): Promise<void> {
  const mine = kept;
  kept = undefined;
  await mine?.ai.close();
}

/** What is the `Opencode`'s own. */
function own(options: OneShotOptions): OpencodeOptions {
  const { keep: _, autoTools: __, quiet: ___, files: ____, ...made } = options;
  return made;
}

/** Asks with the call's options; where `autoTools` asks for one, with an executor of its own. */
async function withTools(
  options: OneShotOptions,
  workdir: string,
  ask: (options: AskOptions) => Promise<string>,
): Promise<string> {
  const { prompt, call } = resolveOptions(options);
  const { collect: _, ...given } = { ...prompt, ...call };
  const { tools = [] } = given;
  if (!options.autoTools || !Array.isArray(tools)) return await ask(given);
  const executor = new ToolExecutor({ workdir, tools });
  try {
    return await ask({ ...given, tools: executor });
  } finally {
    await executor.close();
  }
}

function start(options: OneShotOptions): KeptAgent {
  // a signal ends its own call, not the server that the next call needs
  const { signal: _, ...made } = own(options);
  const ai = new Opencode(made);
  const session = ai.createSession();
  session.catch(() => {}); // its first user receives the error
  return { ai, session, made: startedWith(options, ai.directory), users: 0 };
}

type Started = Record<string, string | undefined>;

function startedWith(options: OneShotOptions, directory: string): Started {
  const started = Object.entries(resolveOptions(options).place)
    .map(([name, value]) => [name, JSON.stringify(value)]);
  return { ...Object.fromEntries(started), directory };
}

/** Only what a call names can be something else than what is kept. */
function warnOfOthers({ made, ai }: KeptAgent, options: OneShotOptions): void {
  const asked = options.directory === undefined
    ? ai.directory
    : resolve(host().platform.cwd(), options.directory);
  const now = startedWith(options, asked);
  const others = Object.keys(now).filter((name) =>
    now[name] !== undefined && now[name] !== made[name]
  );
  if (others.length === 0) return;
  const message = `The kept server goes on as it was started, with another ${
    others.join(", ")
  }; close it with opencode.close() first`;
  if (options.logger) options.logger.warn(message, {});
  else host().terminal.stderr.write(`opencode: ${message}\n`).catch(() => {});
}
