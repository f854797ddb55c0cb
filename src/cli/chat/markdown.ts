/**
 * Markdown for a terminal, as it streams: headings, code, emphasis and tables get a look, and nothing
 * waits longer than it takes to know what a line is. Pure: text in, text out.
 *
 * @module
 */
import { safeText } from "../../text/terminal.ts";
import type { Paint } from "../render/color.ts";
import { textColumns } from "./width.ts";

/** What kind of line is being written. */
type LineKind = "start" | "text" | "heading" | "code" | "table";

const FENCE = /^ {0,3}(`{3,}|~{3,})/;

/** Turns streamed Markdown into what a terminal shows. */
export class TerminalMarkdown {
  readonly #paint: Paint;
  readonly #columns: () => number;
  /** What has come of the line. */
  #line = "";
  #kind: LineKind = "start";
  /** The mark that closes the code block. */
  #fence: string | undefined;
  #table: string[] = [];
  #bold = false;
  #mono = false;
  /** A mark that may go on: `*`. */
  #held = "";

  /** @param columns The terminal's width, asked for when a table ends. */
  constructor(paint: Paint, columns: () => number) {
    this.#paint = paint;
    this.#columns = columns;
  }

  /** Takes a piece of text, and returns what can be shown of it. */
  write(text: string): string {
    let out = "";
    const lines = safeText(text).split("\n");
    lines.forEach((piece, at) => {
      out += this.#piece(piece);
      if (at < lines.length - 1) out += this.#lineEnd();
    });
    return out;
  }

  /** Nothing more will come. */
  end(): string {
    const rest = this.#line === "" && this.#kind === "start" ? "" : this.#lineEnd().slice(0, -1);
    const table = this.#flushTable();
    this.#fence = undefined;
    return rest + table;
  }

  #piece(piece: string): string {
    if (piece === "") return "";
    this.#line += piece;
    if (this.#kind === "start") return this.#begin();
    return this.#continue(piece);
  }

  /** Shows what has come of a line, once it is clear what the line is. */
  #begin(): string {
    const line = this.#line;
    if (this.#fence !== undefined) {
      // the line may be the one that closes the block
      if (/^ {0,3}[`~]*\s*$/.test(line)) return "";
      this.#kind = "code";
      return this.#code(line);
    }
    if (/^ {0,3}(?:[`~]{0,2}|[`~]{3,}[^\n]*|#{1,6} ?|\|[^\n]*)$/.test(line)) return "";
    const before = this.#flushTable();
    const heading = /^ {0,3}#{1,6} +(.*)$/.exec(line);
    if (heading) {
      this.#kind = "heading";
      return before + this.#paint("bold", heading[1]!);
    }
    this.#kind = "text";
    return before + this.#inline(line);
  }

  #continue(piece: string): string {
    if (this.#kind === "code") return this.#paint("cyan", piece);
    if (this.#kind === "heading") return this.#paint("bold", piece);
    return this.#inline(piece);
  }

  #code(text: string): string {
    return `  ${this.#paint("cyan", text)}`;
  }

  /** The line is complete. */
  #lineEnd(): string {
    const line = this.#line;
    const kind = this.#kind;
    this.#line = "";
    this.#kind = "start";
    if (kind === "code" || kind === "heading") return "\n";
    if (kind === "text") return `${this.#closeInline()}\n`;
    const fence = FENCE.exec(line)?.[1];
    if (this.#fence !== undefined) {
      if (fence?.startsWith(this.#fence)) {
        this.#fence = undefined;
        return "";
      }
      return line === "" ? "\n" : `${this.#code(line)}\n`;
    }
    if (fence !== undefined) {
      this.#fence = fence;
      const language = line.trim().slice(fence.length).trim();
      const before = this.#flushTable();
      return language === "" ? before : `${before}  ${this.#paint("dim", language)}\n`;
    }
    if (/^ {0,3}\|/.test(line)) {
      this.#table.push(line.trim());
      return "";
    }
    const before = this.#flushTable();
    return `${before}${this.#paint("bold", line.replace(/^ {0,3}#{1,6} ?/, ""))}\n`;
  }

  /** Emphasis and code inside a line; marks that stand alone stay. */
  #inline(text: string): string {
    let out = "";
    let plain = "";
    const flush = () => {
      if (plain !== "") {
        out += this.#mono
          ? this.#paint("cyan", plain)
          : this.#bold
          ? this.#paint("bold", plain)
          : plain;
      }
      plain = "";
    };
    for (const character of text) {
      if (this.#held === "*" && character === "*" && !this.#mono) {
        this.#held = "";
        flush();
        this.#bold = !this.#bold;
        continue;
      }
      plain += this.#held;
      this.#held = "";
      if (character === "`") {
        flush();
        this.#mono = !this.#mono;
      } else if (character === "*" && !this.#mono) this.#held = "*";
      else plain += character;
    }
    flush();
    return out;
  }

  #closeInline(): string {
    const held = this.#held;
    this.#held = "";
    this.#bold = this.#mono = false;
    return held;
  }

  /** A table with its columns under each other, where it fits; else as it came. */
  #flushTable(): string {
    const rows = this.#table;
    this.#table = [];
    if (rows.length === 0) return "";
    const cells = rows.map((row) =>
      row.replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim().replace(/[*`]/g, ""))
    );
    const widths: number[] = [];
    for (const row of cells) {
      row.forEach((cell, at) => widths[at] = Math.max(widths[at] ?? 0, textColumns(cell)));
    }
    const rule = (row: string[]) => row.every((cell) => /^:?-+:?$/.test(cell));
    const width = widths.reduce((sum, each) => sum + Math.max(3, each) + 3, 0);
    if (width > this.#columns()) return `${rows.join("\n")}\n`;
    const pad = (cell: string, at: number) => {
      const columns = Math.max(3, widths[at]!);
      return rule([cell]) ? "─".repeat(columns) : cell + " ".repeat(columns - textColumns(cell));
    };
    return cells.map((row, at) => {
      const line = row.map(pad).join(rule(row) ? "─┼─" : " │ ").trimEnd();
      return at === 0 ? this.#paint("bold", line) : line;
    }).join("\n") + "\n";
  }
}
