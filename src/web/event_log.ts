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
/** How much is sent at once, in characters, however far behind a reader is. */
const MAX_FRAME = 256_000;

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
  #readers = 0;
  #ended = false;

  /** How many streams are open. */
  get readers(): number {
    return this.#readers;
  }

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
    this.#wakeAll();
  }

  /** Ends every stream, also those that are opened later. */
  end(): void {
    this.#ended = true;
    this.#wakeAll();
  }

  #wakeAll(): void {
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
    let left = false;
    const rest = () => {
      clearTimeout(timer);
      this.#waiting.delete(wake);
    };
    const onAbort = () => {
      leave();
      wake();
    };
    const leave = () => {
      rest();
      signal.removeEventListener("abort", onAbort);
      if (!left) this.#readers--;
      left = true;
    };
    this.#readers++;
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) leave();
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        controller.enqueue(encoder.encode(": connected\n\nretry: 1000\n\n"));
      },
      pull: async (controller) => {
        let next = this.#after(at);
        if (next === undefined && !left && !this.#ended) {
          await new Promise<void>((resolve) => {
            wake = resolve;
            this.#waiting.add(wake);
            timer = setTimeout(resolve, KEEP_ALIVE);
          });
          rest();
          next = this.#after(at);
        }
        if (left || this.#ended) {
          leave();
          return controller.close();
        }
        if (next) at = next.at;
        controller.enqueue(encoder.encode(next?.text ?? ALIVE));
      },
      cancel: onAbort,
    }, { highWaterMark: 0 });
  }

  #position(after: string | null): number {
    const [run, seq] = (after ?? "").split("-");
    const number = Number(seq);
    return run === this.#run && Number.isInteger(number) && number <= this.#seq ? number : -1;
  }

  /** The next frames after a position, as far as there are some; `reset` alone where some are gone. */
  #after(at: number): { text: string; at: number } | undefined {
    const first = this.#entries[0]?.seq ?? this.#seq + 1;
    if (at < first - 1) return { text: frame(this.seq, '{"type":"reset"}'), at: this.#seq };
    let text = "";
    let last = at;
    for (let i = at + 1 - first; i < this.#entries.length && text.length < MAX_FRAME; i++) {
      const { seq, json } = this.#entries[i]!;
      text += frame(`${this.#run}-${seq}`, json);
      last = seq;
    }
    return text === "" ? undefined : { text, at: last };
  }
}

function frame(id: string, json: string): string {
  return `id: ${id}\ndata: ${json}\n\n`;
}

/** No comment: a page hears of comments nothing, and could not tell a silent stream from a dead one. */
const ALIVE = 'data: {"type":"alive"}\n\n';

/** How often a silent stream says that it is alive, in milliseconds. */
const KEEP_ALIVE = 15_000;
