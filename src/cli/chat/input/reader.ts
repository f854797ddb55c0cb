/**
 * Reads keys from a terminal until it ends.
 *
 * @module
 */
import { type Key, KeyDecoder } from "./keys.ts";

/** How long an escape may wait for the rest of its sequence, in milliseconds. */
const ESCAPE_WAIT = 40;
/** How soon the parts of one paste follow each other, in milliseconds. */
const PASTE_GAP = 30;

/** Who receives the keys. */
export interface KeyListener {
  /** Keys that came at once. */
  keys(keys: Key[]): void;
  /** The terminal has ended, or is gone. */
  end(): void;
}

/** Begins to read when it is made. */
export class KeyReader {
  readonly #decoder = new KeyDecoder();
  readonly #reader: ReadableStreamDefaultReader<Uint8Array>;
  readonly #listener: KeyListener;
  #escape: ReturnType<typeof setTimeout> | undefined;
  /** When the last part of a paste came that the terminal did not mark. */
  #pasted = -Infinity;

  constructor(input: ReadableStream<Uint8Array>, listener: KeyListener) {
    this.#reader = input.getReader();
    this.#listener = listener;
    void this.#pump();
  }

  /** Waits for no rest of a sequence any more. */
  stop(): void {
    clearTimeout(this.#escape);
  }

  /** Lets go of the input; never rejects. */
  async cancel(): Promise<void> {
    await this.#reader.cancel().catch(() => {});
  }

  async #pump(): Promise<void> {
    try {
      for (;;) {
        const { value, done } = await this.#reader.read();
        if (done) break;
        this.#feed(value);
      }
    } catch { /* the terminal is gone: the same as the end of input */ }
    this.#listener.end();
  }

  #feed(bytes: Uint8Array): void {
    clearTimeout(this.#escape);
    const more = Date.now() - this.#pasted < PASTE_GAP;
    const keys = this.#decoder.feed(bytes, more);
    if (keys.length === 1 && keys[0]!.kind === "paste") this.#pasted = Date.now();
    this.#listener.keys(keys);
    if (!this.#decoder.pending) return;
    this.#escape = setTimeout(() => this.#listener.keys(this.#decoder.flush()), ESCAPE_WAIT);
  }
}
