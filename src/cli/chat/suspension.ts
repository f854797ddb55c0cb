/**
 * Ctrl-Z in a chat: the terminal goes back to the shell, until the user brings the chat back.
 *
 * @module
 */
import type { Io } from "../io.ts";
import type { Canvas } from "./canvas.ts";

/** How long a stop takes at most, in milliseconds: after it, there was no one to stop this program. */
const STOP_WAIT = 100;

/** Has the keys of a terminal one by one, but for the time that the shell has it. */
export class Suspension {
  readonly #io: Io;
  readonly #canvas: Canvas;
  readonly #unsubscribe: () => void;
  #stopping: ReturnType<typeof setTimeout> | undefined;
  #closed = false;

  constructor(io: Io, canvas: Canvas) {
    this.#io = io;
    this.#canvas = canvas;
    this.#unsubscribe = io.onContinue(() => this.#resume());
  }

  /** Gives the terminal back to the shell until the user brings the chat back. */
  async suspend(): Promise<void> {
    await this.#canvas.leave();
    if (this.#closed) return;
    this.#io.setRaw(false);
    this.#io.suspend();
    // where no shell can bring it back, nothing was stopped
    this.#stopping = setTimeout(() => this.#resume(), STOP_WAIT);
  }

  /** Suspends nothing any more. */
  stop(): void {
    this.#closed = true;
    this.#unsubscribe();
    clearTimeout(this.#stopping);
  }

  /** Takes the terminal again, after whatever a shell made of it. */
  #resume(): void {
    clearTimeout(this.#stopping);
    if (this.#closed) return;
    this.#io.setRaw(false); // what is believed to be raw is not made so
    this.#io.setRaw(true);
    this.#canvas.enter();
  }
}
