/**
 * Rows in columns, on standard output.
 *
 * @module
 */
import { safeLine } from "../../text/terminal.ts";
import type { Io } from "../io.ts";

/**
 * A table as text. On a terminal the last column is cut to its width, or goes below the others where
 * that is too narrow; elsewhere nothing is cut, and the titles are left out.
 */
export function tableOf(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  io: Io,
): string {
  const last = titles.length - 1;
  const filled = titles.map((_, i) => i === last || rows.some((row) => row[i] !== ""));
  const cells = (row: readonly string[]) =>
    row.map((cell, i) => filled[i] || i === last ? safeLine(cell) : "");
  const all = [...io.outIsTerminal ? [titles] : [], ...rows].map(cells);
  const widths = titles.map((_, i) =>
    i === last ? 0 : Math.max(0, ...all.map((row) => Array.from(row[i]!).length))
  );
  const used = widths.reduce((sum, width) => sum + (width > 0 ? width + 2 : 0), 0);
  const columns = io.outIsTerminal ? io.columns() : Infinity;
  const below = used + 12 > columns;
  return all.map((row) => {
    const left = row.slice(0, -1).map((cell, i) => cell.padEnd(widths[i]!))
      .filter((cell) => cell !== "").join("  ");
    const text = safeLine(row[last]!, Math.max(12, below ? columns - 2 : columns - used));
    return `${below ? `${left.trimEnd()}\n  ${text}` : `${left}  ${text}`.trimEnd()}\n`;
  }).join("");
}
