/**
 * The part of a terminal that is redrawn: an input or a status below the text that stays. Pure: what
 * is to be shown in, what to write out.
 *
 * @module
 */
import type { Layout } from "./input/layout.ts";
import { textColumns } from "./width.ts";

const ESC = "\u001b[";

interface Drawn extends Layout {
  /** The columns of each row, without colours. */
  widths: number[];
}

/** Knows what is drawn, and what to write to change it. */
export class Screen {
  #drawn: Drawn | undefined;
  /** The cursor stands behind text that stays. */
  #midLine = false;

  /** Whether text that stays ends in the middle of a line. */
  get midLine(): boolean {
    return this.#midLine;
  }

  /** Removes the area. @param columns The terminal's width now; rows wrap where it has shrunk. */
  erase(columns: number): string {
    const drawn = this.#drawn;
    if (!drawn) return "";
    this.#drawn = undefined;
    const wraps = (width: number) => Math.max(1, Math.ceil(width / Math.max(1, columns)));
    const above = drawn.widths.slice(0, drawn.row).reduce((sum, width) => sum + wraps(width), 0) +
      Math.floor(drawn.column / Math.max(1, columns));
    return `${above > 0 ? `${ESC}${above}A` : ""}\r${ESC}J`;
  }

  /** Shows an area in place of the last one. */
  area(layout: Layout, columns: number): string {
    const before = this.erase(columns) + (this.#midLine ? "\r\n" : "");
    this.#midLine = false;
    const widths = layout.rows.map((row) => textColumns(withoutStyle(row)));
    this.#drawn = { ...layout, widths };
    const up = layout.rows.length - 1 - layout.row;
    return `${before}${layout.rows.join("\r\n")}${up > 0 ? `${ESC}${up}A` : ""}\r${
      layout.column > 0 ? `${ESC}${layout.column}C` : ""
    }`;
  }

  /** Adds text that stays, above the area, which is removed. */
  print(text: string, columns: number): string {
    if (text === "") return "";
    const before = this.erase(columns);
    this.#midLine = !text.endsWith("\n");
    return before + text.replaceAll("\n", "\r\n");
  }

  /** The next text begins a line. */
  freshLine(columns: number): string {
    const before = this.erase(columns) + (this.#midLine ? "\r\n" : "");
    this.#midLine = false;
    return before;
  }

  /** Knows nothing of the terminal any more: another program wrote to it. The cursor begins a line. */
  forget(): void {
    this.#drawn = undefined;
    this.#midLine = false;
  }

  /** Removes everything that is shown. */
  clear(): string {
    this.#drawn = undefined;
    this.#midLine = false;
    return `${ESC}2J${ESC}H`;
  }
}

function withoutStyle(text: string): string {
  // deno-lint-ignore no-control-regex
  return text.replace(/\u001b\[[0-9;]*m/g, "");
}
