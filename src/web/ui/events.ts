/** The events of the handler, also after the connection was gone. @module */
import type { PageEvent } from "../protocol.ts";

/** How long to wait before the connection is made again, in milliseconds: at first, at most. */
const AGAIN = [500, 10_000] as const;

/** A connection that says nothing for so long is dead, in milliseconds; the handler does so every 15 s. */
const SILENCE = 40_000;

/** Follows the events from a number on. `connected` is told where the connection breaks. */
export class Events {
  #source: EventSource | undefined;
  #after: string;
  #wait: number = AGAIN[0];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** When the last event came. */
  #heard = 0;

  constructor(
    after: string,
    readonly take: (event: PageEvent) => void,
    readonly connected: (up: boolean) => void,
  ) {
    this.#after = after;
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#check();
    });
    addEventListener("online", () => this.open());
    setInterval(() => this.#check(), 5_000);
    this.open();
  }

  /** A machine that slept wakes up with a connection that looks open and may be dead. */
  #check(): void {
    const silent = Date.now() - this.#heard > SILENCE;
    const waits = document.visibilityState === "visible" &&
      this.#source?.readyState === EventSource.CLOSED;
    if (silent || waits) this.open();
  }

  /** Makes the connection anew. */
  open(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    this.#heard = Date.now();
    const source = this.#source = new EventSource(
      `api/events?after=${encodeURIComponent(this.#after)}`,
    );
    source.onopen = () => {
      this.#wait = AGAIN[0];
      this.connected(true);
    };
    source.onmessage = ({ data, lastEventId }) => {
      this.#heard = Date.now();
      if (lastEventId !== "") this.#after = lastEventId;
      this.take(JSON.parse(data) as PageEvent);
    };
    source.onerror = () => {
      if (source !== this.#source) return;
      source.close();
      this.connected(false);
      this.#timer = setTimeout(() => this.open(), this.#wait);
      this.#wait = Math.min(this.#wait * 2, AGAIN[1]);
    };
  }
}
