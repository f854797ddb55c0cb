/**
 * The facade: a server, a client and sessions in one object that starts on first use and cleans up
 * after itself.
 *
 * @module
 */

import { abortable } from "../async/abort.ts";
import { type Spent, TurnAbortedError } from "../errors.ts";
import { cacheDirectory } from "../binary/places.ts";
import { Ledger } from "../budget/ledger.ts";
import { type ClientOptions, OpencodeClient } from "../client/client.ts";
import type { Dialect } from "../dialect/types.ts";
import { bypassProxyForLoopback } from "../runtime/loopback.ts";
import { withPermissionHint, withPermissionHintSync } from "../runtime/permission_hint.ts";
import type { OpencodeServer } from "../server/server.ts";
import { type Covered, Guard } from "../permissions/guard.ts";
import { policyOf } from "../session/policies.ts";
import { Choices } from "../session/choices.ts";
import { settlesWithin } from "../process/within.ts";
import { realClock } from "../async/clock.ts";
import type { SessionContext } from "../session/context.ts";
import type { AnySchema, InferSchema } from "../schema/standard.ts";
import type { AskOptions } from "../session/ask.ts";
import {
  checkPrompt,
  defined,
  type PromptOptions,
  type StreamOptions,
} from "../session/options.ts";
import { resolvePrompt } from "../session/resolve.ts";
import { Session } from "../session/session.ts";
import { titleOf } from "./title.ts";
import type { Reply } from "../session/reply.ts";
import type { ObjectOptions } from "../session/structured.ts";
import type { Turn } from "../session/turn/turn.ts";
import { startTelemetry, type Telemetry } from "../telemetry/telemetry.ts";
import { absolute, checkDirectory, GRACE } from "./surroundings.ts";
import { FacadeHooks } from "./hooks.ts";
import { attach, sessionAhead } from "./attach.ts";
import { FacadeHome } from "./home.ts";
import { asTurnsSee, clientOf, endedForGood } from "./own_server.ts";
import {
  checkOptions,
  type CreateSessionOptions,
  type ListSessionsOptions,
  type OpencodeOptions,
  type ResolvedOptions,
  resolveOptions,
} from "./options.ts";

interface Running {
  /** Sends to this server, and to no other after it. */
  wire: OpencodeClient;
  server: OpencodeServer | undefined;
  guard: Guard;
}

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
  readonly #resolved: ResolvedOptions;
  #directory: string;
  readonly #closing = new AbortController();
  /** Aborts when it is closed, its turns stopped: no call is on its way any more. */
  readonly #closedFor = new AbortController();
  /** Every operation of the server, typed; the first call starts the server, also after its end. */
  readonly client: OpencodeClient;
  readonly #context: SessionContext;
  readonly #hooks: FacadeHooks;
  readonly #home = new FacadeHome();
  readonly #telemetry: Telemetry | undefined;
  #dialect: Dialect | undefined;
  #running: Promise<Running> | undefined;
  #started: Running | undefined;
  #closed: Promise<void> | undefined;
  #warming: Promise<unknown> | undefined;
  readonly #onAbort = () => {
    this.#closing.abort(this.#options.signal!.reason);
    this.close().catch(() => {});
  };
  readonly #warn = (message: string) => this.#options.logger?.warn(message, {});

  /** Starts nothing yet. @throws {InvalidArgumentError} for a malformed model. */
  constructor(options: OpencodeOptions = {}) {
    checkOptions("Opencode", options);
    this.#options = defined(options);
    this.#resolved = resolveOptions(options);
    // an invalid option is an error at once
    const { tools } = resolvePrompt(this.#resolved.prompt);
    if (tools) this.#resolved.prompt.tools = tools; // one executor for a list, for all prompts
    const { baseUrl, directory } = this.#options;
    // a path for another machine's server is its own business
    this.#directory = baseUrl === undefined
      ? withPermissionHintSync("find the directory", () => absolute(directory ?? "."))
      : directory ?? "";
    const { signal } = this.#options;
    this.client = new OpencodeClient({
      ...this.#clientOptions(),
      connect: async () => (await this.#reached()).wire,
      signal: this.#closedFor.signal,
    });
    this.#telemetry = startTelemetry(this.#options, this.#warn);
    this.#context = this.#makeContext();
    this.#hooks = new FacadeHooks(this.#options, this.client, this.#context, this.#closing.signal);
    signal?.addEventListener("abort", this.#onAbort, { once: true });
    if (signal?.aborted) this.#onAbort();
  }

  /** The directory that it works in; where attached without one, the server's, once it has started. */
  get directory(): string {
    return this.#directory;
  }

  /** The server, once `start` or a first call has started it; `undefined` where attached. */
  get server(): OpencodeServer | undefined {
    return this.#started?.server;
  }

  /** What its turns have spent; with `budget.name`, those of other processes too. */
  get spent(): Spent {
    return this.#context.ledger!.spent;
  }

  /**
   * Starts the server, or looks whether the one at `baseUrl` answers; not needed before a call.
   *
   * @throws {BinaryNotFoundError} where no opencode program is found and none can be downloaded.
   * @throws {ServerStartupError} where the server does not come up.
   */
  async start(): Promise<this> {
    await this.#start();
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
    const session = await this.#oneShot(prompt, options);
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
    resolvePrompt(defaults); // an invalid option is an error before anything is started
    await this.#start(signal);
    const info = await this.client.session.create(
      { directory: directory ?? this.#directory, ...defined({ title, permission, metadata }) },
      signal ? { signal } : {},
    );
    if (table) this.#hooks.add(info.id, table);
    return new Session(this.#context, info, defaults);
  }

  /** The session with this id, to go on with it. @throws {NotFoundError} where there is none. */
  async session(id: string, options: { signal?: AbortSignal } = {}): Promise<Session> {
    const starting = this.#start(options.signal);
    const baseUrl = this.#started ? undefined : this.#options.baseUrl;
    const place = { ...this.#clientOptions(), baseUrl };
    const info = await sessionAhead(starting, place, id, this.#closing.signal) ??
      await this.client.session.get({ sessionID: id }, options);
    return new Session(this.#context, info);
  }

  /** The sessions of the directory, the newest first. */
  async sessions(options: ListSessionsOptions = {}): Promise<Session[]> {
    const { signal, limit, search, ...rest } = options;
    rest satisfies Record<string, never>; // an option that is added and goes nowhere
    await this.#start(signal);
    const infos = await this.client.session.list(
      { directory: this.#directory, ...defined({ limit, search }) },
      signal ? { signal } : {},
    );
    return infos.map((info) => new Session(this.#context, info));
  }

  /** The session of the directory that was used last; `undefined` where there is none. */
  async lastSession(options: { signal?: AbortSignal } = {}): Promise<Session | undefined> {
    await this.#start(options.signal);
    const infos = await this.client.session.list(
      { directory: this.#directory, roots: true, limit: 20 },
      options,
    );
    const [newest] = infos.sort((a, b) => b.time.updated - a.time.updated);
    return newest && new Session(this.#context, newest);
  }

  /** Ends its turns and stops the server that it started. Idempotent. */
  close(): Promise<void> {
    return this.#closed ??= this.#close();
  }

  /** The same as `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#closing.abort(new TurnAbortedError("This Opencode is closed: make a new one"));
    const { reason } = this.#closing.signal;
    try {
      const running = await this.#running?.catch(() => undefined);
      if (running) await this.#end(running, reason);
    } finally {
      await this.#hooks.close();
      await this.#home.dispose();
      this.#closedFor.abort(reason);
      await this.#telemetry?.close();
    }
  }

  async #end(running: Running, reason: unknown): Promise<void> {
    const ended = Promise.all([...this.#context.turns].map((turn) => turn.abort(reason)));
    // a server that does not answer can't stop its turns: it is stopped itself meanwhile
    await settlesWithin(ended, GRACE);
    await Promise.all([ended, this.#warming, running.server?.close()]);
  }

  async #oneShot(
    prompt: string,
    { files = [], signal }: Pick<PromptOptions, "files" | "signal">,
  ): Promise<Session> {
    checkPrompt(prompt, files.length > 0); // before anything is started
    return await this.createSession({ title: titleOf(prompt), ...signal && { signal } });
  }

  /** While it is closed, turns are stopped on the server that there is; none is started for that. */
  async #reached(): Promise<Running> {
    return this.#closing.signal.aborted && this.#started || await this.#start();
  }

  async #start(signal?: AbortSignal): Promise<Running> {
    signal?.throwIfAborted();
    this.#closing.signal.throwIfAborted();
    const ended = this.#started?.server;
    if (ended?.running === false) {
      if (this.#options.restart === false) throw endedForGood(ended);
      this.#started = this.#running = undefined;
    }
    this.#running ??= withPermissionHint("start the agent", () => this.#launch()).catch((error) => {
      this.#running = undefined; // a later call may try again
      throw error;
    });
    return await abortable(this.#running, signal);
  }

  async #launch(): Promise<Running> {
    bypassProxyForLoopback();
    await this.#telemetry?.ready();
    // loaded while the server is waited for
    const dialects = import("../dialect/pick.ts");
    dialects.catch(() => {}); // awaited below, where nothing fails before
    const { baseUrl } = this.#options;
    if (baseUrl !== undefined) {
      const { signal } = this.#closing;
      const [{ wire, version }, { pickDialect }] = await Promise.all([
        attach({ ...this.#clientOptions(), baseUrl }, signal),
        dialects,
      ]);
      this.#directory = wire.directory!;
      this.#dialect = pickDialect(this.client, version);
      return this.#ready(wire, undefined);
    }
    const [{ launchServer }] = await Promise.all([
      import("./launch.ts"), // not with a server that is there already
      checkDirectory(this.#directory),
    ]);
    const { server, covered } = await launchServer(
      {
        ...this.#resolved.server,
        ...this.#options.isolated && { isolated: await this.#home.get() },
        cwd: this.#directory,
        signal: this.#closing.signal,
        hooks: await this.#hooks.start(),
      },
      policyOf(this.#options).policy,
    );
    const wire = clientOf(server, this.#clientOptions());
    this.#dialect = (await dialects).pickDialect(this.client, server.version);
    return this.#ready(wire, server, covered);
  }

  #ready(
    wire: OpencodeClient,
    server: OpencodeServer | undefined,
    covered?: Covered,
  ): Running {
    const guard = new Guard(this.client, covered, this.#context.warn);
    if (covered) guard.trust(this.#directory);
    server?.lifetime.addEventListener("abort", () => {
      const error = this.#options.restart === false ? endedForGood(server) : server.exitError();
      for (const listener of [...this.#context.exitListeners]) listener(error);
    });
    // slow on a new server (1.18.33), and needed by the first prompt
    this.#warming = this.#context.choices?.learn(this.#directory, this.#closing.signal);
    return this.#started = { wire, server, guard };
  }

  #makeContext(): SessionContext {
    const server = () => asTurnsSee(this.#started?.server, this.#options.restart);
    const directory = () => this.#directory;
    const guard = () => this.#started?.guard;
    const observer = () => this.#telemetry?.observer;
    const dialect = () => this.#dialect!;
    return {
      get dialect() {
        return dialect();
      },
      get server() {
        return server();
      },
      get directory() {
        return directory();
      },
      get observer() {
        return observer();
      },
      get guard() {
        return guard();
      },
      ledger: new Ledger(this.#options.budget ?? {}, cacheDirectory, this.#warn),
      choices: new Choices({
        get dialect() {
          return dialect();
        },
      }),
      defaults: this.#resolved.prompt,
      clock: realClock,
      turns: new Set(),
      queues: new Map(),
      exitListeners: new Set(),
      closing: this.#closing.signal,
      warn: this.#warn,
    };
  }

  #clientOptions(): Omit<ClientOptions, "baseUrl"> {
    const { client } = this.#resolved;
    return this.#directory === "" ? client : { ...client, directory: this.#directory };
  }
}
