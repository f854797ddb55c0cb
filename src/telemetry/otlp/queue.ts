/**
 * Spans that wait to be sent, bounded in number and size.
 *
 * @module
 */
import type { SpanData } from "./json.ts";

/** How many spans may wait, and how large they may be together, in characters. */
const MAX_SPANS = 2048;
const MAX_SIZE = 16_000_000;

/** How many go in one request, and how large they may be together. */
const BATCH_SPANS = 512;
const BATCH_SIZE = 2_000_000;

/** A bounded queue. */
export class SpanQueue {
  readonly #spans: { span: SpanData; size: number }[] = [];
  #size = 0;

  /** How many wait. */
  get length(): number {
    return this.#spans.length;
  }

  /** Whether enough wait for a whole request. */
  get full(): boolean {
    return this.#spans.length >= BATCH_SPANS || this.#size >= BATCH_SIZE;
  }

  /** Takes one; `false` where there is no room. */
  push(span: SpanData): boolean {
    const size = sizeOf(span);
    if (this.#spans.length >= MAX_SPANS || this.#size + size > MAX_SIZE) return false;
    this.#spans.push({ span, size });
    this.#size += size;
    return true;
  }

  /** Takes out what goes in one request. */
  batch(): SpanData[] {
    const batch: SpanData[] = [];
    for (let size = 0; batch.length < BATCH_SPANS && size < BATCH_SIZE;) {
      const next = this.#spans.shift();
      if (!next) break;
      batch.push(next.span);
      size += next.size;
      this.#size -= next.size;
    }
    return batch;
  }
}

/** About how long a span's JSON is. */
function sizeOf({ attributes, events }: SpanData): number {
  let size = 500;
  for (const one of [attributes, ...events.map(({ attributes }) => attributes)]) {
    for (const value of Object.values(one)) size += 50 + String(value).length;
  }
  return size;
}
