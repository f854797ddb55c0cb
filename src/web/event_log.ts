/**
 * The last events, for every page that reads them: each at its own pace, in bounded memory.
 *
 * @module
 */
import type { PageEvent } from "./protocol.ts";

/** How many events are kept. */
const MAX_EVENTS = 8_192;
/** How much of them is kept, in characters. */
const MAX_SIZE = 16_000_000;

interface Entry {
  seq: number;
  json: string;
}

/** Keeps the last events, and hands them on. */
export class EventLog {
  /** Tells the numbers of one run from those of another. */
  readonly #run = crypto.randomUUID().slice(0, 8);
  #entries: Entry[] = [];
  #size = 0;
  #seq = 0;
  readonly #waiting = new Set<() => void>();

  /** The number of the last event. */
  get seq(): string {
    return `${this.#run}-${this.#seq}`;
  }

  /** Adds an event, and wakes those who wait for one. */
  push(event: PageEvent): void {
    const json = JSON.stringify(event);
    this.#entries.push({ seq: ++this.#seq, json });
    this.#size += json.length;
    if (this.#entries.length > MAX_EVENTS || this.#size > MAX_SIZE) this.#trim();
    for (const wake of this.#waiting) wake();
    this.#waiting.clear();
  }

  /** Half of what is allowed goes at once, so that this costs little for each event. */
  #trim(): void {
    let keep = this.#entries.length;
    let size = 0;
    while (
      keep > 0 && this.#entries.length - keep < MAX_EVENTS / 2 &&
      size + this.#entries[keep - 1]!.json.length <= MAX_SIZE / 2
    ) size += this.#entries[--keep]!.json.length;
    this.#entries = this.#entries.slice(keep);
    this.#size = size;
  }

  /**
   * The events after a number, as a `text/event-stream`, for as long as the reader stays. Where they
   * are not kept any more, the first is `reset`.
   *
   * @param after What `seq` was, or the id of the last event that was read.
   * @param signal Ends it.
   */
  stream(after: string | null, signal: AbortSignal): ReadableStream<Uint8Array> {
    const encoder = new TextEncoder();
    let at = this.#position(after);
    let timer: ReturnType<typeof setTimeout> | undefined;
    let wake = () => {};
    const leave = () => {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    };
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(encoder.encode(": connected\n\nretry: 1000\n\n"));
      },
      pull: async (controller) => {
        let text = this.#after(at);
        if (text === "") {
          const alive = await new Promise<boolean>((resolve) => {
            wake = () => resolve(true);
            this.#waiting.add(wake);
            timer = setTimeout(() => resolve(false), KEEP_ALIVE);
            signal.addEventListener("abort", wake, { once: true });
          });
          leave();
          signal.removeEventListener("abort", wake);
          if (signal.aborted) return controller.close();
          text = alive ? this.#after(at) : ": keep-alive\n\n";
        }
        if (!text.startsWith(":")) at = this.#seq;
        controller.enqueue(encoder.encode(text));
      },
      cancel: () => {
        leave();
        wake();
      },
    }, { highWaterMark: 0 });
  }

  #position(after: string | null): number {
    const [run, seq] = (after ?? "").split("-");
    const number = Number(seq);
    return run === this.#run && Number.isInteger(number) && number <= this.#seq ? number : -1;
  }

  /** The frames after a position; `reset` alone where some of them are gone. */
  #after(at: number): string {
    const first = this.#entries[0]?.seq ?? this.#seq + 1;
    if (at < first - 1) return frame(this.seq, '{"type":"reset"}');
    let text = "";
    for (let i = Math.max(0, at + 1 - first); i < this.#entries.length; i++) {
      const { seq, json } = this.#entries[i]!;
      text += frame(`${this.#run}-${seq}`, json);
    }
    return text;
  }
}

function frame(id: string, json: string): string {
  return `id: ${id}\ndata: ${json}\n\n`;
}

/** How often a silent stream says that it is alive, in milliseconds. */
const KEEP_ALIVE = 15_000;
