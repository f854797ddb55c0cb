/**
 * Markdown as blocks, one at a time, so that a text that still grows is read only from its last block
 * on. What is not understood is text; nothing is ever HTML.
 *
 * @module
 */
import { type Inline, parseInline } from "./inline.ts";

/** A block of a text. */
export type Block =
  | { type: "heading"; level: number; inline: Inline[] }
  | { type: "paragraph"; inline: Inline[] }
  | { type: "code"; language: string; text: string }
  | { type: "list"; ordered: boolean; start: number; items: Item[] }
  | { type: "quote"; blocks: Block[] }
  | { type: "table"; align: Align[]; header: Inline[][]; rows: Inline[][][] }
  | { type: "rule" };

/** An item of a list. */
export interface Item {
  /** For items such as `- [x] done`. */
  done?: boolean;
  blocks: Block[];
}

/** How a column of a table is aligned. */
export type Align = "left" | "center" | "right" | undefined;

/** One block, and where the next one begins. */
export interface Read {
  block: Block;
  end: number;
  /** It reaches the end of the text: more text may belong to it. */
  open: boolean;
}

// no two of a pattern's repetitions may take the same text: a hostile line would take them for ever
const FENCE = /^( {0,3})(`{3,}|~{3,})/;
const HEADING = /^ {0,3}(#{1,6})(?=\s|$)/;
const RULE = /^ {0,3}(?:(?:\*\s*){3,}|(?:-\s*){3,}|(?:_\s*){3,})$/;
const BULLET = /^( {0,3})([-*+]|\d{1,9}[.)])(\s+|$)/;
const QUOTE = /^ {0,3}> ?/;
/** Nested deeper than this, blocks are text. */
const MAX_DEPTH = 12;

/** A row gets no more empty cells than this: many columns and many short rows are a lot of them. */
const MAX_FILLED = 50;

/** Reads the block that begins at a place in the text; nothing where only blank lines are left. */
export function nextBlock(text: string, from: number, depth = 0): Read | undefined {
  const lines = new Lines(text, from);
  while (lines.current !== undefined && lines.current.trim() === "") lines.next();
  const line = lines.current;
  if (line === undefined) return undefined;
  const block = readBlock(lines, line, depth);
  return { block, end: lines.at, open: lines.current === undefined };
}

/** All blocks of a text. */
export function parseMarkdown(text: string, depth = 0): Block[] {
  const blocks: Block[] = [];
  for (let at = 0;;) {
    const read = nextBlock(text, at, depth);
    if (!read) return blocks;
    blocks.push(read.block);
    at = read.end;
  }
}

function readBlock(lines: Lines, line: string, depth: number): Block {
  const fence = fenceOf(line);
  if (fence) return readCode(lines, fence);
  const heading = HEADING.exec(line);
  if (heading) {
    lines.next();
    return {
      type: "heading",
      level: heading[1]!.length,
      inline: parseInline(withoutMarks(line.slice(heading[0].length).trim())),
    };
  }
  if (RULE.test(line)) {
    lines.next();
    return { type: "rule" };
  }
  if (depth < MAX_DEPTH) {
    if (QUOTE.test(line)) return readQuote(lines, depth);
    if (BULLET.test(line)) return readList(lines, depth);
  }
  return isTable(lines) ? readTable(lines) : readParagraph(lines);
}

interface Fence {
  indent: number;
  mark: string;
  language: string;
}

function fenceOf(line: string): Fence | undefined {
  const found = FENCE.exec(line);
  if (!found) return undefined;
  const rest = line.slice(found[0].length);
  if (rest.includes("`")) return undefined;
  return { indent: found[1]!.length, mark: found[2]!, language: /\S*/.exec(rest.trimStart())![0] };
}

/** The text of a heading without the `#` that close it. */
function withoutMarks(text: string): string {
  let end = text.length;
  while (text[end - 1] === "#") end--;
  if (end === text.length) return text;
  return end === 0 || /\s/.test(text[end - 1]!) ? text.slice(0, end).trimEnd() : text;
}

function readCode(lines: Lines, { indent, mark, language }: Fence): Block {
  const content: string[] = [];
  const close = new RegExp(`^ {0,3}${mark[0]}{${mark.length},}\\s*$`);
  const margin = new RegExp(`^ {0,${indent}}`);
  for (lines.next(); lines.current !== undefined; lines.next()) {
    if (close.test(lines.current)) {
      lines.next();
      break;
    }
    content.push(indent === 0 ? lines.current : lines.current.replace(margin, ""));
  }
  return { type: "code", language, text: content.join("\n") };
}

function readQuote(lines: Lines, depth: number): Block {
  const content: string[] = [];
  while (lines.current !== undefined && QUOTE.test(lines.current)) {
    content.push(lines.current.replace(QUOTE, ""));
    lines.next();
  }
  return { type: "quote", blocks: parseMarkdown(content.join("\n"), depth + 1) };
}

function readList(lines: Lines, depth: number): Block {
  const first = BULLET.exec(lines.current!)!;
  const kind = kindOf(first[2]!);
  const items: Item[] = [];
  while (lines.current !== undefined) {
    const bullet = BULLET.exec(lines.current);
    if (!bullet || kindOf(bullet[2]!) !== kind || RULE.test(lines.current)) break;
    items.push(readItem(lines, bullet, depth));
  }
  return {
    type: "list",
    ordered: /\d/.test(first[2]!),
    start: Number.parseInt(first[2]!) || 1,
    items,
  };
}

function kindOf(bullet: string): string {
  return bullet.at(-1)!;
}

function readItem(lines: Lines, bullet: RegExpExecArray, depth: number): Item {
  const width = bullet[0].trimEnd().length + Math.min(Math.max(bullet[3]!.length, 1), 4);
  const content = [lines.current!.slice(Math.min(width, bullet[0].length))];
  let blank = false;
  lines.next();
  while (lines.current !== undefined) {
    if (lines.current.trim() === "") {
      while (lines.current?.trim() === "") lines.next();
      blank = true;
      content.push("");
      continue;
    }
    const line: string = lines.current;
    const indent = line.length - line.trimStart().length;
    if (indent >= 2) content.push(line.slice(Math.min(indent, width)));
    else if (!blank && !BULLET.test(line) && !starts(line)) content.push(line);
    else break;
    blank = false;
    lines.next();
  }
  const task = /^\[([ xX])\]\s+/.exec(content[0]!);
  if (task) content[0] = content[0]!.slice(task[0].length);
  return {
    blocks: parseMarkdown(content.join("\n"), depth + 1),
    ...task && { done: task[1] !== " " },
  };
}

/** Whether a line begins a block of its own, without a blank line before it. */
function starts(line: string): boolean {
  return fenceOf(line) !== undefined || HEADING.test(line) || RULE.test(line) || QUOTE.test(line);
}

function isTable(lines: Lines): boolean {
  const rule = lines.peek();
  return lines.current!.includes("|") && rule !== undefined && rule.includes("-") &&
    rule.length < 2_000 && cells(rule).every((cell) => /^:?-+:?$/.test(cell)) &&
    cells(rule).length === cells(lines.current!).length;
}

function readTable(lines: Lines): Block {
  const header = cells(lines.current!).map(parseInline);
  lines.next();
  const align = cells(lines.current!).map((cell): Align => {
    const [left, right] = [cell.startsWith(":"), cell.endsWith(":")];
    return left && right ? "center" : right ? "right" : left ? "left" : undefined;
  });
  const rows: Inline[][][] = [];
  for (lines.next(); lines.current?.includes("|") && !starts(lines.current); lines.next()) {
    const row = cells(lines.current).slice(0, header.length).map(parseInline);
    while (row.length < Math.min(header.length, MAX_FILLED)) row.push([]);
    rows.push(row);
  }
  return { type: "table", align, header, rows };
}

function cells(line: string): string[] {
  const inner = line.trim().replace(/^\|/, "").replace(/(^|[^\\])\|$/, "$1");
  return inner.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|"));
}

function readParagraph(lines: Lines): Block {
  const content = [lines.current!.trimStart()];
  for (lines.next(); lines.current !== undefined; lines.next()) {
    const line = lines.current;
    const list = BULLET.test(line) && !/^\s*\d{2,}/.test(line);
    if (line.trim() === "" || starts(line) || list || isTable(lines)) break;
    content.push(line.trimStart());
  }
  return { type: "paragraph", inline: parseInline(content.join("\n").trimEnd()) };
}

/** The lines of a text from a place on. */
class Lines {
  /** Where the current line begins. */
  at: number;
  /** The line, without its end; nothing past the end of the text. */
  current: string | undefined;
  readonly #text: string;

  constructor(text: string, from: number) {
    this.#text = text;
    this.at = from;
    this.current = this.#line(from);
  }

  next(): void {
    const end = this.#text.indexOf("\n", this.at);
    this.at = end === -1 ? this.#text.length : end + 1;
    this.current = this.#line(this.at);
  }

  peek(): string | undefined {
    const end = this.#text.indexOf("\n", this.at);
    return end === -1 ? undefined : this.#line(end + 1);
  }

  #line(from: number): string | undefined {
    if (from >= this.#text.length) return undefined;
    const end = this.#text.indexOf("\n", from);
    return this.#text.slice(from, end === -1 ? undefined : end).replace(/\r$/, "");
  }
}
