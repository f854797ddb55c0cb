/**
 * A conversation on the server.
 *
 * @module
 */
import type { Session as SessionInfo, SnapshotFileDiff } from "../api/types.gen.ts";
import { abortable } from "../async/abort.ts";
import type { ModelRef, SessionCalls } from "../dialect/sessions.ts";
import type { MessageWithParts, Where } from "../dialect/types.ts";
import { usageOf } from "../dialect/usage.ts";
import { InvalidArgumentError, TurnTimeoutError } from "../errors.ts";
import type { CallOptions } from "../http/options.ts";
import type { AnySchema, InferSchema } from "../schema/standard.ts";
import type { SessionContext } from "./context.ts";
import { type AskOptions, askTurns, tell } from "./ask.ts";
import type { Todo, Usage } from "./events.ts";
import {
  checked,
  checkPrompt,
  type CommandOptions,
  defined,
  type ForkOptions,
  type MessagesOptions,
  NOT_FOR_COMMANDS,
  parseModel,
  type PromptOptions,
  promptOptions,
  type RevertOptions,
  type StreamOptions,
  wantsData,
} from "./options.ts";
import type { Reply } from "./reply.ts";
import { type ResolvedPrompt, resolvePrompt } from "./resolve.ts";
import type { RewindOptions, Rewound } from "./rewind.ts";
import type { ObjectOptions, Wish } from "./structured.ts";
import type { TranscriptOptions } from "./transcript.ts";
import { type PromptRequest, turnOf } from "./turn/request.ts";
import { stopOnServer, type Stopped } from "./turn/stop.ts";
import { Turn } from "./turn/turn.ts";
import { runWork } from "./turn/work.ts";

/**
 * A conversation on the server: prompts go one after another, each with the memory of those before.
 *
 * @example
 * ```ts ignore
 * const session = await ai.createSession({ title: "naming" });
 * await session.ask("Suggest a project name");
 * ```
 */
export class Session {
  /** The server's id for it. */
  readonly id: string;
  /** The directory it works in. */
  readonly directory: string;
  #info: SessionInfo;
  readonly #context: SessionContext;
  /** What its prompts take unless they say otherwise. */
  readonly #own: PromptOptions;

  /** For this package's own use; see `Opencode.createSession` and `Opencode.session`. */
  constructor(context: SessionContext, info: SessionInfo, defaults: PromptOptions = {}) {
    this.#context = context;
    this.#own = defaults;
    this.#info = info;
    this.id = info.id;
    this.directory = info.directory;
  }

  /** What the server said of it last; `refresh` asks anew. */
  get info(): SessionInfo {
    return this.#info;
  }

  /** Its title. */
  get title(): string {
    return this.#info.title;
  }

  /**
   * Sends a prompt and waits for the answer.
   *
   * @throws {TurnError} where the model or its provider fails, or a bound is passed.
   * @throws The signal's reason, where it aborts.
   */
  async prompt(text: string, options: PromptOptions = {}): Promise<Reply> {
    return await this.#reply(text, this.#resolve(options));
  }

  /**
   * Asks for data: the value is checked here against the schema, and typed by it. Where it breaks the
   * schema the model gets the errors, and tries again.
   *
   * @throws {StructuredOutputError} where no try satisfied the schema.
   */
  async object<const S extends AnySchema>(
    text: string,
    options: ObjectOptions<S>,
  ): Promise<InferSchema<S>> {
    const { schema, maxRepairs, retryCount, by, ...rest } = promptOptions(options ?? {});
    const wish = defined({ schema, maxRepairs, retryCount, by }) as Wish<S>;
    const { askForObject } = await import("./structured.ts");
    return (await askForObject(this.#send, text, wish, this.#resolve(rest))).value;
  }

  async #reply(text: string, options: ResolvedPrompt): Promise<Reply> {
    const { format } = options;
    if (!wantsData(format)) return await this.#send(text, options);
    const { schema, retryCount } = format;
    const { askForObject } = await import("./structured.ts");
    return (await askForObject(this.#send, text, defined({ schema, retryCount }), options)).reply;
  }

  readonly #send = (text: string, options: ResolvedPrompt): Promise<Reply> =>
    this.#begin({ text, options }, false).reply;

  /**
   * Asks, with tools where `tools` are given, and returns the text of the answer (with `format`, its
   * JSON). Tool calls are told on standard error, unless `quiet`. Where `tools` are given and the
   * agent `plan` has made a plan, or asks whether to leave it, it is told once to go on, as `build`.
   *
   * @throws {ToolRoundsExceededError} past `maxToolRounds`, 25 by default.
   */
  async ask(text: string, options: AskOptions = {}): Promise<string> {
    const { quiet = false, ...rest } = promptOptions(options);
    const resolved = this.#resolve(rest);
    if (wantsData(resolved.format)) return (await this.#reply(text, resolved)).text;
    const stream = (text: string, options: ResolvedPrompt) => this.#begin({ text, options }, true);
    let last: Turn;
    for await (const turn of askTurns(stream, text, resolved)) await tell(last = turn, quiet);
    return (await last!.reply).text;
  }

  /**
   * Sends a prompt, and gives its turn at once: text, events and reply come from it. With a `format`
   * the model has one try, and its value is not checked: that is what `prompt` and `object` do.
   */
  stream(text: string, options: StreamOptions = {}): Turn {
    return this.#begin({ text, options: this.#resolve(options) }, true);
  }

  /** The options with the defaults, for one prompt; nothing else merges any. */
  #resolve(options: PromptOptions): ResolvedPrompt {
    return resolvePrompt(this.#context.defaults, this.#own, options);
  }

  #begin(request: PromptRequest, listen: boolean): Turn {
    const turn = new Turn(turnOf(this.#placed, this, request), listen);
    turn.settled.then(({ outcome }) => {
      if (outcome === "completed") this.#context.choices?.trust(this.id);
    });
    return turn;
  }

  /** Stores a message of the user without asking the model. */
  async note(text: string, options: CallOptions = {}): Promise<void> {
    checkPrompt(text, false);
    await this.#calls.note(this.#where, text, options);
  }

  /** Asks the server for its present state. */
  async refresh(options: CallOptions = {}): Promise<SessionInfo> {
    return this.#info = await this.#calls.get(this.#where, options);
  }

  /** All messages, oldest first; `messages` reads them page by page. */
  async history(options: CallOptions = {}): Promise<MessageWithParts[]> {
    return await this.#calls.messages(this.#where, options);
  }

  /** @deprecated Use `history`. */
  context(options: CallOptions = {}): Promise<MessageWithParts[]> {
    return this.history(options);
  }

  /** The messages from the newest to the oldest, read page by page as the loop goes on. */
  async *messages(options: MessagesOptions = {}): AsyncGenerator<MessageWithParts> {
    const { pageSize = 100, ...call } = checked("messages", options);
    let before: string | undefined;
    do {
      const page = await this.#calls.page(this.#where, { limit: pageSize, before }, call);
      yield* page.messages.reverse();
      before = page.before;
    } while (before !== undefined);
  }

  /**
   * The conversation as a text: Markdown to read, or JSON with all that the server stores of it.
   *
   * @example
   * ```ts ignore
   * await Deno.writeTextFile("talk.md", await session.transcript());
   * ```
   */
  async transcript(options: CallOptions & TranscriptOptions = {}): Promise<string> {
    const { format, reasoning, tools, ...call } = checked("transcript", options);
    const { transcript } = await import("./transcript.ts");
    const info = await this.refresh(call);
    return transcript(info, await this.history(call), defined({ format, reasoning, tools }));
  }

  /** One message. */
  async message(messageId: string, options: CallOptions = {}): Promise<MessageWithParts> {
    return await this.#calls.message(this.#where, messageId, options);
  }

  /** Ends whatever the session does now, and waits until it is idle, at most 5 s. */
  async abort(options: CallOptions = {}): Promise<void> {
    options.signal?.throwIfAborted();
    await abortable(this.#stopAll(), options.signal);
  }

  /** Ends the turns of this process and whatever else the session does. */
  async #stopAll(): Promise<Stopped> {
    const mine = [...this.#context.turns].filter((turn) => turn.sessionId === this.id);
    const [stopped] = await Promise.all([this.#stop(true), ...mine.map((turn) => turn.abort())]);
    return stopped;
  }

  /** Stops what the session does, whoever began it; `begun`: whether that was seen to run. */
  #stop(begun: boolean): Promise<Stopped> {
    const { server } = this.#context;
    const gone = () => server?.running === false;
    return stopOnServer(this.#context, { ...this.#where, begun: () => begun, gone });
  }

  /** Replaces the conversation so far by a summary; resolves when it is written. */
  async compact(options: CallOptions & { model?: string } = {}): Promise<void> {
    const { model, ...call } = options;
    const ref = model === undefined ? await this.#lastModel() : parseModel(model);
    const send = (call: CallOptions) => this.#calls.compact(this.#where, ref, call);
    const undo = (signal: AbortSignal) => this.#calls.cancelCompaction(this.#where, { signal });
    await this.#work(call, send, undo);
  }

  /** A new session with the messages before `messageId`, or with all. */
  async fork(options: ForkOptions = {}): Promise<Session> {
    const { messageID, messageId = messageID, ...call } = checked("fork", options);
    const info = await this.#calls.fork(this.#where, messageId, call);
    return new Session(this.#context, info, this.#own);
  }

  /** The sessions of its subagents. */
  async children(options: CallOptions = {}): Promise<Session[]> {
    const infos = await this.#calls.children(this.#where, options);
    // of its defaults they have what holds them: the agent and the model are their own
    const { permissions, onPermission } = this.#own;
    const held = defined({ permissions, onPermission });
    return infos.map((info) => new Session(this.#context, info, held));
  }

  /**
   * What one prompt changed in the files; only in a git directory.
   *
   * @param messageId The user's message. @default {that of the last prompt}
   */
  async diff(messageId?: string, options: CallOptions = {}): Promise<SnapshotFileDiff[]> {
    const id = messageId ?? await this.#lastUserMessage();
    return id === undefined ? [] : await this.#calls.diff(this.#where, id, options);
  }

  /** The agent's list of what is to be done. */
  async todo(options: CallOptions = {}): Promise<Todo[]> {
    return await this.#calls.todo(this.#where, options);
  }

  /**
   * Takes the files back to where they were before a message; only in a git directory.
   *
   * @throws {InvalidArgumentError} outside a git directory, where nothing could be taken back.
   */
  async revert(messageId: string, options: RevertOptions = {}): Promise<void> {
    const { partID, partId = partID, ...call } = checked("revert", options);
    if (!await this.#calls.keepsFiles(this.directory, call)) {
      throw new InvalidArgumentError(
        `Cannot revert in ${this.directory}: the server keeps what files were like in git directories only; run \`git init\` there first`,
      );
    }
    this.#info = await this.#calls.revert(this.#where, { messageId, partId }, call);
    if (this.#info.revert?.messageID !== messageId) {
      throw new InvalidArgumentError(`Cannot revert to ${messageId}: there is no such message`);
    }
  }

  /** Undoes `revert`, until the next prompt makes it final. */
  async unrevert(options: CallOptions = {}): Promise<void> {
    this.#info = await this.#calls.unrevert(this.#where, options);
  }

  /**
   * Goes back to before a prompt, and says what that changes. Files and conversation together are a
   * `revert`; the files alone leave the conversation as it is; the conversation alone is a `fork`.
   *
   * @param messageId The user's message, such as `messageId` of a reply.
   * @throws {InvalidArgumentError} for files outside a git directory, and for no such message.
   */
  async rewind(messageId: string, options: RewindOptions = {}): Promise<Rewound> {
    const keepsFiles = (call: CallOptions) => this.#calls.keepsFiles(this.directory, call);
    const busy = (call: CallOptions) => this.#context.dialect.isBusy(this.#where, call);
    const { rewind } = await import("./rewind.ts");
    return await rewind(this, messageId, { ...checked("rewind", options), keepsFiles, busy });
  }

  /** Removes a message for good; the files stay as they are. */
  async deleteMessage(messageId: string, options: CallOptions = {}): Promise<void> {
    await this.#calls.deleteMessage(this.#where, messageId, options);
  }

  /** Runs a shell command on the server, as part of the conversation; the model is not asked. */
  async shell(
    command: string,
    options: CallOptions & { agent?: string } = {},
  ): Promise<MessageWithParts> {
    const { agent = "build", ...call } = options;
    return await this.#work(call, (c) => this.#calls.shell(this.#where, { agent, command }, c));
  }

  /**
   * Runs one of the server's commands (`/name`), such as `init`, and waits for its answer; a turn like
   * that of a prompt, with the same bounds.
   */
  async command(name: string, args = "", options: CommandOptions = {}): Promise<Reply> {
    const resolved = this.#resolve(options);
    for (const name of NOT_FOR_COMMANDS) delete resolved[name];
    return await this.#begin({ text: args, command: name, options: resolved }, false).reply;
  }

  /** Gives it another title. */
  async rename(title: string, options: CallOptions = {}): Promise<void> {
    this.#info = await this.#calls.update(this.#where, { title }, options);
  }

  /** Publishes it; gives its address. */
  async share(options: CallOptions = {}): Promise<string> {
    this.#info = await this.#calls.share(this.#where, options);
    return this.#info.share?.url ?? "";
  }

  /** Takes it back. */
  async unshare(options: CallOptions = {}): Promise<void> {
    this.#info = await this.#calls.unshare(this.#where, options);
  }

  /**
   * Removes it; a turn that runs is ended first (a busy session goes on for ever, server 1.18.33).
   *
   * @throws {TurnTimeoutError} where it is still busy 5 s later: it is not removed then.
   */
  async delete(options: CallOptions = {}): Promise<void> {
    if (await abortable(this.#stopAll(), options.signal) === "busy") {
      throw new TurnTimeoutError(
        `Cannot delete session ${this.id}: it is still busy after an abort`,
        { sessionId: this.id },
      );
    }
    await this.#calls.delete(this.#where, options);
  }

  /** Tokens and US dollars of all its turns together. */
  async usage(options: CallOptions = {}): Promise<{ usage: Usage; cost: number }> {
    const { tokens, cost } = await this.refresh(options);
    const none = { input: 0, output: 0, reasoning: 0, cache: { read: 0, write: 0 } };
    return usageOf({ tokens: tokens ?? none, cost: cost ?? 0 });
  }

  get #calls(): SessionCalls {
    return this.#context.dialect.sessions;
  }

  /** A turn keeps to the server that it began with. */
  get #placed(): SessionContext {
    return { ...this.#context };
  }

  #work<T>(
    call: CallOptions,
    send: (call: CallOptions) => Promise<T>,
    undo?: (signal: AbortSignal) => Promise<void>,
  ): Promise<T> {
    return runWork(this.#placed, this.#where, call, send, undo);
  }

  get #where(): Where {
    return { sessionId: this.id, directory: this.directory };
  }

  async #lastModel(): Promise<ModelRef> {
    for await (const { info } of this.messages({ pageSize: 10 })) {
      if (info.role === "assistant") return { providerID: info.providerID, modelID: info.modelID };
    }
    throw new InvalidArgumentError("Cannot compact a session without an answer: give `model`");
  }

  async #lastUserMessage(): Promise<string | undefined> {
    for await (const { info } of this.messages({ pageSize: 10 })) {
      if (info.role === "user") return info.id;
    }
    return undefined;
  }
}
