/**
 * Standard error, one line at a time: what stays, and what is redrawn.
 *
 * @module
 */
import type { Io } from "./io.ts";
import { downloadLine } from "./render/progress.ts";

/** How a download stands. */
export interface DownloadState {
  received: number;
  total?: number | undefined;
}

/** Writes to standard error, unless it is to be quiet. */
export class Progress {
  readonly #io: Io;
  readonly #quiet: boolean;
  #redrawn = false;
  #lastDownload = 0;

  constructor(io: Io, quiet: boolean) {
    this.#io = io;
    this.#quiet = quiet;
  }

  /** A line that stays. */
  line(text: string): void {
    if (this.#quiet) return;
    const clear = this.#redrawn ? "\r\u001b[K" : "";
    this.#redrawn = false;
    this.#write(`${clear}${text}\n`);
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
      this.#write(`\r\u001b[K${text}`);
    } else this.line(text);
  }

  #write(text: string): void {
    this.#io.err(text).catch(() => {}); // nobody reads it: the answer goes on
  }
}
