/**
 * Where the characters of an input stand on a terminal. Pure: text and width in, rows out.
 *
 * @module
 */
import { safeText } from "../../../text/terminal.ts";
import { characters, columnsOf } from "../width.ts";

/** An input as rows, and where the cursor stands. */
export interface Layout {
  rows: string[];
  /** From 0. */
  row: number;
  column: number;
}

/** What {@linkcode layout} takes. */
export interface LayoutOptions {
  text: string;
  /** In UTF-16 units. */
  cursor: number;
  /** The terminal's columns. */
  width: number;
  /** Before the first row, and before the others; both as wide as each other. */
  prompt: string;
  more: string;
}

/** Wraps an input; the last column stays free, as terminals wrap there by themselves. */
export function layout({ text, cursor, width, prompt, more }: LayoutOptions): Layout {
  const indent = prompt.length;
  const room = Math.max(4, width - indent - 1);
  const rows: string[] = [prompt];
  let column = 0;
  let place: { row: number; column: number } | undefined;
  let offset = 0;
  const next = () => {
    rows.push(more);
    column = 0;
  };
  const here = () => ({ row: rows.length - 1, column: indent + column });
  for (const character of characters(text)) {
    if (offset >= cursor) place ??= here();
    offset += character.length;
    if (character === "\n" || character === "\r\n") {
      next();
      continue;
    }
    const shown = character === "\t" ? "  " : safeText(character);
    const columns = character === "\t" ? 2 : columnsOf(shown);
    if (column + columns > room) {
      const before = place?.row === rows.length - 1 && place.column === indent + column;
      next();
      if (before) place = here();
    }
    rows[rows.length - 1] += shown;
    column += columns;
  }
  return { rows, ...place ?? here() };
}

/** At most so many rows, with those around the cursor. */
export function visible({ rows, row, column }: Layout, most: number): Layout {
  if (rows.length <= most) return { rows, row, column };
  const from = Math.min(Math.max(0, row - most + 1), rows.length - most);
  return { rows: rows.slice(from, from + most), row: row - from, column };
}
