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
import { readEvent } from "./events.ts";
import { Audience, type EventListener, Member, type Subscription } from "./listeners.ts";
import { type EventBounds, givenUpAfter, openingBound } from "./patience.ts";

/** Which events, and for how long. */
export interface SubscribeOptions {
  /** The directory whose events are wanted. @default The client's, else the server's own */
  directory?: string | undefined;
  /** The workspace whose events are wanted. @default The client's */
  workspace?: string | undefined;
  /** Ends the subscription. */
  signal?: AbortSignal | undefined;
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
    const { audience } = connection;
    const member = new Member(audience, listener, signal);
    audience.join(member);
    await member.ready;
    return member;
  }
}

interface Where {
  directory: string | undefined;
  workspace: string | undefined;
}

class Connection {
  readonly audience = new Audience(() => this.#end());
  readonly #life = new AbortController();
  readonly #source: () => Promise<ResolvedHttp>;
  #http: ResolvedHttp | undefined;
  readonly #where: Where;
  readonly #bounds: EventBounds;
  readonly #clock: Clock;
  readonly #onEnd: () => void;
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
        await this.#follow(openingBound(this.#bounds, failures, this.audience.stoodBefore));
        error = new APIConnectionError("The server closed GET /event");
      } catch (cause) {
        error = cause;
      }
      if (this.ended) return;
      const now = this.#clock.now();
      // One that stood for a moment only is no recovery: else a server that hangs up would be asked for ever.
      if (this.audience.stands && now - began > 1000) {
        failures = 0;
        downSince = now;
      }
      this.audience.down();
      const wait = backoff(failures++, { base: 200, max: 2000 });
      const stood = this.audience.stoodBefore;
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

  #lose(error: unknown, bound = 0): void {
    const told = error instanceof APIConnectionError
      ? new APIConnectionError(
        `The event connection to ${this.#http?.baseUrl} could not be opened${
          this.audience.stoodBefore ? " again" : ""
        } within ${bound} ms: ${error.message}`,
        { cause: error },
      )
      : error instanceof OpencodeError
      ? error
      : new APIConnectionError("The event connection failed", { cause: error });
    this.audience.lose(told, () => this.#end());
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
      const bound = this.audience.stands ? silenceTimeout : opening;
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
        if (batch.length > 0) this.audience.deliver(batch);
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
      const timeout = this.audience.stands ? silenceTimeout : opening;
      throw new APITimeoutError(`GET /event sent nothing for ${timeout} ms`, { timeout });
    }
  }
}
