/**
 * One prompt, one answer, in one call; with `keep`, a conversation of such calls.
 *
 * @module
 */
import type { AskOptions } from "../session/ask.ts";
import type { Session } from "../session/session.ts";
import { ToolExecutor } from "../tools/executor.ts";
import { Opencode } from "./opencode.ts";
import { type OpencodeOptions, promptOptions } from "./options.ts";

/** What {@linkcode opencode} takes beside everything that an `Opencode` takes. */
export interface OneShotOptions extends OpencodeOptions {
  /**
   * Keep server and session for the next call, which remembers. A call without it is the last of the
   * conversation, and stops the server. @default {false}
   */
  keep?: boolean;
  /**
   * Let the model work with tools that run in this process, in `directory`: files freely, commands
   * after a question on the terminal. `tools` gives other rules. @default {false}
   */
  autoTools?: boolean;
  /** Say nothing of tool calls on standard error. @default {false} */
  quiet?: boolean;
}

/** The callable {@linkcode opencode} with its `close`. */
export interface OneShot {
  (prompt: string, options?: OneShotOptions): Promise<string>;
  /** Stops a kept server, where there is one. */
  close(): Promise<void>;
}

interface Kept {
  ai: Opencode;
  session: Promise<Session>;
  /** What the server was started with, to tell where a later call asks for something else. */
  made: string;
}

let kept: Kept | undefined;

/**
 * Asks once: starts a server, asks, stops the server, and gives the text of the answer.
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
  const { keep = false, autoTools = false, quiet = false, ...rest } = options;
  const executor = autoTools && rest.tools === undefined
    ? new ToolExecutor(rest.directory === undefined ? {} : { workdir: rest.directory })
    : undefined;
  const asked: AskOptions = { ...promptOptions(rest), quiet, ...executor && { tools: executor } };
  try {
    return await askOrGoOn(prompt, rest, asked, keep);
  } finally {
    await executor?.close();
  }
}

async function askOrGoOn(
  prompt: string,
  rest: OpencodeOptions,
  asked: AskOptions,
  keep: boolean,
): Promise<string> {
  if (!keep && kept === undefined) {
    const ai = new Opencode(rest);
    try {
      return await ai.ask(prompt, asked);
    } finally {
      await ai.close();
    }
  }
  const mine = kept ??= start(rest);
  if (startOptions(rest) !== mine.made && hasStartOptions(rest)) {
    rest.logger?.warn(
      "The kept server was started with other options; close it with opencode.close() to use these",
      {},
    );
  }
  if (!keep) kept = undefined;
  try {
    const session = await mine.session;
    return await session.ask(prompt, asked);
  } catch (error) {
    // a server that never came up is not worth keeping
    if (kept === mine && mine.ai.server === undefined && rest.baseUrl === undefined) {
      kept = undefined;
    }
    throw error;
  } finally {
    if (kept !== mine) await mine.ai.close();
  }
}

async function close(): Promise<void> {
  const mine = kept;
  kept = undefined;
  await mine?.ai.close();
}

function start(options: OpencodeOptions): Kept {
  // a signal ends its own call, not the server that the next call needs
  const { signal: _, ...rest } = options;
  const ai = new Opencode(rest);
  const session = ai.createSession();
  session.catch(() => {}); // its first user is told
  return { ai, session, made: startOptions(options) };
}

const START = ["config", "directory", "port", "hostname", "binary", "baseUrl", "env"] as const;

function hasStartOptions(options: OpencodeOptions): boolean {
  return START.some((name) => options[name] !== undefined);
}

function startOptions(options: OpencodeOptions): string {
  return JSON.stringify(START.map((name) => options[name]));
}
