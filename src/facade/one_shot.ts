/**
 * One prompt, one answer, in one call; with `keep`, a conversation of such calls.
 *
 * @module
 */
import { resolve } from "../runtime/path.ts";
import { host } from "../runtime/host.ts";
import { defined, type PromptOptions } from "../session/options.ts";
import type { Session } from "../session/session.ts";
import { ToolExecutor } from "../tools/executor.ts";
import { Opencode } from "./opencode.ts";
import { type OpencodeOptions, resolveOptions, SERVER_OPTIONS } from "./options.ts";

/** What {@linkcode opencode} takes beside everything that an `Opencode` takes. */
export interface OneShotOptions extends Omit<OpencodeOptions, "collect"> {
  /** Paths, addresses, bytes or blobs that go with the prompt. */
  files?: PromptOptions["files"];
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
  made: Started;
  /** Calls on their way; the last of them closes it, once a call without `keep` came. */
  users: number;
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
  // a kept server that died is not worth keeping
  if (kept?.ai.server?.running === false) await close();
  if (!keep && kept === undefined) {
    const { files: _, ...made } = rest;
    const ai = new Opencode(made);
    try {
      const workdir = ai.directory;
      return await withTools(
        autoTools,
        rest,
        workdir,
        (more) => ai.ask(prompt, { ...more, quiet }),
      );
    } finally {
      await ai.close();
    }
  }
  const mine = kept ??= start(rest);
  warnOfOthers(mine, rest);
  mine.users++;
  if (!keep) kept = undefined;
  try {
    const session = await mine.session;
    const { directory } = session;
    return await withTools(
      autoTools,
      rest,
      directory,
      (more) => session.ask(prompt, { ...more, quiet }),
    );
  } catch (error) {
    // neither is one that never came up
    const { server } = mine.ai;
    const gone = server === undefined ? rest.baseUrl === undefined : !server.running;
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

/** The prompt's options, with an executor of its own where `autoTools` asks for one. */
async function withTools(
  autoTools: boolean,
  { files, signal, ...options }: OneShotOptions,
  workdir: string,
  run: (options: PromptOptions) => Promise<string>,
): Promise<string> {
  const prompt = { ...resolveOptions(options).prompt, ...defined({ files, signal }) };
  if (!autoTools || prompt.tools) return await run(prompt);
  const tools = new ToolExecutor({ workdir });
  try {
    return await run({ ...prompt, tools });
  } finally {
    await tools.close();
  }
}

function start(options: OneShotOptions): Kept {
  // a signal ends its own call, not the server that the next call needs
  const { signal: _, files: __, ...rest } = options;
  const ai = new Opencode(rest);
  const session = ai.createSession();
  session.catch(() => {}); // its first user is told
  return { ai, session, made: startedWith(options, ai.directory), users: 0 };
}

type Started = Record<string, string | undefined>;

function startedWith(options: OpencodeOptions, directory: string): Started {
  const started = SERVER_OPTIONS.map((name) => [name, JSON.stringify(options[name])]);
  return { ...Object.fromEntries(started), directory };
}

/** Only what a call names can be something else than what is kept. */
function warnOfOthers({ made, ai }: Kept, options: OpencodeOptions): void {
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
