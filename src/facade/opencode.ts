/**
 * The facade: a server, a client and sessions in one object that starts on first use and cleans up
 * after itself.
 *
 * @module
 */

import type { OpencodeClient } from "../client/client.ts";
import type { Spent } from "../errors.ts";
import type { AnySchema, InferSchema } from "../schema/standard.ts";
import type { OpencodeServer } from "../server/server.ts";
import type { AskOptions } from "../session/ask.ts";
import {
  checkPrompt,
  defined,
  type PromptOptions,
  promptOptions,
  type StreamOptions,
} from "../session/options.ts";
import type { Reply } from "../session/reply.ts";
import { resolvePrompt } from "../session/resolve.ts";
import { Session } from "../session/session.ts";
import type { ObjectOptions } from "../session/structured.ts";
import type { Turn } from "../session/turn/turn.ts";
import { startTelemetry } from "../telemetry/telemetry.ts";
import { sessionAhead } from "./attach.ts";
import { Backend } from "./backend.ts";
import { FacadeHome } from "./home.ts";
import { FacadeHooks } from "./hooks.ts";
import { Lifetime } from "./lifetime.ts";
import {
  checkOptions,
  type CreateSessionOptions,
  type ListSessionsOptions,
  type OpencodeOptions,
  resolveOptions,
} from "./options.ts";
import { titleOf } from "./title.ts";

/**
 * The opencode agent: starts its server on first use, and stops it when it goes out of scope.
 *
 * @example
 * ```ts ignore
 * await using ai = new Opencode({ model: "anthropic/claude-sonnet-4" });
 * console.log(await ai.ask("Explain dependency injection"));
 * ```
 */
export class Opencode implements AsyncDisposable {
  readonly #options: OpencodeOptions;
  readonly #lifetime: Lifetime;
  readonly #backend: Backend;
  readonly #hooks: FacadeHooks;
  readonly #home = new FacadeHome();
  /** Every operation of the server, typed; the first call starts the server, also after its end. */
  readonly client: OpencodeClient;

  /** Starts nothing yet. @throws {InvalidArgumentError} for a malformed model. */
  constructor(options: OpencodeOptions = {}) {
    checkOptions("Opencode", options);
    this.#options = defined(options);
    const resolved = resolveOptions(options);
    // an invalid option is an error at once
    const { tools } = resolvePrompt(resolved.prompt);
    if (tools) resolved.prompt.tools = tools; // one executor for a list, for all prompts
    const warn = (message: string) => this.#options.logger?.warn(message, {});
    const telemetry = startTelemetry(this.#options, warn);
    const lifetime = new Lifetime({
      end: (reason) => this.#end(reason),
      last: async () => await telemetry?.close(),
    }, this.#options.signal);
    this.#lifetime = lifetime;
    this.#backend = new Backend({
      options: this.#options,
      resolved,
      lifetime,
      telemetry,
      warn,
      additions: async () => ({
        ...this.#options.isolated && { isolated: await this.#home.get() },
        hooks: await this.#hooks.start(),
      }),
    });
    const { client, context } = this.#backend;
    this.client = client;
    this.#hooks = new FacadeHooks(this.#options, client, context, lifetime.closing, telemetry);
    lifetime.begin();
  }

  /** The directory that it works in; where attached without one, the server's, once it has started. */
  get directory(): string {
    return this.#backend.directory;
  }

  /** The server, once `start` or a first call has started it; `undefined` where attached. */
  get server(): OpencodeServer | undefined {
    return this.#backend.started?.server;
  }

  /** What its turns have spent; with `budget.name`, those of other processes too. */
  get spent(): Spent {
    return this.#backend.context.ledger!.spent;
  }

  /**
   * Starts the server, or looks whether the one at `baseUrl` answers; not needed before a call.
   *
   * @throws {BinaryNotFoundError} where no opencode program is found and none can be downloaded.
   * @throws {ServerStartupError} where the server does not come up.
   */
  async start(): Promise<this> {
    await this.#backend.start();
    return this;
  }

  /** Like `prompt`, and returns the text alone; tool calls are shown on standard error. */
  async ask(prompt: string, options: AskOptions = {}): Promise<string> {
    const session = await this.#oneShot(prompt, options);
    return await session.ask(prompt, options);
  }

  /**
   * Like `prompt`, and returns data instead of text: the value is checked against the schema, and
   * typed by it.
   *
   * @throws {StructuredOutputError} where no try satisfied the schema.
   *
   * @example
   * ```ts ignore
   * const { name, age } = await ai.object("Invent a user", {
   *   schema: {
   *     type: "object",
   *     properties: { name: { type: "string" }, age: { type: "integer" } },
   *     required: ["name", "age"],
   *   },
   * });
   * ```
   */
  async object<const S extends AnySchema>(
    prompt: string,
    options: ObjectOptions<S>,
  ): Promise<InferSchema<S>> {
    const session = await this.#oneShot(prompt, options ?? {});
    return await session.object(prompt, options);
  }

  /** Asks once, in a session of its own, and returns the whole reply: text, model, usage, cost. */
  async prompt(prompt: string, options: PromptOptions = {}): Promise<Reply> {
    const session = await this.#oneShot(prompt, options);
    return await session.prompt(prompt, options);
  }

  /** Asks once, in a session of its own, and yields the text as the model writes it. */
  async *askStream(
    prompt: string,
    options: Omit<StreamOptions, "collect" | "format"> = {},
  ): AsyncGenerator<string, void, void> {
    yield* await this.stream(prompt, options);
  }

  /** Like `prompt`, and returns at once the turn to follow: its text, its events, its reply. */
  async stream(prompt: string, options: StreamOptions = {}): Promise<Turn> {
    const session = await this.#oneShot(prompt, options);
    return session.stream(prompt, options);
  }

  /** Makes a session: a conversation with a memory. */
  async createSession(options: CreateSessionOptions = {}): Promise<Session> {
    checkOptions("session", options);
    const { signal, directory, agent, model, permissions, onPermission, hooks, ...more } = options;
    const { title, permission, metadata, ...rest } = more;
    rest satisfies Record<string, never>; // an option that is added and goes nowhere
    const table = hooks && this.#hooks.check(hooks);
    const defaults = defined({ agent, model, permissions, onPermission });
    // an invalid option is an error before anything is started
    resolvePrompt(this.#backend.context.defaults, defaults);
    await this.#backend.start(signal);
    const info = await this.client.session.create(
      {
        directory: directory ?? this.#backend.directory,
        ...defined({ title, permission, metadata }),
      },
      signal ? { signal } : {},
    );
    if (table) this.#hooks.add(info.id, table);
    return new Session(this.#backend.context, info, defaults);
  }

  /** The session with this id, to go on with it. @throws {NotFoundError} where there is none. */
  async session(id: string, options: { signal?: AbortSignal } = {}): Promise<Session> {
    const starting = this.#backend.start(options.signal);
    const baseUrl = this.#backend.started ? undefined : this.#options.baseUrl;
    const place = { ...this.#backend.clientOptions(), baseUrl };
    const info = await sessionAhead(starting, place, id, this.#lifetime.closing) ??
      await this.client.session.get({ sessionID: id }, options);
    return new Session(this.#backend.context, info);
  }

  /** The sessions of the directory, the newest first. */
  async sessions(options: ListSessionsOptions = {}): Promise<Session[]> {
    checkOptions("list of sessions", options);
    const { signal, limit, search, ...rest } = options;
    rest satisfies Record<string, never>; // an option that is added and goes nowhere
    await this.#backend.start(signal);
    const infos = await this.client.session.list(
      { directory: this.#backend.directory, ...defined({ limit, search }) },
      signal ? { signal } : {},
    );
    return infos.map((info) => new Session(this.#backend.context, info));
  }

  /** The session of the directory that was used last; `undefined` where there is none. */
  async lastSession(options: { signal?: AbortSignal } = {}): Promise<Session | undefined> {
    await this.#backend.start(options.signal);
    const infos = await this.client.session.list(
      { directory: this.#backend.directory, roots: true, limit: 20 },
      options,
    );
    const [newest] = infos.sort((a, b) => b.time.updated - a.time.updated);
    return newest && new Session(this.#backend.context, newest);
  }

  /** Ends its turns and stops the server that it started. Idempotent. */
  close(): Promise<void> {
    return this.#lifetime.close();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #end(reason: unknown): Promise<void> {
    try {
      await this.#backend.end(reason);
    } finally {
      await this.#hooks.close();
      await this.#home.dispose();
    }
  }

  async #oneShot(
    prompt: string,
    options: Pick<PromptOptions, "files" | "signal">,
  ): Promise<Session> {
    const { files = [], signal } = promptOptions(options);
    checkPrompt(prompt, files.length > 0); // before anything is started
    return await this.createSession({ title: titleOf(prompt), ...signal && { signal } });
  }
}
