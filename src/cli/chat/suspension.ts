/**
 * Ctrl-Z in a chat: the terminal goes back to the shell, until the user brings the chat back.
 *
 * @module
 */
import type { Io } from "../io.ts";
import type { Canvas } from "./canvas.ts";

/**
 * How long a program that goes on leaves the terminal alone, in milliseconds: a shell's `kill` sends the
 * signal to end together with the one to go on, and the terminal is the shell's then. Who sets a terminal
 * that is not theirs is stopped again.
 */
const SETTLE = 20;

/** How long a stop takes at most, in milliseconds: after it, there was no one to stop this program. */
const STOP_WAIT = 100;

/** Has the keys of a terminal one by one, but for the time that the shell has it. */
export class Suspension {
  readonly #io: Io;
  readonly #canvas: Canvas;
  readonly #unsubscribe: () => void;
  #stopping: ReturnType<typeof setTimeout> | undefined;
  #closed = false;
  #away = false;

  constructor(io: Io, canvas: Canvas) {
    this.#io = io;
    this.#canvas = canvas;
    this.#unsubscribe = io.onContinue(() => this.#resumeIn(SETTLE));
  }

  /** Whether the shell has the terminal. */
  get away(): boolean {
    return this.#away;
  }

  /** Gives the terminal back to the shell until the user brings the chat back. */
  async suspend(): Promise<void> {
    await this.#canvas.leave();
    if (this.#closed) return;
    this.#io.setRaw(false);
    this.#away = true;
    this.#io.suspend();
    // where no shell can bring it back, nothing was stopped
    this.#resumeIn(STOP_WAIT);
  }

  /** Suspends nothing any more. */
  stop(): void {
    this.#closed = true;
    this.#unsubscribe();
    clearTimeout(this.#stopping);
  }

  #resumeIn(ms: number): void {
    if (this.#closed) return;
    clearTimeout(this.#stopping);
    this.#stopping = setTimeout(() => this.#resume(), ms);
  }

  /** Takes the terminal again, after whatever a shell made of it. */
  #resume(): void {
    this.#away = false;
    this.#io.setRaw(false); // what is believed to be raw is not made so
    this.#io.setRaw(true);
    this.#canvas.enter();
  }
}
