/**
 * A server's output, read for as long as it lives, and its last lines kept.
 *
 * @module
 */
import { drain } from "./output.ts";
import { safeLine, withoutColors } from "../text/terminal.ts";

/** The most bytes kept, in characters. */
const CAP = 256 * 1024;

/** The most characters of one line. */
const LINE_CAP = 16 * 1024;

/** The last lines of one or more streams. */
export class LogBuffer {
  #lines: string[] = [];
  #size = 0;

  /** Adds a line; the oldest go where there are too many. */
  push(line: string): void {
    this.#lines.push(line);
    this.#size += line.length + 1;
    let drop = 0;
    while (this.#size > CAP && drop < this.#lines.length - 1) {
      this.#size -= this.#lines[drop++]!.length + 1;
    }
    if (drop > 0) this.#lines.splice(0, drop);
  }

  /** The lines kept, oldest first. */
  lines(): string[] {
    return [...this.#lines];
  }

  /** The last lines for an error message, without colours. */
  tail(count = 20): string[] {
    return this.#lines.slice(-count).map((line) => safeLine(withoutColors(line))).filter((line) =>
      line.trim() !== ""
    );
  }
}

/** Cuts a text that arrives in pieces into lines; what is too long for a line is cut off. */
export class LineSplitter {
  #decoder = new TextDecoder();
  #rest = "";
  #onLine: (line: string) => void;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  /** Takes the next bytes. */
  feed(chunk: Uint8Array): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    const lines = text.split("\n");
    lines[0] = this.#rest + lines[0];
    this.#rest = lines.pop()!.slice(0, LINE_CAP);
    for (const line of lines) {
      this.#onLine((line.endsWith("\r") ? line.slice(0, -1) : line).slice(0, LINE_CAP));
    }
  }

  /** Gives out what has no line end. */
  end(): void {
    if (this.#rest !== "") this.#onLine(this.#rest);
    this.#rest = "";
  }
}

/** A stream that is being read. */
export interface Draining {
  /** Resolves at its end; never rejects. */
  done: Promise<void>;
  /** Stops reading, although the stream has no end yet. */
  stop(): Promise<void>;
}

/** Reads a stream to its end, line by line. */
export function drainLines(
  stream: ReadableStream<Uint8Array>,
  onLine: (line: string) => void,
): Draining {
  const splitter = new LineSplitter(onLine);
  const { done, stop } = drain(stream, (chunk) => splitter.feed(chunk));
  return { done: done.then(() => splitter.end()), stop };
}
