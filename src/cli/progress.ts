/**
 * Standard error, one line at a time: what stays, and what is redrawn.
 *
 * @module
 */
import { settlesWithin } from "../process/within.ts";
import type { Io } from "./io.ts";
import { type Paint, painter } from "./render/color.ts";
import { downloadLine, spinnerLine } from "./render/lines.ts";

/** How a download stands. */
export interface DownloadState {
  received: number;
  total?: number | undefined;
}

/** How it is to look. */
export interface ProgressOptions {
  quiet?: boolean;
  color?: boolean;
}

const CLEAR = "\r\u001b[K";

/** How long nothing must come before the spinner shows, in milliseconds. */
const PATIENCE = 300;

/** Writes to standard error, unless it is to be quiet. Redraws on a terminal alone. */
export class Progress {
  /** Paints what is written here. */
  readonly paint: Paint;
  readonly #io: Io;
  readonly #quiet: boolean;
  #redrawn = false;
  #lastDownload = 0;
  /** The line that was begun: by a text that was written here, or by another stream on the terminal. */
  #midLine: "text" | "other" | undefined;
  #diverted: ((text: string) => void) | undefined;
  #timer: ReturnType<typeof setInterval> | undefined;
  #written: Promise<unknown> = Promise.resolve();

  constructor(io: Io, { quiet = false, color = false }: ProgressOptions = {}) {
    this.#io = io;
    this.#quiet = quiet;
    this.paint = painter(color);
  }

  /** Whether decoration is wanted: a terminal, and not quiet. */
  get decorated(): boolean {
    return this.#io.errIsTerminal && !this.#quiet;
  }

  /** How wide a line may be. */
  get columns(): number {
    return this.#io.errIsTerminal ? this.#io.columns() : 120;
  }

  /** Hands lines to what draws on the terminal, until the returned function is called. */
  divert(write: (text: string) => void): () => void {
    this.#diverted = write;
    return () => this.#diverted = undefined;
  }

  /** A line that stays. */
  line(text: string): void {
    if (this.#quiet) return;
    if (this.#diverted) return this.#diverted(text);
    this.endText();
    this.#write(`${this.#cleared()}${text}\n`);
  }

  /** A piece of text that stays, such as reasoning. */
  text(text: string): void {
    if (this.#quiet) return;
    this.#write(`${this.#cleared()}${this.paint("dim", text)}`);
    this.#midLine = text.endsWith("\n") ? undefined : "text";
  }

  /** Ends the line of such a text: what follows does not share it. */
  endText(): void {
    if (this.#midLine !== "text") return;
    this.#midLine = undefined;
    this.#write("\n");
  }

  /** Ends a line that another stream has begun, so that something can be drawn. */
  newLine(): void {
    if (!this.decorated || !this.#midLine) return;
    this.#midLine = undefined;
    this.#write("\n");
  }

  /** Whether the terminal's cursor stands at the beginning of a line that was written here. */
  get fresh(): boolean {
    return this.#io.outIsTerminal && this.#io.errIsTerminal && !this.#midLine;
  }

  /**
   * Standard output is about to write: what is drawn here goes before, and nothing is drawn until
   * `after`. A line that was cleared later would take the answer's with it.
   */
  async before(): Promise<void> {
    if (this.#io.outIsTerminal) this.#midLine = "other";
    if (this.#redrawn) this.#write(CLEAR);
    this.#redrawn = false;
    if (this.#io.errIsTerminal) await this.written();
  }

  /** Standard output has written this. */
  after(text: string): void {
    if (this.#io.outIsTerminal) this.#midLine = text.endsWith("\n") ? undefined : "other";
  }

  /** Shows what goes on until `idle`, with the time since now. */
  busy(what: string | ((now: number) => string)): void {
    this.idle();
    if (!this.decorated) return;
    const since = Date.now();
    this.#timer = setInterval(() => {
      const now = Date.now();
      if (this.#midLine || now - since < PATIENCE) return;
      const text = typeof what === "string" ? what : what(now);
      this.#redrawn = true;
      this.#write(`${CLEAR}${spinnerLine(text, now - since, this.columns, this.paint)}`);
    }, 100);
  }

  /** Nothing goes on that needs showing. */
  idle(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    if (this.#redrawn) this.#write(CLEAR);
    this.#redrawn = false;
  }

  /**
   * Waits until all is written: a process that ends before loses it.
   *
   * @param bound How long at most, where nobody reads, in milliseconds. @default {2000}
   */
  async written(bound = 2_000): Promise<void> {
    await settlesWithin(this.#written, bound);
  }

  /** How a download stands: redrawn on a terminal, a few lines elsewhere. */
  download({ received, total }: DownloadState): void {
    if (this.#quiet) return;
    const finished = total !== undefined && received >= total;
    const step = this.#io.errIsTerminal ? 500_000 : 20_000_000;
    if (!finished && received - this.#lastDownload < step) return;
    if (received === this.#lastDownload) return;
    this.#lastDownload = received;
    const text = downloadLine(received, total);
    if (this.#io.errIsTerminal && !finished) {
      this.#redrawn = true;
      this.#write(`${CLEAR}${text}`);
    } else this.line(text);
  }

  /** What must stand before a new line. */
  #cleared(): string {
    const before = this.#redrawn ? CLEAR : this.#midLine && this.#io.errIsTerminal ? "\n" : "";
    this.#redrawn = false;
    this.#midLine = undefined;
    return before;
  }

  #write(text: string): void {
    const written = this.#io.err(text).catch(() => {}); // nobody reads it: the answer goes on
    this.#written = Promise.all([this.#written, written]);
  }
}
