/**
 * What a chat writes to a terminal: text that stays, and below it rows that are drawn again.
 *
 * @module
 */
import type { Io } from "../io.ts";
import type { Layout } from "./input/layout.ts";
import { Screen } from "./screen.ts";

/** How often the rows are looked at again: a spinner turns, the width may have changed. */
const TICK = 100;

/** The terminal tells a paste from typing. */
const MARK_PASTES = "\u001b[?2004h";
const MARK_NO_PASTES = "\u001b[?2004l";

/** Rows to draw; `undefined` leaves the terminal as it is. */
export type Draw = (columns: number) => Layout | undefined;

/** The output of a terminal. */
export class Canvas {
  readonly #io: Io;
  readonly #screen = new Screen();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #onGone: () => void;
  /** Makes the rows that are shown now. */
  #draw: Draw | undefined;
  #width: number;
  /** What is to be written once the terminal is not the shell's any more; `undefined` while it is ours. */
  #later: (() => void)[] | undefined;
  #writing: Promise<void> = Promise.resolve();

  /**
   * @param isAnimated Whether the rows change by themselves.
   * @param onGone Called where nothing can be written any more.
   */
  constructor(io: Io, isAnimated: () => boolean, onGone: () => void) {
    this.#io = io;
    this.#onGone = onGone;
    this.#width = io.columns();
    this.#write(MARK_PASTES);
    this.#timer = setInterval(() => this.#tick(isAnimated()), TICK);
  }

  /** Whether text that stays ends in the middle of a line. */
  get midLine(): boolean {
    return this.#screen.midLine;
  }

  columns(): number {
    return this.#io.columns();
  }

  /** Writes text that stays, in place of the rows. */
  print(text: string): void {
    this.#replace((columns) => this.#screen.print(text, columns));
  }

  /** What is written next begins a line; the rows are removed. */
  freshLine(): void {
    this.#replace((columns) => this.#screen.freshLine(columns));
  }

  /** Sends what the terminal obeys and nobody sees. */
  send(sequence: string): void {
    this.#do(() => this.#write(sequence));
  }

  /** Draws these rows, now and whenever they may have changed. */
  show(draw: Draw): void {
    this.showSoon(draw);
    this.redraw();
  }

  /** The same, from the next look at them on. */
  showSoon(draw: Draw): void {
    this.#do(() => this.#draw = draw);
  }

  /** Draws the rows anew, where there are some. */
  redraw(): void {
    if (this.#later) return;
    const columns = this.columns();
    const layout = this.#draw?.(columns);
    if (layout) this.#write(this.#screen.area(layout, columns));
  }

  /** Removes the rows. */
  erase(): void {
    this.#replace((columns) => this.#screen.erase(columns));
  }

  /** Removes everything that is shown; what is drawn now is drawn again when it changes. */
  clear(): void {
    this.#do(() => this.#write(this.#screen.clear()));
  }

  /** Leaves the terminal to a shell; resolves when all is written. What comes meanwhile waits. */
  async leave(): Promise<void> {
    this.#later ??= [];
    await this.#finish();
  }

  /** Takes the terminal again, after whatever a shell made of it. */
  enter(): void {
    this.#write(MARK_PASTES);
    const later = this.#later;
    this.#later = undefined;
    if (later) this.#screen.forget();
    for (const act of later ?? []) act();
    this.redraw();
  }

  /** Draws nothing any more; resolves when all is written. */
  async close(): Promise<void> {
    clearInterval(this.#timer);
    if (!this.#later) await this.#finish();
  }

  async #finish(): Promise<void> {
    this.#write(`${this.#screen.freshLine(this.columns())}${MARK_NO_PASTES}`);
    await this.#writing;
  }

  #tick(isAnimated: boolean): void {
    const columns = this.columns();
    if (isAnimated || columns !== this.#width) this.redraw();
    this.#width = columns;
  }

  /** Writes in place of the rows, which are shown no more. */
  #replace(text: (columns: number) => string): void {
    this.#do(() => {
      this.#draw = undefined;
      this.#write(text(this.columns()));
    });
  }

  #do(act: () => void): void {
    if (this.#later) this.#later.push(act);
    else act();
  }

  #write(text: string): void {
    if (text === "") return;
    // a terminal that is gone is the same as the end of input
    this.#writing = this.#writing.then(() => this.#io.out(text)).catch(() => this.#onGone());
  }
}
