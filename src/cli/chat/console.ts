/**
 * Where a chat happens: what it writes, asks and shows. One for terminals that can be redrawn, one for
 * lines alone (`line_console.ts`).
 *
 * @module
 */
import type { Io } from "../io.ts";
import type { Paint } from "../render/color.ts";
import { spinnerLine } from "../render/lines.ts";
import { type Ahead, takeBack, typeAhead } from "./input/ahead.ts";
import { edit, emptyEditor, submitted, withText } from "./input/editor.ts";
import type { Key } from "./input/keys.ts";
import { layout, visible } from "./input/layout.ts";
import { type Asking, Keyboard } from "./input/keyboard.ts";
import { safeLine } from "../../text/terminal.ts";
import { Canvas, type Draw } from "./canvas.ts";
import { Suspension } from "./suspension.ts";
import { characters, textColumns } from "./width.ts";

/** How somebody answered. */
export type Answer =
  | { kind: "line"; text: string }
  /** Ctrl-C. */
  | { kind: "interrupt" }
  /** The end of input. */
  | { kind: "end" };

/** What completes the word before the cursor. */
export type Completer = (
  text: string,
  cursor: number,
) => Promise<{ text: string; cursor: number; candidates: string[] } | undefined>;

/** What {@linkcode Console.ask} takes. */
export interface LineOptions {
  /** Stands before the input. */
  prompt: string;
  /** Earlier inputs, which Up recalls; the answer is added. @default {none} */
  history?: boolean;
  complete?: Completer;
  /** Nobody waits for the answer any more. */
  signal?: AbortSignal;
}

/** A place for a chat. */
export interface Console {
  readonly paint: Paint;
  /** How wide it is. */
  columns(): number;
  /** Writes text that stays. */
  print(text: string): void;
  /** Writes text that stays and is not of the answer, such as reasoning: on lines of its own. */
  aside(text: string): void;
  /** Writes a line that stays, at the beginning of a line. */
  line(text: string): void;
  /** Sends what the terminal obeys and nobody sees. */
  send(sequence: string): void;
  /** Shows what goes on, until something else is written; nothing where `undefined`. */
  busy(what: string | undefined): void;
  /** Asks for an input. */
  ask(options: LineOptions): Promise<Answer>;
  /** Asks for one of some keys. @returns The key, or `undefined` where the signal aborts. */
  choose(keys: string, hint: string, signal: AbortSignal): Promise<string | undefined>;
  /** Called for Ctrl-C while no input is asked for; returns how to stop listening. */
  onInterrupt(listener: () => void): () => void;
  /** Removes what is shown. */
  clear(): void;
  /** Puts the terminal back as it was. */
  close(): Promise<void>;
}

/** A terminal whose last lines are redrawn. */
export class TerminalConsole implements Console {
  readonly paint: Paint;
  readonly #io: Io;
  readonly #canvas: Canvas;
  readonly #keyboard: Keyboard;
  readonly #suspension: Suspension;
  readonly #interrupts = new Set<() => void>();
  /** What was written last. */
  #last: "answer" | "aside" = "answer";
  /** What was typed while no input was asked for. */
  #ahead: Ahead;

  /** @param history Earlier inputs, the oldest first. */
  constructor(io: Io, paint: Paint, history: readonly string[]) {
    this.#io = io;
    this.paint = paint;
    this.#ahead = { editor: emptyEditor(history), queued: [] };
    io.setRaw(true);
    this.#canvas = new Canvas(io, () => !this.#keyboard.isAsked, () => this.#keyboard.end());
    this.#suspension = new Suspension(io, this.#canvas);
    this.#keyboard = new Keyboard(io.input(), {
      suspend: () => void this.#suspension.suspend(),
      idle: (key) => this.#idle(key),
    });
  }

  columns(): number {
    return this.#canvas.columns();
  }

  print(text: string): void {
    if (text !== "") this.#kind("answer");
    this.#canvas.print(text);
  }

  aside(text: string): void {
    this.#kind("aside");
    this.#canvas.print(text);
  }

  /** What is not of one kind does not share a line. */
  #kind(kind: "answer" | "aside"): void {
    if (this.#last !== kind) this.#canvas.freshLine();
    this.#last = kind;
  }

  line(text: string): void {
    this.#canvas.freshLine();
    this.print(`${text}\n`);
  }

  send(sequence: string): void {
    this.#canvas.send(sequence);
  }

  busy(what: string | undefined): void {
    this.#canvas.erase();
    if (what === undefined) return;
    const since = Date.now();
    this.#canvas.showSoon((columns) => {
      if (this.#canvas.midLine) return undefined;
      const spinner = spinnerLine(what, Date.now() - since, columns, this.paint);
      return { rows: [spinner, ...this.#queuedLines(columns)], row: 0, column: 0 };
    });
  }

  async ask({ prompt, history = false, complete, signal }: LineOptions): Promise<Answer> {
    if (this.#keyboard.ended) return { kind: "end" };
    this.#canvas.freshLine();
    const { editor: kept, queued: [next, ...others] } = this.#ahead;
    if (history && next !== undefined) {
      this.#ahead = { editor: kept, queued: others };
      this.#show(prompt, next);
      return { kind: "line", text: next };
    }
    let editor = history ? kept : emptyEditor();
    let candidates: string[] = [];
    let isOpen = true;
    const draw = (width: number) => {
      const { text, cursor } = editor;
      const more = " ".repeat(prompt.length);
      const drawn = visible(layout({ text, cursor, width, prompt, more }), MOST_ROWS);
      const hint = candidates.length > 0
        ? [this.paint("dim", candidates.join("  ").slice(0, width - 1))]
        : [];
      return { ...drawn, rows: [...drawn.rows, ...hint] };
    };
    const answer = await this.#asked<Answer>(draw, signal, (done) => ({
      end: () => done({ kind: "end" }),
      leave: () => done({ kind: "interrupt" }),
      key: (key) => {
        candidates = [];
        const { editor: next, wish } = edit(editor, key);
        editor = next;
        if (wish === "submit") return done({ kind: "line", text: editor.text });
        if (wish === "end") return done({ kind: "end" });
        if (wish === "interrupt") {
          if (editor.text === "") return done({ kind: "interrupt" });
          editor = withText(editor, "");
        } else if (wish === "clear") this.#canvas.clear();
        else if (wish === "complete" && complete) {
          void complete(editor.text, editor.cursor).then((found) => {
            if (!found || !isOpen) return;
            editor = withText(editor, found.text, found.cursor);
            candidates = found.candidates;
            this.#canvas.show(draw);
          });
        }
        this.#canvas.show(draw);
      },
    }));
    isOpen = false;
    if (answer.kind === "line") this.#show(prompt, editor.text);
    if (history) {
      const next = answer.kind === "line" ? submitted(editor) : emptyEditor(editor.history);
      this.#ahead = { ...this.#ahead, editor: next };
    }
    return answer;
  }

  /** An input that was taken stays where it was written. */
  #show(prompt: string, text: string): void {
    const more = " ".repeat(prompt.length);
    const width = this.columns();
    const { rows } = layout({ text, cursor: text.length, width, prompt, more });
    this.print(`${rows.join("\n")}\n`);
  }

  async choose(keys: string, hint: string, signal: AbortSignal): Promise<string | undefined> {
    this.#canvas.freshLine();
    const draw = () => ({ rows: [hint], row: 0, column: 0 });
    return await this.#asked<string | undefined>(draw, signal, (done) => ({
      end: () => done(undefined),
      leave: () => done(undefined),
      key: (key) => {
        if (key.kind === "key" && key.name === "ctrl-c") return this.#interrupt();
        const typed = key.kind === "text" ? key.text.toLowerCase() : undefined;
        if (typed !== undefined && typed.length === 1 && keys.includes(typed)) done(typed);
      },
    }));
  }

  /** Shows rows until the keys have given an answer. */
  async #asked<T>(
    draw: Draw,
    signal: AbortSignal | undefined,
    by: (done: (answer: T) => void) => Asking & { leave(): void },
  ): Promise<T> {
    const answer = await new Promise<T>((resolve) => {
      const { leave, ...asking } = by((answer) => {
        stop(); // at once: the next key may have come already, and is not for this
        signal?.removeEventListener("abort", leave);
        resolve(answer);
      });
      const stop = this.#keyboard.ask(asking);
      signal?.addEventListener("abort", leave, { once: true });
      this.#canvas.show(draw);
      if (this.#keyboard.ended) asking.end();
      else if (signal?.aborted) leave();
    });
    this.#canvas.erase();
    return answer;
  }

  onInterrupt(listener: () => void): () => void {
    this.#interrupts.add(listener);
    return () => this.#interrupts.delete(listener);
  }

  clear(): void {
    this.#canvas.clear();
  }

  async close(): Promise<void> {
    this.#suspension.stop();
    this.#keyboard.stop();
    await this.#canvas.close();
    await this.#keyboard.cancel();
    if (!this.#suspension.away) this.#io.setRaw(false);
  }

  /** What is typed while nothing is asked for waits for the next input; Ctrl-C does not wait. */
  #idle(key: Key): void {
    if (key.kind === "key" && key.name === "ctrl-c") return this.#interrupt();
    const { queued } = this.#ahead;
    this.#ahead = typeAhead(this.#ahead, key);
    if (queued !== this.#ahead.queued) this.#canvas.redraw();
  }

  /** The prompts that wait for the turn to end, a row each. */
  #queuedLines(columns: number): string[] {
    return this.#ahead.queued.map((text) => queuedLine(text, columns, this.paint));
  }

  #interrupt(): void {
    // what was to come after the turn is not sent by itself when the turn is stopped
    this.#ahead = takeBack(this.#ahead);
    for (const listener of [...this.#interrupts]) listener();
  }
}

/** A prompt that waits for the turn to end, in one row. */
function queuedLine(text: string, columns: number, paint: Paint): string {
  const row = `  queued: ${safeLine(text)}`;
  return paint("dim", textColumns(row) < columns ? row : cut(row, columns - 2) + "…");
}

/** As much of a text as fits into so many columns. */
function cut(text: string, columns: number): string {
  let kept = "";
  let taken = 0;
  for (const character of characters(text)) {
    taken += textColumns(character);
    if (taken > columns) break;
    kept += character;
  }
  return kept;
}

/** An input takes at most so many rows of the screen. */
const MOST_ROWS = 12;
