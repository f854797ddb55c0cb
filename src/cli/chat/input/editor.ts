/**
 * A text that is being written: keys change it. Pure: state and key in, state out.
 *
 * @module
 */
import type { Key } from "./keys.ts";
import { characters } from "../width.ts";

/** A text, where the cursor stands in it, and the texts before it. */
export interface Editor {
  readonly text: string;
  /** In UTF-16 units, at the border of a character. */
  readonly cursor: number;
  /** Earlier inputs, the oldest first. */
  readonly history: readonly string[];
  /** Which of them is shown; the history's length is the text that is being written. */
  readonly at: number;
  /** What was being written before the history was looked at. */
  readonly draft: string;
  /** What was cut last, for Ctrl-Y. */
  readonly cut: string;
}

/** What a key asks for beyond the text. */
export type Wish = "submit" | "interrupt" | "end" | "complete" | "clear" | "suspend" | undefined;

/** An empty text. */
export function emptyEditor(history: readonly string[] = []): Editor {
  return { text: "", cursor: 0, history, at: history.length, draft: "", cut: "" };
}

/** The editor with a text, the cursor at its end. */
export function withText(editor: Editor, text: string, cursor: number = text.length): Editor {
  return { ...editor, text, cursor };
}

/** The editor after an input was taken: empty, and the input is in the history. */
export function submitted(editor: Editor): Editor {
  const { history, text } = editor;
  const next = text.trim() === "" || history.at(-1) === text ? history : [...history, text];
  return { ...emptyEditor(next), cut: editor.cut };
}

/** Changes the text by a key. */
export function edit(editor: Editor, key: Key): { editor: Editor; wish?: Wish } {
  if (key.kind !== "key") return { editor: insert(editor, key.text) };
  switch (key.name) {
    case "enter":
      // a backslash at the end of a line is a new line, for terminals that know no Shift+Enter
      return editor.text[editor.cursor - 1] === "\\"
        ? { editor: insert(remove(editor, editor.cursor - 1, editor.cursor), "\n") }
        : { editor, wish: "submit" };
    case "newline":
    case "ctrl-o":
      return { editor: insert(editor, "\n") };
    case "tab":
      return { editor, wish: "complete" };
    case "ctrl-c":
      return { editor, wish: "interrupt" };
    case "ctrl-d":
      return editor.text === ""
        ? { editor, wish: "end" }
        : { editor: remove(editor, editor.cursor, after(editor)) };
    case "ctrl-l":
      return { editor, wish: "clear" };
    case "ctrl-z":
      return { editor, wish: "suspend" };
    case "up":
    case "ctrl-p":
      return { editor: vertical(editor, -1) };
    case "down":
    case "ctrl-n":
      return { editor: vertical(editor, 1) };
    default:
      return { editor: move(editor, key.name) };
  }
}

function move(editor: Editor, name: string): Editor {
  const { text, cursor } = editor;
  switch (name) {
    case "left":
    case "ctrl-b":
      return { ...editor, cursor: before(editor) };
    case "right":
    case "ctrl-f":
      return { ...editor, cursor: after(editor) };
    case "home":
    case "ctrl-a":
      return { ...editor, cursor: lineStart(text, cursor) };
    case "end":
    case "ctrl-e":
      return { ...editor, cursor: lineEnd(text, cursor) };
    case "word-left":
      return { ...editor, cursor: wordLeft(editor) };
    case "word-right":
      return { ...editor, cursor: wordRight(editor) };
    case "backspace":
    case "ctrl-h":
      return remove(editor, before(editor), cursor);
    case "delete":
      return remove(editor, cursor, after(editor));
    case "delete-word":
    case "ctrl-w":
      return cutOut(editor, wordLeft(editor), cursor);
    case "delete-word-right":
      return cutOut(editor, cursor, wordRight(editor));
    case "ctrl-u":
      return cutOut(editor, lineStart(text, cursor), cursor);
    case "ctrl-k": {
      const end = lineEnd(text, cursor);
      return cutOut(editor, cursor, end === cursor ? after(editor) : end);
    }
    case "ctrl-y":
      return insert(editor, editor.cut);
    default:
      return editor;
  }
}

function insert(editor: Editor, text: string): Editor {
  const { text: all, cursor } = editor;
  return {
    ...editor,
    text: all.slice(0, cursor) + text + all.slice(cursor),
    cursor: cursor + text.length,
  };
}

function remove(editor: Editor, from: number, to: number): Editor {
  return { ...editor, text: editor.text.slice(0, from) + editor.text.slice(to), cursor: from };
}

function cutOut(editor: Editor, from: number, to: number): Editor {
  const cut = editor.text.slice(from, to);
  return cut === "" ? editor : { ...remove(editor, from, to), cut };
}

/** The border of the character before the cursor. */
function before({ text, cursor }: Editor): number {
  const from = Math.max(0, cursor - 64);
  return cursor - (characters(text.slice(from, cursor)).at(-1)?.length ?? 0);
}

function after({ text, cursor }: Editor): number {
  return cursor + (characters(text.slice(cursor, cursor + 64))[0]?.length ?? 0);
}

function lineStart(text: string, cursor: number): number {
  return text.lastIndexOf("\n", cursor - 1) + 1;
}

function lineEnd(text: string, cursor: number): number {
  const end = text.indexOf("\n", cursor);
  return end === -1 ? text.length : end;
}

function wordLeft({ text, cursor }: Editor): number {
  const found = /[\p{L}\p{N}_]+[^\p{L}\p{N}_]*$/u.exec(text.slice(0, cursor));
  return found ? found.index : 0;
}

function wordRight({ text, cursor }: Editor): number {
  const found = /^[^\p{L}\p{N}_]*[\p{L}\p{N}_]+/u.exec(text.slice(cursor));
  return found ? cursor + found[0].length : text.length;
}

/** A line up or down; from the first or the last line into the history. */
function vertical(editor: Editor, by: 1 | -1): Editor {
  const { text, cursor } = editor;
  const start = lineStart(text, cursor);
  const column = cursor - start;
  if (by === -1) {
    if (start === 0) return recall(editor, -1);
    const above = lineStart(text, start - 1);
    return { ...editor, cursor: Math.min(above + column, start - 1) };
  }
  const end = lineEnd(text, cursor);
  if (end === text.length) return recall(editor, 1);
  return { ...editor, cursor: Math.min(end + 1 + column, lineEnd(text, end + 1)) };
}

function recall(editor: Editor, by: 1 | -1): Editor {
  const { history, at, text } = editor;
  const next = at + by;
  if (next < 0 || next > history.length) return editor;
  const draft = at === history.length ? text : editor.draft;
  const shown = next === history.length ? draft : history[next]!;
  return { ...withText(editor, shown), at: next, draft };
}
