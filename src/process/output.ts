/**
 * Keeping the beginning and the end of an output of any length in bounded memory.
 *
 * @module
 */

/** The first and the last bytes of a stream, and how many there were. */
export class HeadTail {
  #head: Uint8Array;
  #tail: Uint8Array;
  #total = 0;

  /** @param limit How many bytes to keep, half from the beginning and half from the end. */
  constructor(limit: number) {
    const head = Math.max(1, Math.floor(limit / 2));
    this.#head = new Uint8Array(head);
    this.#tail = new Uint8Array(Math.max(1, limit - head));
  }

  /** How many bytes were pushed. */
  get total(): number {
    return this.#total;
  }

  /** How many bytes were dropped. */
  get dropped(): number {
    return Math.max(0, this.#total - this.#head.length - this.#tail.length);
  }

  /** Takes bytes; they are copied. */
  push(chunk: Uint8Array): void {
    let rest = chunk;
    if (this.#total < this.#head.length) {
      const part = rest.subarray(0, this.#head.length - this.#total);
      this.#head.set(part, this.#total);
      this.#total += part.length;
      rest = rest.subarray(part.length);
    }
    if (rest.length === 0) return;
    const size = this.#tail.length;
    // Of a long chunk only its end can stay.
    const kept = rest.length > size ? rest.subarray(rest.length - size) : rest;
    const at = (this.#total - this.#head.length + rest.length - kept.length) % size;
    const first = kept.subarray(0, size - at);
    this.#tail.set(first, at);
    this.#tail.set(kept.subarray(first.length), 0);
    this.#total += rest.length;
  }

  /**
   * What was kept as text, with a note where bytes were dropped. Bytes that are no UTF-8 and control
   * characters become U+FFFD.
   */
  text(): string {
    const head = this.#head.subarray(0, Math.min(this.#total, this.#head.length));
    const inTail = Math.min(Math.max(0, this.#total - this.#head.length), this.#tail.length);
    const start = this.dropped > 0 ? (this.#total - this.#head.length) % this.#tail.length : 0;
    const tail = new Uint8Array(inTail);
    tail.set(this.#tail.subarray(start, inTail), 0);
    tail.set(this.#tail.subarray(0, start), inTail - start);
    if (this.dropped === 0) {
      const all = new Uint8Array(head.length + tail.length);
      all.set(head);
      all.set(tail, head.length);
      return printable(decode(all));
    }
    const cut = `\n[… ${this.dropped} of ${this.#total} bytes of output cut here …]\n`;
    return printable(decode(wholeEnd(head)) + cut + decode(wholeStart(tail)));
  }
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
}

/** Without a character that was cut in two at the end. */
function wholeEnd(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back]!;
    if (byte < 0x80) break;
    if (byte >= 0xc0) {
      const length = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2;
      return length > back ? bytes.subarray(0, bytes.length - back) : bytes;
    }
  }
  return bytes;
}

/** Without the rest of a character that was cut in two at the start. */
function wholeStart(bytes: Uint8Array): Uint8Array {
  let at = 0;
  while (at < 3 && at < bytes.length && (bytes[at]! & 0xc0) === 0x80) at++;
  return bytes.subarray(at);
}

/** Control characters, tab and line ends excepted, made harmless. */
export function printable(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/[\0-\x08\x0b\x0c\x0e-\x1a\x1c-\x1f\x7f]/g, "\ufffd");
}

/**
 * Reads a stream to its end, or until it is stopped.
 *
 * @returns The end of the reading, and the way to stop it early.
 */
export function drain(
  stream: ReadableStream<Uint8Array>,
  onChunk: (chunk: Uint8Array) => void,
): { done: Promise<void>; ended: () => boolean; stop: () => Promise<void> } {
  const reader = byteReader(stream);
  let ended = false;
  const done = (async () => {
    try {
      while (true) {
        const chunk = await reader.read();
        if (chunk === null) return;
        onChunk(chunk);
      }
    } catch {
      /* the pipe broke: what came is what there is */
    } finally {
      ended = true;
    }
  })();
  return {
    done,
    ended: () => ended,
    stop: async () => {
      if (!ended) await reader.cancel();
      await done;
    },
  };
}

/** Reads into one buffer again and again where the stream can (the least garbage), else as it comes. */
function byteReader(
  stream: ReadableStream<Uint8Array>,
): { read(): Promise<Uint8Array | null>; cancel(): Promise<void> } {
  let byob: ReadableStreamBYOBReader | undefined;
  try {
    byob = stream.getReader({ mode: "byob" });
  } catch { /* no byte stream */ }
  if (byob) {
    const reader = byob;
    let buffer = new ArrayBuffer(64 * 1024);
    return {
      async read() {
        const { value, done } = await reader.read(new Uint8Array(buffer));
        if (value) buffer = value.buffer as ArrayBuffer;
        return done || !value ? null : value;
      },
      cancel: () => reader.cancel().catch(() => {}),
    };
  }
  const reader = stream.getReader();
  return {
    async read() {
      const { value, done } = await reader.read();
      return done ? null : value ?? null;
    },
    cancel: () => reader.cancel().catch(() => {}),
  };
}
