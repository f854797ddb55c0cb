/**
 * Who gets the keys of a terminal.
 *
 * @module
 */
import type { Key } from "./keys.ts";
import { KeyReader } from "./reader.ts";

/** Who asks for something. */
export interface Asking {
  key(key: Key): void;
  /** The terminal has ended. */
  end(): void;
}

/** Hands each key to who asked last. */
export class Keyboard {
  readonly #reader: KeyReader;
  readonly #asking: Asking[] = [];
  #ended = false;

  /** @param idle Gets the keys that nobody asked for. */
  constructor(
    input: ReadableStream<Uint8Array>,
    { suspend, idle }: { suspend(): void; idle(key: Key): void },
  ) {
    this.#reader = new KeyReader(input, {
      keys: (keys) => {
        for (const key of keys) {
          if (key.kind === "key" && key.name === "ctrl-z") suspend();
          else (this.#asking.at(-1)?.key ?? idle)(key);
        }
      },
      end: () => this.end(),
    });
  }

  /** Whether nothing comes any more. */
  get ended(): boolean {
    return this.#ended;
  }

  /** Whether somebody asks for something. */
  get isAsked(): boolean {
    return this.#asking.length > 0;
  }

  /** Asks for keys until the returned function is called. */
  ask(asking: Asking): () => void {
    this.#asking.push(asking);
    return () => {
      const at = this.#asking.lastIndexOf(asking);
      if (at !== -1) this.#asking.splice(at, 1);
    };
  }

  /** Nothing comes any more. */
  end(): void {
    this.#ended = true;
    for (const { end } of [...this.#asking]) end();
  }

  /** Waits for no rest of a sequence any more. */
  stop(): void {
    this.#reader.stop();
  }

  /** Lets go of the input; never rejects. */
  async cancel(): Promise<void> {
    await this.#reader.cancel();
  }
}
