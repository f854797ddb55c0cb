/**
 * A chat in lines alone: for pipes, for terminals that can't be redrawn, and for screen readers.
 *
 * @module
 */
import type { Io } from "../io.ts";
import type { Paint } from "../render/color.ts";
import type { Answer, Console, LineOptions } from "./console.ts";

/** Reads lines and writes lines; nothing is redrawn. */
export class LineConsole implements Console {
  readonly paint: Paint;
  readonly #io: Io;
  readonly #interactive: boolean;
  readonly #claim: (listener: () => void) => () => void;
  #midLine = false;
  /** The same of what is not of the answer. */
  #midAside = false;
  /** The cursor stands behind a prompt. */
  #prompted = false;
  #writing: Promise<void> = Promise.resolve();

  /** @param claim Listens to Ctrl-C, which no one else gets meanwhile. */
  constructor(io: Io, paint: Paint, claim: (listener: () => void) => () => void) {
    this.#claim = claim;
    this.#io = io;
    this.paint = paint;
    this.#interactive = io.inIsTerminal;
  }

  columns(): number {
    return this.#io.errIsTerminal ? this.#io.columns() : 120;
  }

  print(text: string): void {
    if (text === "") return;
    if (this.#midAside) this.aside("\n");
    this.#midLine = !text.endsWith("\n");
    this.#write(() => this.#io.out(text));
  }

  aside(text: string): void {
    if (this.#midLine) this.print("\n");
    this.#midAside = !text.endsWith("\n");
    this.#write(() => this.#io.err(text));
  }

  line(text: string): void {
    this.#endLine();
    const before = this.#prompted ? "\n" : "";
    this.#prompted = false;
    this.#write(() => this.#io.err(`${before}${text}\n`));
  }

  send(): void {}

  busy(): void {}

  async ask({ prompt, signal }: LineOptions): Promise<Answer> {
    this.#endLine();
    if (this.#interactive) this.#write(() => this.#io.err(prompt));
    this.#prompted = this.#interactive;
    await this.#writing;
    const never = new AbortController().signal;
    const line = await this.#io.readLine(signal ?? never).catch((error) => {
      if (signal?.aborted) return undefined;
      throw error;
    });
    if (line !== undefined) this.#prompted = false;
    if (line === undefined) return { kind: "interrupt" };
    return line === null ? { kind: "end" } : { kind: "line", text: line };
  }

  async choose(keys: string, hint: string, signal: AbortSignal): Promise<string | undefined> {
    if (!this.#interactive) return undefined;
    const answer = await this.ask({ prompt: `${hint} `, signal });
    const first = answer.kind === "line" ? answer.text.trim().toLowerCase()[0] : undefined;
    return first !== undefined && keys.includes(first) ? first : undefined;
  }

  onInterrupt(listener: () => void): () => void {
    return this.#claim(listener);
  }

  clear(): void {}

  async close(): Promise<void> {
    this.#endLine();
    await this.#writing;
  }

  #endLine(): void {
    if (this.#midAside) this.aside("\n");
    if (this.#midLine) this.print("\n");
  }

  #write(run: () => Promise<void>): void {
    this.#writing = this.#writing.then(run);
    this.#writing.catch(() => {});
  }
}
