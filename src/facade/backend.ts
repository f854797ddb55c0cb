/**
 * What a facade works with: its server, started on first use and again after its end, and the
 * context of its sessions.
 *
 * @module
 */
import { abortable } from "../async/abort.ts";
import { realClock } from "../async/clock.ts";
import { cacheDirectory } from "../binary/places.ts";
import { Ledger } from "../budget/ledger.ts";
import { type ClientOptions, OpencodeClient } from "../client/client.ts";
import type { Dialect } from "../dialect/types.ts";
import { Grants } from "../permissions/grants.ts";
import { type Covered, Guard } from "../permissions/guard.ts";
import { settlesWithin } from "../process/within.ts";
import { bypassProxyForLoopback } from "../runtime/loopback.ts";
import { withPermissionHint, withPermissionHintSync } from "../runtime/permission_hint.ts";
import type { OpencodeServer } from "../server/server.ts";
import { Choices } from "../session/choices.ts";
import type { SessionContext } from "../session/context.ts";
import { policyOf } from "../session/policies.ts";
import { attach } from "./attach.ts";
import type { ServerOptions } from "../server/options.ts";
import type { Telemetry } from "../telemetry/telemetry.ts";
import type { Lifetime } from "./lifetime.ts";
import type { OpencodeOptions, ResolvedOptions } from "./options.ts";
import { asTurnsSee, clientOf, endedForGood } from "./own_server.ts";
import { absolute, checkDirectory, GRACE } from "./surroundings.ts";

/** A server that answers. */
export interface Running {
  /** Sends to this server, and to no other after it. */
  wire: OpencodeClient;
  /** The process, where it is ours. */
  server: OpencodeServer | undefined;
  guard: Guard;
}

/** What a backend is made from. */
export interface BackendSetup {
  options: OpencodeOptions;
  resolved: ResolvedOptions;
  lifetime: Lifetime;
  telemetry: Telemetry | undefined;
  warn: (message: string) => void;
  /** What a server of ours is started with beside the options. */
  additions: () => Promise<Pick<ServerOptions, "isolated" | "hooks">>;
}

/** Starts nothing before it is needed. */
export class Backend {
  /** The client of whichever server runs; the first call starts one. */
  readonly client: OpencodeClient;
  /** What sessions share. */
  readonly context: SessionContext;
  readonly #setup: BackendSetup;
  #directory: string;
  #dialect: Dialect | undefined;
  #starting: Promise<Running> | undefined;
  #started: Running | undefined;
  #warming: Promise<unknown> | undefined;

  /** @throws {InvalidArgumentError} for client options that can't be used. */
  constructor(setup: BackendSetup) {
    this.#setup = setup;
    const { baseUrl, directory } = setup.options;
    // a path for another machine's server is its own business
    this.#directory = baseUrl === undefined
      ? withPermissionHintSync("find the directory", () => absolute(directory ?? "."))
      : directory ?? "";
    this.client = new OpencodeClient({
      ...this.clientOptions(),
      connect: async () => (await this.#reached()).wire,
      signal: setup.lifetime.closed,
    });
    this.context = this.#makeContext();
  }

  /** Where the agent works; empty for a server that runs already, until that has told. */
  get directory(): string {
    return this.#directory;
  }

  /** The server, once there is one. */
  get started(): Running | undefined {
    return this.#started;
  }

  /** What each client of the server is made with, but for its address. */
  clientOptions(): Omit<ClientOptions, "baseUrl"> {
    const { client } = this.#setup.resolved;
    return this.#directory === "" ? client : { ...client, directory: this.#directory };
  }

  /** While it is closed, turns are stopped on the server that there is; none is started for that. */
  async #reached(): Promise<Running> {
    return this.#setup.lifetime.closing.aborted && this.#started || await this.start();
  }

  /**
   * The server that runs; where none does, starts one, or looks whether the one at `baseUrl` answers.
   *
   * @throws {ServerExitedError} where ours has ended and is not to be started again.
   */
  async start(signal?: AbortSignal): Promise<Running> {
    signal?.throwIfAborted();
    this.#setup.lifetime.closing.throwIfAborted();
    const ended = this.#started?.server;
    if (ended?.running === false) {
      if (this.#setup.options.restart === false) throw endedForGood(ended);
      this.#started = this.#starting = undefined;
    }
    this.#starting ??= withPermissionHint("start the agent", () => this.#launch()).catch(
      (error) => {
        this.#starting = undefined; // a later call may try again
        throw error;
      },
    );
    return await abortable(this.#starting, signal);
  }

  /** Ends the turns, and stops the server that was started. */
  async end(reason: unknown): Promise<void> {
    const running = await this.#starting?.catch(() => undefined);
    if (!running) return;
    const ended = Promise.all([...this.context.turns].map((turn) => turn.abort(reason)));
    // a server that does not answer can't stop its turns: it is stopped itself meanwhile
    await settlesWithin(ended, GRACE);
    await Promise.all([ended, this.#warming, running.server?.close()]);
  }

  async #launch(): Promise<Running> {
    bypassProxyForLoopback();
    await this.#setup.telemetry?.ready();
    // loaded while the server is waited for
    const dialects = import("../dialect/pick.ts");
    dialects.catch(() => {}); // awaited below, where nothing fails before
    const { baseUrl } = this.#setup.options;
    if (baseUrl !== undefined) {
      const signal = this.#setup.lifetime.closing;
      const [{ wire, version }, { pickDialect }] = await Promise.all([
        attach({ ...this.clientOptions(), baseUrl }, signal),
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
        ...this.#setup.resolved.server,
        ...await this.#setup.additions(),
        cwd: this.#directory,
        signal: this.#setup.lifetime.closing,
      },
      policyOf(this.#setup.options).policy,
    );
    const wire = clientOf(server, this.clientOptions());
    this.#dialect = (await dialects).pickDialect(this.client, server.version);
    return this.#ready(wire, server, covered);
  }

  #ready(
    wire: OpencodeClient,
    server: OpencodeServer | undefined,
    covered?: Covered,
  ): Running {
    const guard = new Guard(this.client, covered, this.context.warn);
    if (covered) guard.trust(this.#directory);
    server?.lifetime.addEventListener("abort", () => {
      const error = this.#setup.options.restart === false
        ? endedForGood(server)
        : server.exitError();
      for (const listener of [...this.context.exitListeners]) listener(error);
    });
    // slow on a new server (1.18.33), and needed by the first prompt
    this.#warming = this.context.choices?.learn(this.#directory, this.#setup.lifetime.closing);
    return this.#started = { wire, server, guard };
  }

  #makeContext(): SessionContext {
    const server = () => asTurnsSee(this.#started?.server, this.#setup.options.restart);
    const directory = () => this.#directory;
    const guard = () => this.#started?.guard;
    const observer = () => this.#setup.telemetry?.observer;
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
      ledger: new Ledger(this.#setup.options.budget ?? {}, cacheDirectory, this.#setup.warn),
      choices: new Choices({
        get dialect() {
          return dialect();
        },
      }),
      defaults: this.#setup.resolved.prompt,
      clock: realClock,
      grants: new Grants(),
      turns: new Set(),
      queues: new Map(),
      exitListeners: new Set(),
      closing: this.#setup.lifetime.closing,
      warn: this.#setup.warn,
    };
  }
}
