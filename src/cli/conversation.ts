/**
 * Where a prompt of the command line goes: a server of its own, a kept one, a given one, the demo.
 *
 * @module
 */
import { InvalidArgumentError, NotFoundError } from "../errors.ts";
import type { LogFields, Logger } from "../http/log.ts";
import { resolve } from "../runtime/path.ts";
import { Opencode } from "../facade/opencode.ts";
import type { OpencodeOptions } from "../facade/options.ts";
import type { Permissions } from "../permissions/restrict.ts";
import type { Session } from "../session/session.ts";
import { titleOf } from "../facade/title.ts";
import { safeLine } from "../text/terminal.ts";
import { defaultAgent } from "./agents.ts";
import type { Args } from "./args.ts";
import type { Io } from "./io.ts";
import type { Progress } from "./progress.ts";
import type { Tape } from "./recording.ts";

/** A session, and what becomes of it afterwards. */
export interface Conversation {
  readonly session: Session;
  /** The agent it belongs to. */
  readonly ai: Opencode;
  /** What a turn that failed came to, where this knows more than the turn. */
  explain?(error: unknown): Promise<unknown>;
  /** Lets go of everything that does not outlive this call. @param completed The answer came. */
  close(completed: boolean): Promise<void>;
}

/** What {@linkcode openConversation} takes. */
export interface ConversationOptions {
  /** What the session's title is made from. */
  words: string;
  args: Args;
  io: Io;
  progress: Progress;
  signal: AbortSignal;
  /** In place of the agent's system prompt. */
  system?: string;
}

/** Opens what the flags ask for. */
export async function openConversation(call: ConversationOptions): Promise<Conversation> {
  const { args, progress, signal, system } = call;
  const title = titleOf(call.words);
  const options = serverOptions(call);
  if (system !== undefined) options.config = promptOf(args.agent ?? "build", system);
  if (args.demo) return await demo(options, title, progress);
  if (args.record !== undefined || args.replay !== undefined) {
    const { openTape } = await import("./recording.ts");
    const tape = await openTape({ args, options, io: call.io, progress });
    return await taped(tape, options, title, args, system);
  }
  const own = args.attach !== undefined || args.session !== undefined || args.continue ||
    args.isolated || args.binary !== undefined || system !== undefined;
  if (!own) {
    const { keptConversation } = await import("./keep/keep.ts");
    const kept = await keptConversation({ args, progress, signal, title, options });
    if (kept) return kept;
  }
  return await inOwn(options, title, args, system);
}

/** What the flags say of the server. */
export function serverOptions(
  { args, io, progress, signal }: Omit<ConversationOptions, "words">,
): OpencodeOptions {
  const { directory, port, attach, binary, isolated, verbose } = args;
  const inUrl = attach !== undefined && new URL(attach).username !== "";
  const variable = (name: string) => attach === undefined || inUrl ? undefined : io.env(name);
  const username = args.username ?? variable("OPENCODE_SERVER_USERNAME");
  const password = args.password ?? variable("OPENCODE_SERVER_PASSWORD");
  const common: OpencodeOptions = {
    onProgress: (state) => progress.download(state),
    signal,
    ...username !== undefined && { username },
    ...password !== undefined && { password },
    ...port !== undefined && { port },
    ...binary !== undefined && { binary },
    ...isolated && { isolated },
    permissions: heldTo(args),
    ...verbose && { logger: requestLog(progress) },
  };
  if (attach === undefined) return { ...common, directory: directory ?? io.cwd() };
  // without one, the server's own; a path for a server on this machine is one of this directory's
  const local = /^(localhost|127\.|\[::1\])/.test(new URL(attach).hostname);
  return {
    ...common,
    baseUrl: attach,
    ...directory !== undefined && { directory: local ? resolve(io.cwd(), directory) : directory },
  };
}

/** The word of `--permission`; lists of tools need a server that asks about every call. */
function heldTo({ permission = "default", allowedTools, disallowedTools }: Args): Permissions {
  return allowedTools.length + disallowedTools.length > 0 ? "ask" : permission;
}

/** A line for each request, for `--verbose`. */
function requestLog(progress: Progress): Logger {
  const write = (message: string, { method, path, status, duration, error }: LogFields) => {
    const parts = [method, path, status, duration && `${Math.round(duration)} ms`, error];
    const about = parts.filter((part) => part !== undefined && part !== "").join(" ");
    progress.line(progress.paint("dim", safeLine(`${message} ${about}`, 300)));
  };
  return { debug: () => {}, info: write, warn: write, error: write };
}

/** A conversation whose model is recorded, or is a recording. */
async function taped(
  tape: Tape,
  options: OpencodeOptions,
  title: string,
  args: Args,
  system: string | undefined,
): Promise<Conversation> {
  try {
    const config = { ...options.config, ...tape.options.config };
    const conversation = await inOwn({ ...options, config }, title, args, system);
    const close = async () => {
      await conversation.close(true);
      await tape.close();
    };
    return { ...conversation, close };
  } catch (error) {
    await tape.close();
    throw error;
  }
}

/** The configuration in which an agent has another system prompt. */
function promptOf(agent: string, prompt: string): NonNullable<OpencodeOptions["config"]> {
  return { agent: { [agent]: { prompt } } };
}

/** @param system What the agent's prompt is to be: that of `build`, where `args` name no agent. */
async function inOwn(
  options: OpencodeOptions,
  title: string,
  args: Args,
  system?: string,
): Promise<Conversation> {
  const ai = new Opencode(options);
  try {
    if (system !== undefined && args.agent === undefined) {
      await ai.start();
      const agent = await defaultAgent(ai, ai.directory);
      if (agent !== "build") { // only a running server knows it, and only a new one takes a prompt for it
        await ai.close();
        const config = { ...options.config, ...promptOf(agent, system) };
        return await inOwn({ ...options, config }, title, args);
      }
    }
    const known = await knownSession(ai, args);
    const session = known ?? await ai.createSession({ title });
    return {
      session: known && args.fork ? await known.fork() : session,
      ai,
      close: () => ai.close(),
    };
  } catch (error) {
    await ai.close();
    throw error;
  }
}

/** The session that `--session` or `--continue` names. */
async function knownSession(ai: Opencode, args: Args): Promise<Session | undefined> {
  if (args.session !== undefined) return await sessionById(ai, args.session);
  if (!args.continue) return undefined;
  const last = await ai.lastSession();
  if (last) return last;
  throw new InvalidArgumentError(
    `There is no session to continue in ${ai.directory}: leave out --continue`,
  );
}

/** A session by its id. @throws {InvalidArgumentError} where there is none. */
export async function sessionById(ai: Opencode, id: string): Promise<Session> {
  // the server fails with anything else as if it were broken (1.18.33)
  if (!/^ses_?\w*$/.test(id)) {
    throw new InvalidArgumentError(
      `"${
        safeLine(id, 60)
      }" is no session id, such as ses_1a2b: \`opencode-ts sessions\` lists those of this directory`,
    );
  }
  try {
    return await ai.session(id);
  } catch (cause) {
    const malformed = (cause as { status?: number }).status === 400;
    if (!(cause instanceof NotFoundError) && !malformed) throw cause;
    throw new InvalidArgumentError(
      `There is no session ${id}: \`opencode-ts sessions\` lists those of this directory`,
      { cause },
    );
  }
}

async function demo(
  options: OpencodeOptions,
  title: string,
  progress: Progress,
): Promise<Conversation> {
  progress.line("A demo: the real server, and a built-in script in place of a language model.");
  const [{ demoScript }, { scriptedModel }] = await Promise.all([
    import("../testing/demo.ts"),
    import("../testing/model.ts"),
  ]);
  const model = await scriptedModel(demoScript);
  const config = { ...options.config, ...model.config };
  const ai = new Opencode({ ...options, isolated: true, config });
  const close = async () => {
    await ai.close();
    await model.close();
  };
  try {
    return { session: await ai.createSession({ title }), ai, close };
  } catch (error) {
    await close();
    throw error;
  }
}
