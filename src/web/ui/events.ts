/** The events of the handler, also after the connection was gone. @module */
import type { PageEvent } from "../protocol.ts";

/** How long to wait before the connection is made again, in milliseconds: at first, at most. */
const AGAIN = [500, 10_000] as const;

/** Follows the events from a number on. `connected` is told where the connection breaks. */
export class Events {
  #source: EventSource | undefined;
  #after: string;
  #wait: number = AGAIN[0];
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    after: string,
    readonly take: (event: PageEvent) => void,
    readonly connected: (up: boolean) => void,
  ) {
    this.#after = after;
    // a machine that slept wakes up with a connection that may be dead
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible" && this.#source?.readyState !== EventSource.OPEN) {
        this.open();
      }
    });
    addEventListener("online", () => this.open());
    this.open();
  }

  /** Makes the connection anew. */
  open(): void {
    clearTimeout(this.#timer);
    this.#source?.close();
    const source = this.#source = new EventSource(
      `api/events?after=${encodeURIComponent(this.#after)}`,
    );
    source.onopen = () => {
      this.#wait = AGAIN[0];
      this.connected(true);
    };
    source.onmessage = ({ data, lastEventId }) => {
      this.#after = lastEventId;
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
