/**
 * The lines of a file that fit a pattern, found without ever keeping other work waiting: long work
 * is cut into slices, and files larger than one piece are never whole in memory.
 *
 * @module
 */
import { host } from "../../runtime/host.ts";
import type { OpenFile, SyncFile } from "../../runtime/port.ts";
import { printable } from "../../process/output.ts";
import type { LinePattern } from "./line_pattern.ts";
import type { Pacer } from "./walk.ts";

/** Files up to this size are read at once, larger ones in pieces of it. In bytes. */
const PIECE = 512 * 1024;

/** How much of a line is shown, in characters, and how much of that is before the match's end. */
const MAX_SHOWN = 400;
const BEFORE = 300;

/** A line that fits. */
export interface Line {
  readonly number: number;
  /** The line, or where it is long the part around the match. */
  readonly shown: string;
}

/** What was found in a file. */
export interface Searched {
  readonly lines: readonly Line[];
  /** Where the system says that the file is that was read, if it does. */
  readonly where: string | undefined;
}

const decoder = new TextDecoder();

/** Searches one file after the other. */
export class LineSearch {
  #pattern: LinePattern;
  #pacer: Pacer;
  #worked = 0;
  #buffer: Uint8Array | undefined;

  constructor(pattern: LinePattern, pacer: Pacer) {
    this.#pattern = pattern;
    this.#pacer = pacer;
  }

  /**
   * The lines of a file that fit, at most so many; none where it is binary (holds a NUL), is no
   * regular file or can't be read.
   *
   * @returns `undefined`, at once, where nothing fits: that is so for most files of a search.
   */
  file(path: string, limit: number): Promise<Searched | undefined> | undefined {
    const { files } = host();
    const buffer = this.#buffer ??= new Uint8Array(PIECE + 1);
    let size = 0;
    let file: SyncFile | undefined;
    try {
      const info = files.lstatSync(path);
      // Without a size there is nothing, or a file of the system's that may never end.
      if (!info.isFile || info.size === 0) return undefined;
      if (info.size > PIECE) return this.#large(path, limit);
      file = files.openSync(path);
      for (let read = 1; read > 0 && size < buffer.length; size += read) {
        read = file.read(buffer.subarray(size));
      }
      if (size > PIECE) return this.#large(path, limit); // it grew
      const text = decoder.decode(buffer.subarray(0, size));
      if (this.#pattern.next(text, 0) < 0) return this.#pause();
      // In the text, as engines look for a character much faster there than for a byte in bytes.
      if (text.includes("\0")) return undefined;
      return this.#small(text, file.where(), limit);
    } catch {
      this.#pacer.check();
      return undefined; // gone, or not ours to read
    } finally {
      file?.close();
    }
  }

  /** Lets other work run where that is due. */
  #pause(): Promise<undefined> | undefined {
    return this.#pacer.turn()?.then(() => undefined);
  }

  async #small(text: string, where: string | undefined, limit: number): Promise<Searched> {
    const part = new FilePart(limit);
    await this.#lines(part, text);
    return { lines: part.lines, where };
  }

  async #large(path: string, limit: number): Promise<Searched | undefined> {
    try {
      const file = await host().files.open(path, { read: true });
      return { lines: await this.opened(file, Math.min(limit, 1)), where: undefined };
    } catch {
      this.#pacer.check();
      return undefined;
    }
  }

  /** The same of an open file, which is closed. */
  async opened(file: OpenFile, limit: number): Promise<Line[]> {
    try {
      const decoder = new TextDecoder();
      const buffer = this.#buffer ??= new Uint8Array(PIECE + 1);
      const part = new FilePart(limit);
      for (let open = true; open;) {
        const size = await file.read(buffer);
        open = size !== null;
        const text = decoder.decode(buffer.subarray(0, size ?? 0), { stream: open });
        if (text.includes("\0")) return [];
        // When there are enough, only whether it is binary is left to see.
        if (!part.full) await this.#piece(part, text, !open);
        await this.#pacer.turn();
      }
      return part.lines;
    } finally {
      await file.close();
    }
  }

  /** Goes through a piece; what follows its last line end waits for the next. */
  async #piece(part: FilePart, text: string, last: boolean): Promise<void> {
    if (part.long) {
      const end = text.indexOf("\n");
      await this.#longLine(part, end < 0 ? text : text.slice(0, end), end >= 0 || last);
      if (end < 0) return;
      text = text.slice(end + 1);
    }
    text = part.rest + text;
    const end = last ? text.length : text.lastIndexOf("\n") + 1;
    part.rest = text.slice(end);
    await this.#lines(part, text.slice(0, end));
    if (part.rest.length <= PIECE) return;
    part.long = { tail: "", shown: undefined };
    this.#pattern.matcher.start();
    const begun = part.rest;
    part.rest = "";
    await this.#longLine(part, begun, false);
  }

  /** Goes on in a line that is longer than a piece. */
  async #longLine(part: FilePart, text: string, ends: boolean): Promise<void> {
    const line = part.long!;
    const { matcher } = this.#pattern;
    // A carriage return may be the end's.
    if (line.tail.endsWith("\r")) {
      line.tail = line.tail.slice(0, -1);
      text = `\r${text}`;
    }
    const stop = text.endsWith("\r") ? text.length - 1 : text.length;
    for (let at = 0; at < stop && matcher.found === undefined;) {
      at = matcher.feed(text, at, stop);
      await this.#pacer.turn();
      if (matcher.found) line.shown = excerpt(line.tail + text, line.tail.length + at);
    }
    line.tail = (line.tail + text).slice(-MAX_SHOWN);
    if (!ends) return;
    if (matcher.end()) part.add(line.shown ?? printable(`…${line.tail}`));
    part.number++;
    part.long = undefined;
  }

  /** Goes through whole lines. */
  async #lines(part: FilePart, text: string): Promise<void> {
    const { matcher } = this.#pattern;
    let counted = 0;
    const countTo = (place: number) => {
      for (
        let at = text.indexOf("\n", counted);
        at >= 0 && at < place;
        at = text.indexOf("\n", at + 1)
      ) {
        part.number++;
        counted = at + 1;
      }
    };
    for (let at = 0; at < text.length && !part.full;) {
      const place = this.#pattern.next(text, at);
      if (place < 0) break;
      const start = place === 0 ? 0 : text.lastIndexOf("\n", place - 1) + 1;
      let next = text.indexOf("\n", place);
      if (next < 0) next = text.length;
      const end = next > start && text[next - 1] === "\r" ? next - 1 : next;
      matcher.start();
      let reached = matcher.feed(text, start, end);
      while (matcher.found === undefined && reached < end) {
        await this.#pacer.turn();
        reached = matcher.feed(text, reached, end);
      }
      if (matcher.end()) {
        countTo(start);
        part.add(excerpt(text.slice(start, end), reached - start));
      }
      at = next + 1;
      if (matcher.work - this.#worked > 100_000) {
        this.#worked = matcher.work;
        await this.#pacer.turn();
      }
    }
    countTo(text.length);
  }
}

/** How far a file is searched. */
class FilePart {
  readonly lines: Line[] = [];
  /** The number of the line that begins next. */
  number = 1;
  /** A line that is not whole yet. */
  rest = "";
  /** Such a line that is too long to be kept; its last characters, and what is to be shown. */
  long: { tail: string; shown: string | undefined } | undefined;
  #limit: number;

  constructor(limit: number) {
    this.#limit = limit;
  }

  get full(): boolean {
    return this.lines.length >= this.#limit;
  }

  add(shown: string): void {
    this.lines.push({ number: this.number, shown });
  }
}

/** A line as it is shown: whole, or what is around the match's end. */
function excerpt(line: string, end: number): string {
  if (line.length <= MAX_SHOWN) return printable(line);
  const at = Math.max(0, Math.min(end - BEFORE, line.length - MAX_SHOWN));
  const part = line.slice(at, at + MAX_SHOWN);
  return printable((at > 0 ? "…" : "") + part + (at + MAX_SHOWN < line.length ? "…" : ""));
}
