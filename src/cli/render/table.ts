/**
 * Rows in columns, on standard output.
 *
 * @module
 */
import { safeLine } from "../../text/terminal.ts";
import type { Io } from "../io.ts";

/**
 * A table as text. On a terminal the last column is cut to its width; elsewhere nothing is cut, and
 * the titles are left out.
 */
export function tableOf(
  titles: readonly string[],
  rows: readonly (readonly string[])[],
  io: Io,
): string {
  const all = [...io.outIsTerminal ? [titles] : [], ...rows].map((row) =>
    row.map((cell) => safeLine(cell))
  );
  const last = titles.length - 1;
  const widths = titles.map((_, i) =>
    i === last ? 0 : Math.max(0, ...all.map((row) => Array.from(row[i]!).length))
  );
  const used = widths.reduce((sum, width) => sum + width + 2, 0);
  const room = io.outIsTerminal ? Math.max(12, io.columns() - used) : Infinity;
  return all.map((row) =>
    row.map((cell, i) => i === last ? safeLine(cell, room) : cell.padEnd(widths[i]!))
      .join("  ").trimEnd() + "\n"
  ).join("");
}
