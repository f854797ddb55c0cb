/**
 * One event connection for all who listen to a client: opened by the first, closed by the last.
 *
 * @module
 */
import { abortable, sleep } from "../async/abort.ts";
import { backoff } from "../async/backoff.ts";
import { type Clock, realClock } from "../async/clock.ts";
import { checkBound, startTimer } from "../async/timer.ts";
import {
  APIConnectionError,
  APIError,
  APIResponseValidationError,
  APITimeoutError,
  OpencodeError,
} from "../errors.ts";
import { contentType } from "../http/body.ts";
import { log } from "../http/log.ts";
import type { ResolvedHttp } from "../http/options.ts";
import { open } from "../http/open.ts";
import { createJsonReader } from "../sse/json.ts";
import { readBatches } from "./batches.ts";
import { isEvent, readEvent, type ServerEvent } from "./events.ts";
import { type EventBounds, givenUpAfter, openingBound } from "./patience.ts";

/** Who receives events. */
export interface EventListener {
  /**
   * What one read of the connection brought, in order and synchronously; never empty. An exception
   * ends this subscription alone: `lost` gets it as the cause of its error.
   */
  events(batch: readonly ServerEvent[]): void;
  /** The connection broke; it is tried again. Called once for each time, before `gap` or `lost`. */
  down?(): void;
  /** The connection broke and stands again: events may have been missed. Called before `events`. */
  gap?(): void;
  /** The connection was given up; nothing more comes. Called at most once. */
  lost?(error: OpencodeError): void;
}

/** Which events, and for how long. */
export interface SubscribeOptions {
  /** The directory whose events are wanted. @default The client's, else the server's own */
  directory?: string | undefined;
  /** The workspace whose events are wanted. @default The client's */
  workspace?: string | undefined;
  /** Ends the subscription. */
  signal?: AbortSignal | undefined;
}

/** A place in the hub. */
export interface Subscription {
  /** Leaves the hub; the last one to leave ends the connection at once. Idempotent. */
  close(): void;
  /** Whether it ended, by `close`, by its signal, or because the connection was lost. */
  readonly closed: boolean;
  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** The bounds of the event connection, in milliseconds; 0 and Infinity are none. */
export interface EventOptions {
  /** How long the connection may be down before it is given up. @default {10000} */
  reconnectTimeout?: number | undefined;
  /**
   * How long the connection may be silent before it counts as broken; the server (1.18.33) sends a
   * heartbeat every 10 s. @default {30000}
   */
  silenceTimeout?: number | undefined;
}

/** The event connections of a client, one for each directory and workspace in use. */
export class EventHub {
  readonly #connections = new Map<string, Connection>();
  readonly #http: () => Promise<ResolvedHttp>;
  readonly #bounds: EventBounds;
  readonly #signal: AbortSignal | undefined;
  readonly #clock: Clock;

  /**
   * Asks where the server is before each connection.
   *
   * @throws {InvalidArgumentError} A bound is not a number from 0 up.
   */
  constructor(
    http: () => Promise<ResolvedHttp>,
    options: EventOptions & { signal?: AbortSignal | undefined } = {},
    clock: Clock = realClock,
  ) {
    this.#http = http;
    this.#signal = options.signal;
    this.#bounds = {
      reconnectTimeout: checkBound("reconnectTimeout", options.reconnectTimeout, 10_000),
      silenceTimeout: checkBound("silenceTimeout", options.silenceTimeout, 30_000),
    };
    this.#clock = clock;
  }

  /** Resolves when the connection stands: what the server does from then on arrives. */
  async subscribe(
    listener: EventListener,
    options: SubscribeOptions = {},
  ): Promise<Subscription> {
    const { directory, workspace, signal } = options;
    signal?.throwIfAborted();
    this.#signal?.throwIfAborted();
    const key = JSON.stringify([directory, workspace]);
    let connection = this.#connections.get(key);
    if (!connection || connection.ended) {
      const made: Connection = new Connection(this.#http, { directory, workspace }, {
        ...this.#bounds,
        signal: this.#signal,
        onEnd: () => this.#connections.get(key) === made && this.#connections.delete(key),
      }, this.#clock);
      this.#connections.set(key, connection = made);
    }
    const member = new Member(connection, listener, signal);
    connection.join(member);
    await member.ready;
    return member;
  }
}

class Member implements Subscription {
  readonly ready: Promise<void>;
  readonly listener: EventListener;
  /** Whether the listener knows that the connection stands. */
  isReady = false;
  closed = false;
  #settle!: { resolve(): void; reject(error: unknown): void };
  readonly #connection: Connection;
  readonly #signal: AbortSignal | undefined;

  constructor(connection: Connection, listener: EventListener, signal: AbortSignal | undefined) {
    this.listener = listener;
    this.#connection = connection;
    this.#signal = signal;
    this.ready = new Promise((resolve, reject) => this.#settle = { resolve, reject });
    signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  readonly #onAbort = () => {
    this.#settle.reject(this.#signal!.reason);
    this.close();
  };

  markReady(): void {
    this.isReady = true;
    this.#settle.resolve();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#signal?.removeEventListener("abort", this.#onAbort);
    this.#settle.reject(new OpencodeError("The subscription was closed before it was open"));
    this.#connection.leave(this);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve(this.close());
  }

  lose(error: OpencodeError): void {
    if (this.closed) return;
    this.#settle.reject(error);
    const wasReady = this.isReady;
    this.close();
    if (wasReady) this.listener.lost?.(error);
  }

  /** Calls the listener; its exception is its own end, not that of the others. */
  guard(call: () => void): void {
    if (this.closed) return;
    try {
      call();
    } catch (cause) {
      this.lose(new OpencodeError("An event listener threw an error", { cause }));
    }
  }
}

interface Where {
  directory: string | undefined;
  workspace: string | undefined;
}

class Connection {
  readonly #members = new Set<Member>();
  readonly #life = new AbortController();
  readonly #source: () => Promise<ResolvedHttp>;
  #http: ResolvedHttp | undefined;
  readonly #where: Where;
  readonly #bounds: EventBounds;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  /** The event that says that the connection stands. */
  #standing: ServerEvent | undefined;
  #stoodBefore = false;
  #fatal = false;

  constructor(
    source: () => Promise<ResolvedHttp>,
    where: Where,
    { onEnd, signal, ...bounds }: EventBounds & {
      signal?: AbortSignal | undefined;
      onEnd: () => void;
    },
    clock: Clock,
  ) {
    this.#source = source;
    this.#where = where;
    this.#bounds = bounds;
    this.#clock = clock;
    const onAbort = () => this.#lose(signal!.reason);
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#onEnd = () => {
      signal?.removeEventListener("abort", onAbort);
      onEnd();
    };
    this.#run();
  }

  get ended(): boolean {
    return this.#life.signal.aborted;
  }

  join(member: Member): void {
    this.#members.add(member);
    const connected = this.#standing;
    if (!connected) return;
    member.markReady();
    // Every listener's first event is this one, also where the connection stood before it came.
    member.guard(() => member.listener.events([connected]));
  }

  leave(member: Member): void {
    this.#members.delete(member);
    if (this.#members.size === 0) this.#end();
  }

  #end(): void {
    if (this.ended) return;
    this.#onEnd();
    this.#life.abort(new DOMException("Nobody listens any more", "AbortError"));
  }

  /** Keeps the connection standing until nobody listens or it is given up; never rejects. */
  async #run(): Promise<void> {
    let downSince = this.#clock.now();
    let failures = 0;
    while (!this.ended) {
      let error: unknown;
      const began = this.#clock.now();
      try {
        await this.#follow(openingBound(this.#bounds, failures, this.#stoodBefore));
        error = new APIConnectionError("The server closed GET /event");
      } catch (cause) {
        error = cause;
      }
      if (this.ended) return;
      const now = this.#clock.now();
      // One that stood for a moment only is no recovery: else a server that hangs up would be asked for ever.
      if (this.#standing && now - began > 1000) {
        failures = 0;
        downSince = now;
      }
      this.#markDown();
      const wait = backoff(failures++, { base: 200, max: 2000 });
      const stood = this.#stoodBefore;
      const bound = givenUpAfter(this.#bounds, error, now + wait - downSince, stood);
      if (this.#fatal || bound !== undefined) return this.#lose(error, bound);
      if (this.#http) {
        log(this.#http, "warn", "Event connection lost", () => ({
          method: "GET",
          path: "/event",
          retry: failures,
          error: String((error as Error)?.message),
        }));
      }
      await sleep(wait, this.#life.signal, this.#clock).catch(() => {});
    }
  }

  #markDown(): void {
    if (!this.#standing) return;
    this.#standing = undefined;
    for (const member of [...this.#members]) member.guard(() => member.listener.down?.());
  }

  #lose(error: unknown, bound = 0): void {
    const told = error instanceof APIConnectionError
      ? new APIConnectionError(
        `The event connection to ${this.#http?.baseUrl} could not be opened${
          this.#stoodBefore ? " again" : ""
        } within ${bound} ms: ${error.message}`,
        { cause: error },
      )
      : error instanceof OpencodeError
      ? error
      : new APIConnectionError("The event connection failed", { cause: error });
    const members = [...this.#members];
    this.#end();
    for (const member of members) {
      try {
        member.lose(told);
      } catch { /* a listener that throws has no one else to report to */ }
    }
  }

  /** One connection, from its opening to its end. */
  async #follow(opening: number): Promise<void> {
    const { silenceTimeout } = this.#bounds;
    const http = this.#http = await abortable(this.#source(), this.#life.signal);
    const clock = this.#clock;
    let heard = clock.now();
    const opened = await open(
      http,
      { method: "GET", path: "/event", query: { ...this.#where } },
      {
        signal: this.#life.signal,
        timeout: opening,
        headers: { accept: "text/event-stream" },
      },
    );
    const { response } = opened;
    let cancel = () => response.body?.cancel().catch(() => {});
    let silent = false;
    const watch = () => {
      // the first event comes at once: a connection without it is not worth a long wait
      const bound = this.#standing ? silenceTimeout : opening;
      const left = heard + bound - clock.now();
      // never longer than the bound: the machine's time may have been set back
      if (left > 0) stopWatching = startTimer(Math.min(left, bound), watch, clock);
      else {
        silent = true;
        opened.close();
        cancel();
      }
    };
    let stopWatching = () => {};
    watch();
    try {
      const type = contentType(response);
      if (type !== "text/event-stream" || !response.body) {
        this.#fatal = true;
        throw new APIResponseValidationError(
          `GET /event was answered with ${
            type || "nothing"
          } instead of an event stream: is ${http.baseUrl} an opencode server?`,
        );
      }
      const json = createJsonReader();
      const reader = readBatches(response.body, (data) => readEvent(data, json));
      cancel = reader.cancel;
      for (;;) {
        const batch = await reader.next();
        if (batch === undefined || this.ended) break;
        heard = clock.now();
        if (batch.length > 0) this.#deliver(batch);
      }
    } catch (cause) {
      if (cause instanceof APIError) throw cause;
      if (!silent) throw new APIConnectionError("GET /event lost its connection", { cause });
    } finally {
      stopWatching();
      opened.close();
      await cancel();
    }
    if (silent) {
      const timeout = this.#standing ? silenceTimeout : opening;
      throw new APITimeoutError(`GET /event sent nothing for ${timeout} ms`, { timeout });
    }
  }

  #deliver(batch: readonly ServerEvent[]): void {
    if (!this.#standing) {
      this.#standing = batch.find((event) => isEvent(event, "server.connected"));
      if (!this.#standing) return;
      this.#stoodBefore = true;
      for (const member of [...this.#members]) {
        if (member.isReady) member.guard(() => member.listener.gap?.());
        else member.markReady();
      }
    }
    for (const member of [...this.#members]) member.guard(() => member.listener.events(batch));
  }
}
