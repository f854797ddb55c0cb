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
import { KeyReader } from "./input/reader.ts";
import { safeLine } from "../../text/terminal.ts";
import { Screen } from "./screen.ts";
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

/** How long a stop takes at most, in milliseconds: after it, there was no one to stop this program. */
const STOP_WAIT = 100;
/** How often what is shown is looked at again: the spinner turns, the width may have changed. */
const TICK = 100;

type Listener = (key: Key) => void;

/** A terminal whose last lines are redrawn. */
export class TerminalConsole implements Console {
  readonly paint: Paint;
  readonly #io: Io;
  readonly #screen = new Screen();
  readonly #reader: KeyReader;
  readonly #listeners: Listener[] = [];
  readonly #interrupts = new Set<() => void>();
  readonly #timer: ReturnType<typeof setInterval>;
  readonly #unsubscribe: () => void;
  /** What was typed while no input was asked for. */
  #ahead: Ahead;
  #redraw: (() => void) | undefined;
  #width: number;
  #ended = false;
  #closed = false;
  /** Ctrl-Z was typed; the terminal is the shell's. */
  #suspended = false;
  #stopping: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> = Promise.resolve();

  /** @param history Earlier inputs, the oldest first. */
  constructor(io: Io, paint: Paint, history: readonly string[]) {
    this.#io = io;
    this.paint = paint;
    this.#ahead = { editor: emptyEditor(history), queued: [] };
    this.#width = io.columns();
    io.setRaw(true);
    this.#write("\u001b[?2004h"); // a paste is told from typing
    this.#reader = new KeyReader(io.input(), {
      keys: (keys) => this.#take(keys),
      end: () => this.#end(),
    });
    this.#unsubscribe = io.onContinue(() => this.#resume());
    this.#timer = setInterval(() => this.#tick(), TICK);
  }

  columns(): number {
    return this.#io.columns();
  }

  print(text: string): void {
    this.#redraw = undefined;
    this.#write(this.#screen.print(text, this.columns()));
  }

  line(text: string): void {
    this.#redraw = undefined;
    this.#write(this.#screen.freshLine(this.columns()));
    this.print(`${text}\n`);
  }

  send(sequence: string): void {
    this.#write(sequence);
  }

  busy(what: string | undefined): void {
    this.#redraw = undefined;
    this.#write(this.#screen.erase(this.columns()));
    if (what === undefined) return;
    const since = Date.now();
    this.#redraw = () => {
      if (this.#screen.midLine) return;
      const columns = this.columns();
      const spinner = spinnerLine(what, Date.now() - since, columns, this.paint);
      const rows = [spinner, ...this.#queuedLines(columns)];
      this.#write(this.#screen.area({ rows, row: 0, column: 0 }, columns));
    };
  }

  async ask({ prompt, history = false, complete, signal }: LineOptions): Promise<Answer> {
    if (this.#ended) return { kind: "end" };
    this.#write(this.#screen.freshLine(this.columns()));
    const { editor: kept, queued: [next, ...others] } = this.#ahead;
    if (history && next !== undefined) {
      this.#ahead = { editor: kept, queued: others };
      this.#show(prompt, next);
      return { kind: "line", text: next };
    }
    let editor = history ? kept : emptyEditor();
    let candidates: string[] = [];
    const show = () => {
      const columns = this.columns();
      const { text, cursor } = editor;
      const more = " ".repeat(prompt.length);
      const drawn = visible(layout({ text, cursor, width: columns, prompt, more }), MOST_ROWS);
      const hint = candidates.length > 0
        ? [this.paint("dim", candidates.join("  ").slice(0, columns - 1))]
        : [];
      this.#write(this.#screen.area({ ...drawn, rows: [...drawn.rows, ...hint] }, columns));
    };
    this.#redraw = show;
    const answer = await new Promise<Answer>((resolve) => {
      const stop = this.#listen((key) => {
        candidates = [];
        const { editor: next, wish } = edit(editor, key);
        editor = next;
        if (wish === "submit") return done({ kind: "line", text: editor.text });
        if (wish === "end") return done({ kind: "end" });
        if (wish === "interrupt") {
          if (editor.text === "") return done({ kind: "interrupt" });
          editor = withText(editor, "");
        } else if (wish === "clear") this.#write(this.#screen.clear());
        else if (wish === "complete" && complete) {
          void complete(editor.text, editor.cursor).then((found) => {
            if (!found) return;
            editor = withText(editor, found.text, found.cursor);
            candidates = found.candidates;
            show();
          });
        }
        show();
      });
      const leave = () => done({ kind: "interrupt" });
      const done = (value: Answer) => {
        stop();
        signal?.removeEventListener("abort", leave);
        this.#onEnd = undefined;
        resolve(value);
      };
      signal?.addEventListener("abort", leave, { once: true });
      this.#onEnd = () => done({ kind: "end" });
      show();
      if (signal?.aborted) leave();
    });
    this.#redraw = undefined;
    this.#write(this.#screen.erase(this.columns()));
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
    const show = () =>
      this.#write(this.#screen.area({ rows: [hint], row: 0, column: 0 }, this.columns()));
    this.#write(this.#screen.freshLine(this.columns()));
    this.#redraw = show;
    show();
    const chosen = await new Promise<string | undefined>((resolve) => {
      const stop = this.#listen((key) => {
        if (key.kind === "key" && key.name === "ctrl-c") return this.#interrupt();
        const typed = key.kind === "text" ? key.text.toLowerCase() : undefined;
        if (typed !== undefined && typed.length === 1 && keys.includes(typed)) done(typed);
      });
      const leave = () => done(undefined);
      const done = (value: string | undefined) => {
        stop();
        signal.removeEventListener("abort", leave);
        this.#onEnd = undefined;
        resolve(value);
      };
      this.#onEnd = leave;
      signal.addEventListener("abort", leave, { once: true });
      if (signal.aborted || this.#ended) leave();
    });
    this.#redraw = undefined;
    this.#write(this.#screen.erase(this.columns()));
    return chosen;
  }

  onInterrupt(listener: () => void): () => void {
    this.#interrupts.add(listener);
    return () => this.#interrupts.delete(listener);
  }

  clear(): void {
    this.#write(this.#screen.clear());
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#unsubscribe();
    clearInterval(this.#timer);
    this.#reader.stop();
    clearTimeout(this.#stopping);
    this.#write(`${this.#screen.freshLine(this.columns())}\u001b[?2004l`);
    await this.#writing;
    await this.#reader.cancel();
    this.#io.setRaw(false);
  }

  #onEnd: (() => void) | undefined;

  #listen(listener: Listener): () => void {
    this.#listeners.push(listener);
    return () => {
      const at = this.#listeners.lastIndexOf(listener);
      if (at !== -1) this.#listeners.splice(at, 1);
    };
  }

  #end(): void {
    this.#ended = true;
    this.#onEnd?.();
  }

  /** What is typed while nothing is asked for waits for the next input; Ctrl-C does not wait. */
  #take(keys: Key[]): void {
    for (const key of keys) {
      const listener = this.#listeners.at(-1);
      if (key.kind === "key" && key.name === "ctrl-z") void this.#suspend();
      else if (listener) listener(key);
      else if (key.kind === "key" && key.name === "ctrl-c") this.#interrupt();
      else this.#typeAhead(key);
    }
  }

  /** Gives the terminal back to the shell until the user brings the chat back. */
  async #suspend(): Promise<void> {
    this.#suspended = true;
    this.#write(`${this.#screen.freshLine(this.columns())}\u001b[?2004l`);
    await this.#writing;
    if (this.#closed) return;
    this.#io.setRaw(false);
    this.#io.suspend();
    // where no shell can bring it back, nothing was stopped
    this.#stopping = setTimeout(() => this.#resume(), STOP_WAIT);
  }

  /** Takes the terminal again, after whatever a shell made of it. */
  #resume(): void {
    clearTimeout(this.#stopping);
    if (this.#closed) return;
    this.#io.setRaw(false); // what is believed to be raw is not made so
    this.#io.setRaw(true);
    this.#write("\u001b[?2004h");
    if (this.#suspended) this.#screen.forget();
    this.#suspended = false;
    this.#redraw?.();
  }

  #typeAhead(key: Key): void {
    const { queued } = this.#ahead;
    this.#ahead = typeAhead(this.#ahead, key);
    if (queued !== this.#ahead.queued) this.#redraw?.();
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

  #tick(): void {
    const columns = this.columns();
    const spins = this.#listeners.length === 0;
    if (!this.#suspended && (spins || columns !== this.#width)) this.#redraw?.();
    this.#width = columns;
  }

  #write(text: string): void {
    if (text === "") return;
    // a terminal that is gone is the same as the end of input
    this.#writing = this.#writing.then(() => this.#io.out(text)).catch(() => this.#end());
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
