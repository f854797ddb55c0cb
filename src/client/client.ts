/**
 * The client of a running server.
 *
 * @module
 */
import { type DefaultScope, type Operation, parseOperation, requestOf } from "../api/operation.ts";
import { Api, operations } from "../api/operations.gen.ts";
import { abortable, linkSignals } from "../async/abort.ts";
import { checkBound } from "../async/timer.ts";
import { APIResponseValidationError, InvalidArgumentError, OpencodeError } from "../errors.ts";
import { log } from "../http/log.ts";
import { mask } from "../http/mask.ts";
import {
  type CallOptions,
  type HttpOptions,
  type QueryValue,
  type ResolvedHttp,
  resolveHttp,
  type ValidateMode,
} from "../http/options.ts";
import { readBytes, readByType, readJson, readNothing, readText } from "../http/body.ts";
import { type HttpRequest, type ReadBody, type Received, send } from "../http/request.ts";
import { type Repeat, repeatOf } from "../http/retry.ts";
import { spareLoopback } from "../http/transport.ts";
import { defaultLogger, environment } from "./environment.ts";
import type { EventStreamOptions } from "./event_stream.ts";
import type { ServerEvent } from "./events.ts";
import { bindGroup, type Invoke, type Raw, RawApi } from "./groups.ts";
import type { EventHub, EventOptions, SubscribeOptions } from "./hub.ts";
import { lazyEvents } from "./lazy_events.ts";
import type { EventListener, Subscription } from "./listeners.ts";
import type { MakeSocket } from "./socket.ts";
import type { AsyncEvents } from "../api/operation.ts";

/** What an {@linkcode OpencodeClient} takes. */
export interface ClientOptions extends HttpOptions, EventOptions {
  /** The directory that calls work in. @default The server's own */
  directory?: string | undefined;
  /** The workspace that calls work in. */
  workspace?: string | undefined;
  /** How answers are compared with the server's document. @default {false} */
  validate?: ValidateMode | undefined;
  /**
   * Returns the client whose server is used, and whose credentials, `fetch` and directory are the
   * defaults; asked before each request, for a server that starts late or moves. Its middleware
   * stands below this client's own.
   */
  connect?: (() => Promise<OpencodeClient>) | undefined;
  /** Ends all calls and event connections of this client, and refuses later ones, with its reason. */
  signal?: AbortSignal | undefined;
  /** Makes the WebSocket of a terminal. @default {(url) => new WebSocket(url)} */
  webSocket?: MakeSocket | undefined;
}

/** What a client takes whose server is known later. */
export interface ConnectOptions extends Omit<ClientOptions, "baseUrl"> {
  /** Not known yet: `connect` brings it. */
  baseUrl?: undefined;
  /** As in {@linkcode ClientOptions}. */
  connect: () => Promise<OpencodeClient>;
}

/** What {@linkcode OpencodeClient.request} takes. */
export interface RequestOptions extends CallOptions {
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, where `json` is not given. */
  body?: RequestInit["body"] | undefined;
  /**
   * What the call resolves to. `"response"` hands over the body unread: read it or cancel it.
   *
   * @default By the answer's content type: JSON, text, or bytes
   */
  as?: "json" | "text" | "bytes" | "response" | "events" | undefined;
  /** Whether it may be sent again. @default By its method */
  repeat?: Repeat | undefined;
}

/**
 * Calls a running server: every operation of its document, by its `operationId`.
 *
 * A method takes one object with the fields of path, query and body, and options for the call. The
 * client holds no connection but that of its events, and needs no closing beyond theirs.
 *
 * @example
 * ```ts ignore
 * import { OpencodeClient } from "@x/opencode/client";
 *
 * const client = new OpencodeClient({ baseUrl: "http://127.0.0.1:4096", directory: "." });
 * const session = await client.session.create({ title: "Naming" });
 * const { content } = await client.file.read({ path: "README.md" }, { timeout: 5000 });
 * const { data, response } = await client.raw.session.get({ sessionID: session.id });
 * ```
 */
export class OpencodeClient extends Api {
  readonly #options: ClientOptions | ConnectOptions;
  readonly #http: ResolvedHttp;
  /** Where the last request went. */
  #baseUrl: string;
  #hub: EventHub | undefined;
  readonly #groups = new Map<string, object>();
  #raw: Raw<Api> | undefined;
  /** The directory that calls work in; `undefined` is the server's own. */
  readonly directory: string | undefined;
  /** The workspace that calls work in. */
  readonly workspace: string | undefined;

  /**
   * Connects to nothing yet.
   *
   * @throws {InvalidArgumentError} An option can't be used.
   */
  constructor(options: ClientOptions | ConnectOptions) {
    super();
    const env = options.env ?? environment();
    const level = env["OPENCODE_LOG"];
    const logger = options.logger ?? (level && level !== "off" ? defaultLogger() : undefined);
    this.#options = { ...options };
    this.#http = resolveHttp({ ...options, env, logger });
    this.#baseUrl = this.#http.baseUrl;
    if (!options.fetch && this.#baseUrl !== "") spareLoopback(new URL(this.#baseUrl));
    checkBound("reconnectTimeout", options.reconnectTimeout);
    checkBound("silenceTimeout", options.silenceTimeout);
    this.directory = options.directory;
    this.workspace = options.workspace;
  }

  /** Where the server is, without credentials; empty until `connect` has told it. */
  get baseUrl(): string {
    return this.#baseUrl;
  }

  /** The same operations, each resolving to `{ data, response }`. */
  get raw(): Raw<Api> {
    return this.#raw ??= new RawApi((...call) => this.#call(...call)) as unknown as Raw<Api>;
  }

  /**
   * A client like this one, with some options changed; this one stays as it is. Its events have a
   * connection of their own. One with another `baseUrl` asks no `connect` any more, unless it is
   * given one.
   */
  copy(changes: Partial<ClientOptions> = {}): OpencodeClient {
    const given: Partial<ClientOptions> = Object.fromEntries(
      Object.entries(changes).filter(([, value]) => value !== undefined),
    );
    const options = { ...this.#options, ...given } as ClientOptions;
    if (given.baseUrl !== undefined && given.connect === undefined) delete options.connect;
    return new OpencodeClient(options);
  }

  /** The same as {@linkcode OpencodeClient.copy}. */
  withOptions(changes: Partial<ClientOptions>): OpencodeClient {
    return this.copy(changes);
  }

  /** Whether the server is up, and its version: short for `client.global.health()`. */
  health(options?: CallOptions): Promise<{ healthy: true; version: string }> {
    return this.global.health({}, options);
  }

  /**
   * Sends a request that no operation stands for, with the client's credentials, retries and bounds.
   *
   * @param method Such as `"GET"`.
   * @param path From the root of `baseUrl`, encoded, such as `"/session?limit=3"`.
   */
  async request<T = unknown>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): Promise<T> {
    const { json, body, as, repeat, ...given } = options;
    if (!path.startsWith("/")) {
      throw new InvalidArgumentError(`Cannot request "${path}": a path begins with a slash`);
    }
    const [plain = "", search] = path.split(/\?(.*)/s);
    const request: HttpRequest = {
      method: method.toUpperCase(),
      path: plain,
      query: search === undefined ? {} : queryOf(search),
      json,
      body: body ?? undefined,
      repeat: repeat ?? repeatOf(method.toUpperCase()),
    };
    const lasts = as === "events" || as === "response";
    return await this.#alive(given, lasts, async (call) => {
      const { http } = await this.#ready(call.signal);
      if (as === "events") return (await (await streams()).ownEvents(http, request, call)).data;
      if (as === "response") return (await (await streams()).open(http, request, call)).response;
      const read: ReadBody<unknown> = as !== undefined
        ? READERS[as]
        : request.method === "HEAD"
        ? readNothing
        : readByType;
      return (await send(http, request, call, read)).data;
    }) as T;
  }

  /**
   * The events of the server, as they come; all who listen share one connection, which is made again
   * when it breaks. Leaving the loop or `close()` ends the listening.
   *
   * @example
   * ```ts ignore
   * for await (const event of client.events()) {
   *   if (isEvent(event, "session.idle")) break;
   * }
   * ```
   */
  events(options: EventStreamOptions = {}): AsyncEvents<ServerEvent> {
    return lazyEvents(async () => {
      const { sharedEvents } = await streams();
      return sharedEvents(await this.#events(), this.#scoped(options));
    });
  }

  /**
   * Listens to the events in batches, without a queue in between.
   *
   * @returns Resolves once the connection stands: nothing that the server does from then on is missed.
   * @throws {APIError} The connection could not be made.
   */
  async subscribe(
    listener: EventListener,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    return await (await this.#events()).subscribe(listener, this.#scoped(options));
  }

  /** Makes a group of operations when it is first used. */
  protected override group(name: string): unknown {
    let group = this.#groups.get(name);
    if (!group) {
      const plain: Invoke = async (id, input, options) =>
        (await this.#call(id, input, options)).data;
      this.#groups.set(name, group = bindGroup(name, plain));
    }
    return group;
  }

  async #events(): Promise<EventHub> {
    const { EventHub } = await streams();
    return this.#hub ??= new EventHub(async () => (await this.#ready()).http, this.#options);
  }

  #scoped<T extends SubscribeOptions>(options: T): T {
    return {
      ...options,
      directory: options.directory ?? this.directory,
      workspace: options.workspace ?? this.workspace,
    };
  }

  /** Where requests go, and the directory that they work in. */
  async #ready(signal?: AbortSignal): Promise<{ http: ResolvedHttp; scope: DefaultScope }> {
    const { connect } = this.#options;
    if (!connect) return { http: this.#http, scope: this };
    const target = await abortable(connect(), signal);
    const { http } = await target.#ready(signal);
    const { username, password, fetch } = this.#options;
    this.#baseUrl = http.baseUrl;
    const own: ResolvedHttp = {
      ...this.#http,
      baseUrl: http.baseUrl,
      username: username ?? http.username,
      password: password ?? http.password,
      fetch: fetch ?? http.fetch,
      middleware: [...this.#http.middleware, ...http.middleware],
    };
    const scope = {
      directory: this.directory ?? target.directory,
      workspace: this.workspace ?? target.workspace,
    };
    return { http: own, scope };
  }

  async #call(id: string, input: unknown, options: unknown): Promise<Received<unknown>> {
    const row = operations[id];
    if (row === undefined) throw new OpencodeError(`There is no operation ${id}`);
    const operation = parseOperation(row);
    return await this.#alive(
      (options ?? {}) as CallOptions,
      operation.answer === "events",
      (call) => this.#perform(id, operation, input, call),
    );
  }

  /** A call that the client's own signal ends too; what lasts longer than its call follows it on. */
  async #alive<T>(
    call: CallOptions,
    lasts: boolean,
    run: (call: CallOptions) => Promise<T>,
  ): Promise<T> {
    const own = this.#options.signal;
    if (own === undefined) return await run(call);
    const link = linkSignals([call.signal, own]);
    try {
      return await run({ ...call, signal: link.signal });
    } finally {
      if (!lasts) link.dispose();
    }
  }

  async #perform(
    id: string,
    operation: Operation,
    input: unknown,
    call: CallOptions,
  ): Promise<Received<unknown>> {
    call.signal?.throwIfAborted();
    // Before anything is started: an input that can't be sent is the caller's error at once.
    const early = requestOf(id, operation, input, this);
    const { http, scope } = await this.#ready(call.signal);
    const request = scope === this ? early : requestOf(id, operation, input, scope);
    const { answer } = operation;
    // The server (1.18.33) gives tickets for terminals only where this header asks: a form can't.
    if (id.endsWith("pty.connectToken")) request.headers = { "x-opencode-ticket": "1" };
    if (answer === "events") return await (await streams()).ownEvents(http, request, call);
    if (answer === "socket") {
      const ticketId = id.replace(/connect$/, "connectToken");
      const ticket = async (where: object) => (await this.#call(ticketId, where, call)).data;
      return await (await streams())
        .openTerminal(http, request, call, this.#options.webSocket, input, ticket);
    }
    const validate = call.validate ?? this.#options.validate ?? false;
    const read = READERS[answer];
    if (validate === false || answer !== "json") return await send(http, request, call, read);
    // Loaded on first use: the schemas are larger than all the rest of the client.
    const { findDifference } = await import("./validation.ts");
    return await send(http, request, call, async (response, what, options) => {
      const data = await read(response, what, options);
      const found = findDifference(id, what, data, validate);
      if (found === undefined) return data;
      const message = mask(found.message, options.secrets);
      if (validate !== "warn") throw new APIResponseValidationError(message, found);
      log(http, "warn", "Answer doesn't match the schema", () => ({ error: message }));
      return data;
    });
  }
}

/** Loads what only events and terminals need. */
const streams = () => import("./streams.ts");

const READERS: Readonly<Record<"json" | "nothing" | "text" | "bytes", ReadBody<unknown>>> = {
  json: readJson,
  nothing: readNothing,
  text: readText,
  bytes: readBytes,
};

function queryOf(search: string): Record<string, QueryValue> {
  const query: Record<string, string[]> = {};
  for (const [name, value] of new URLSearchParams(search)) (query[name] ??= []).push(value);
  return query;
}
