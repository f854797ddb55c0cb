/**
 * One file out of a tar archive, as the bytes arrive. `@std/tar` would serve, but is not part of the
 * npm package that stands in for JSR where that cannot be reached.
 *
 * @module
 */

/** Where the wanted file goes. */
export interface Sink {
  /** Takes the next bytes; resolves when more may come. */
  write(data: Uint8Array): Promise<void>;
}

/** The file that is wanted. */
export interface Wanted {
  /** Whether it has this path in the archive. */
  is(name: string): boolean;
  sink: Sink;
  /** The most bytes that it may have. */
  max: number;
}

const BLOCK = 512;

/** An entry whose content is being read. */
interface Entry {
  into: "sink" | "name" | "skip";
  /** What is left of its content, and of the padding behind that. */
  left: number;
  padding: number;
}

/** Reads a tar archive piece by piece; only the wanted file's content is handed on. */
export class TarReader {
  readonly #wanted: Wanted;
  readonly #header = new Uint8Array(BLOCK);
  #filled = 0;
  #entry: Entry = { into: "skip", left: 0, padding: 0 };
  /** The name of the next entry, where one came before it, and its pieces while it comes. */
  #longName: string | undefined;
  #name: Uint8Array[] = [];
  #found = false;
  #ended = false;

  constructor(wanted: Wanted) {
    this.#wanted = wanted;
  }

  /** Takes the next bytes of the archive. */
  async feed(chunk: Uint8Array): Promise<void> {
    for (let at = 0; at < chunk.length && !this.#ended;) {
      const entry = this.#entry;
      if (entry.left > 0) {
        const piece = chunk.subarray(at, at + entry.left);
        at += piece.length;
        entry.left -= piece.length;
        if (entry.into === "sink") await this.#wanted.sink.write(piece);
        if (entry.into === "name") this.#name.push(piece.slice());
        if (entry.left === 0) this.#endEntry();
      } else if (entry.padding > 0) {
        const skipped = Math.min(entry.padding, chunk.length - at);
        at += skipped;
        entry.padding -= skipped;
      } else {
        const piece = chunk.subarray(at, at + BLOCK - this.#filled);
        this.#header.set(piece, this.#filled);
        this.#filled += piece.length;
        at += piece.length;
        if (this.#filled === BLOCK) this.#beginEntry();
      }
    }
  }

  /** Says that the archive is over; throws where the wanted file was not whole in it. */
  end(): void {
    if (this.#entry.left > 0 || (this.#filled > 0 && !this.#ended)) {
      throw new Error("the archive is cut off");
    }
    if (!this.#found) throw new Error("the archive does not hold the program");
  }

  #beginEntry(): void {
    this.#filled = 0;
    const header = this.#header;
    if (header.every((byte) => byte === 0)) {
      this.#ended = true;
      return;
    }
    if (octal(header, 148, 8) !== checksum(header)) {
      throw new Error("the archive is not a tar file");
    }
    const size = octal(header, 124, 12);
    if (!Number.isSafeInteger(size) || size < 0) {
      throw new Error("the archive has a bad size in it");
    }
    this.#entry = {
      into: this.#destination(header, size),
      left: size,
      padding: (BLOCK - size % BLOCK) % BLOCK,
    };
    if (size === 0) this.#endEntry();
  }

  #destination(header: Uint8Array, size: number): Entry["into"] {
    const type = String.fromCharCode(header[156]!);
    if (type === "L" || type === "x") {
      // The name of the entry that follows, in GNU's way or in POSIX's.
      if (size > 64 * 1024) throw new Error("the archive has a file name that is too long");
      this.#name = [];
      return "name";
    }
    const name = this.#longName ?? nameOf(header);
    this.#longName = undefined;
    // Links and devices of the wanted name are not the wanted file.
    if ((type !== "0" && type !== "\0") || !this.#wanted.is(name)) return "skip";
    if (this.#found) throw new Error("the archive holds the program twice");
    if (size > this.#wanted.max) throw new Error("the program in the archive is too large");
    this.#found = true;
    return "sink";
  }

  #endEntry(): void {
    if (this.#entry.into !== "name") return;
    const bytes = new Uint8Array(this.#name.reduce((sum, one) => sum + one.length, 0));
    let at = 0;
    for (const one of this.#name) {
      bytes.set(one, at);
      at += one.length;
    }
    const text = new TextDecoder().decode(bytes);
    const posix = /(?:^|\n)\d+ path=([^\n]*)\n/.exec(text)?.[1];
    this.#longName = this.#header[156] === 0x4c ? text.replace(/\0.*$/s, "") : posix;
    this.#name = [];
  }
}

function nameOf(header: Uint8Array): string {
  const name = text(header, 0, 100);
  const ustar = text(header, 257, 5) === "ustar";
  const prefix = ustar ? text(header, 345, 155) : "";
  return prefix ? `${prefix}/${name}` : name;
}

function text(header: Uint8Array, at: number, length: number): string {
  const field = header.subarray(at, at + length);
  const end = field.indexOf(0);
  return new TextDecoder().decode(end < 0 ? field : field.subarray(0, end));
}

/** A number in octal digits, or, above 8 GiB, in base 256. */
function octal(header: Uint8Array, at: number, length: number): number {
  if (header[at]! & 0x80) {
    let value = header[at]! & 0x7f;
    for (let i = 1; i < length; i++) value = value * 256 + header[at + i]!;
    return value;
  }
  return parseInt(text(header, at, length).trim() || "0", 8);
}

/** The sum of a header's bytes, its own field counted as spaces. */
function checksum(header: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : header[i]!;
  return sum;
}
