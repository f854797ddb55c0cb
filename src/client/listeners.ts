/**
 * Who listens to an event connection, and what they are told of it.
 *
 * @module
 */
import { OpencodeError } from "../errors.ts";
import { isEvent, type ServerEvent } from "./events.ts";

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

/** A place in the hub. */
export interface Subscription {
  /** Leaves the hub; the last one to leave ends the connection at once. Idempotent. */
  close(): void;
  /** Whether it ended, by `close`, by its signal, or because the connection was lost. */
  readonly closed: boolean;
  /** The same as `close`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/** A listener, and what it knows of the connection. */
export class Member implements Subscription {
  readonly ready: Promise<void>;
  readonly listener: EventListener;
  /** Whether the listener knows that the connection stands. */
  isReady = false;
  closed = false;
  #settle!: { resolve(): void; reject(error: unknown): void };
  readonly #audience: Audience;
  readonly #signal: AbortSignal | undefined;

  constructor(audience: Audience, listener: EventListener, signal: AbortSignal | undefined) {
    this.listener = listener;
    this.#audience = audience;
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
    this.#audience.leave(this);
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

/** All who listen to one connection, and what they are told of it. */
export class Audience {
  readonly #members = new Set<Member>();
  readonly #onEmpty: () => void;
  /** The event that says that the connection stands. */
  #standing: ServerEvent | undefined;
  #stoodBefore = false;

  /** @param onEmpty Called when the last one left. */
  constructor(onEmpty: () => void) {
    this.#onEmpty = onEmpty;
  }

  /** Whether the connection stands. */
  get stands(): boolean {
    return this.#standing !== undefined;
  }

  /** Whether it stood at any time. */
  get stoodBefore(): boolean {
    return this.#stoodBefore;
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
    if (this.#members.size === 0) this.#onEmpty();
  }

  /** Hands on what came; until the connection stands, nothing. */
  deliver(batch: readonly ServerEvent[]): void {
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

  /** The connection broke. */
  down(): void {
    if (!this.#standing) return;
    this.#standing = undefined;
    for (const member of [...this.#members]) member.guard(() => member.listener.down?.());
  }

  /** The connection was given up. @param end Called before anyone is told. */
  lose(error: OpencodeError, end: () => void): void {
    const members = [...this.#members];
    end();
    for (const member of members) {
      try {
        member.lose(error);
      } catch { /* a listener that throws has no one else to report to */ }
    }
  }
}
