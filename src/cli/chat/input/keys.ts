/**
 * From the bytes of a terminal to keys. Pure: bytes in, keys out.
 *
 * @module
 */

/** The names of keys that are no text. */
export type KeyName =
  | "enter"
  | "newline"
  | "tab"
  | "backtab"
  | "backspace"
  | "delete"
  | "escape"
  | "up"
  | "down"
  | "left"
  | "right"
  | "home"
  | "end"
  | "pageup"
  | "pagedown"
  | "word-left"
  | "word-right"
  | "delete-word"
  | "delete-word-right"
  | `ctrl-${string}`
  | "unknown";

/** One key, a piece of text, or a paste. */
export type Key =
  | { kind: "text"; text: string }
  | { kind: "paste"; text: string }
  | { kind: "key"; name: KeyName };

const ESC = "\u001b";
const PASTE_BEGINS = `${ESC}[200~`;
const PASTE_ENDS = `${ESC}[201~`;

/** Text, line ends and tabs alone. */
// deno-lint-ignore no-control-regex
const PLAIN = /^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]+$/;
/** A line with text, and more text after it. */
const LINES = /\S[^\r\n]*[\r\n]\s*\S/;

/** Final characters of sequences such as `ESC [ A`. */
const FINALS: Readonly<Record<string, KeyName>> = {
  A: "up",
  B: "down",
  C: "right",
  D: "left",
  F: "end",
  H: "home",
  Z: "backtab",
  M: "enter",
};

/** Numbers of sequences such as `ESC [ 3 ~`. */
const NUMBERS: Readonly<Record<string, KeyName>> = {
  "1": "home",
  "3": "delete",
  "4": "end",
  "5": "pageup",
  "6": "pagedown",
  "7": "home",
  "8": "end",
};

/** What follows an escape where Alt is held. */
const ALT: Readonly<Record<string, KeyName>> = {
  b: "word-left",
  f: "word-right",
  d: "delete-word-right",
  "\u007f": "delete-word",
  "\b": "delete-word",
  "\r": "newline",
  "\n": "newline",
};

const CONTROLS: Readonly<Record<string, KeyName>> = {
  "\r": "enter",
  "\n": "newline",
  "\t": "tab",
  "\u007f": "backspace",
  "\b": "backspace",
};

/** Reads keys; a sequence that is cut is kept until the rest of it comes. */
export class KeyDecoder {
  readonly #decoder = new TextDecoder();
  #rest = "";
  /** The text of a paste that has not ended yet. */
  #paste: string | undefined;

  /** Whether a sequence has begun; after a short wait, `flush` takes it as it is. */
  get pending(): boolean {
    return this.#rest !== "" && this.#paste === undefined;
  }

  /**
   * Takes bytes that came at once.
   *
   * @param more They came right after a paste that the terminal did not mark, and belong to it.
   */
  feed(bytes: Uint8Array, more = false): Key[] {
    const text = this.#decoder.decode(bytes, { stream: true });
    // nobody types a line, Enter and more within one read: a paste, where the terminal marks none
    if (this.#rest === "" && this.#paste === undefined && PLAIN.test(text)) {
      if (more || LINES.test(text)) return [{ kind: "paste", text: text.replace(/\r\n?/g, "\n") }];
    }
    this.#rest += text;
    return this.#read(false);
  }

  /** Nothing more came for a while: an escape alone was the key itself. */
  flush(): Key[] {
    return this.#paste === undefined ? this.#read(true) : [];
  }

  #read(last: boolean): Key[] {
    const keys: Key[] = [];
    for (;;) {
      if (this.#paste !== undefined) {
        if (!this.#readPaste(keys)) return keys;
        continue;
      }
      if (this.#rest === "") return keys;
      if (this.#rest[0] !== ESC) this.#readText(keys);
      else if (!this.#readSequence(keys, last)) return keys;
    }
  }

  /** A paste goes on until its end is there; what may be a part of the end waits. */
  #readPaste(keys: Key[]): boolean {
    const end = this.#rest.indexOf(PASTE_ENDS);
    if (end === -1) {
      const keep = Math.max(0, this.#rest.length - PASTE_ENDS.length + 1);
      this.#paste += this.#rest.slice(0, keep);
      this.#rest = this.#rest.slice(keep);
      return false;
    }
    const text = (this.#paste! + this.#rest.slice(0, end)).replace(/\r\n?/g, "\n");
    this.#rest = this.#rest.slice(end + PASTE_ENDS.length);
    this.#paste = undefined;
    keys.push({ kind: "paste", text });
    return true;
  }

  #readText(keys: Key[]): void {
    // deno-lint-ignore no-control-regex
    const text = /^[^\u0000-\u001f\u007f]+/.exec(this.#rest)?.[0];
    if (text !== undefined) {
      keys.push({ kind: "text", text });
      this.#rest = this.#rest.slice(text.length);
      return;
    }
    const control = this.#rest[0]!;
    this.#rest = this.#rest.slice(1);
    keys.push({ kind: "key", name: CONTROLS[control] ?? controlName(control) });
  }

  /** Returns whether a sequence was read. */
  #readSequence(keys: Key[], last: boolean): boolean {
    if (this.#rest.startsWith(PASTE_BEGINS)) {
      this.#rest = this.#rest.slice(PASTE_BEGINS.length);
      this.#paste = "";
      return true;
    }
    // deno-lint-ignore no-control-regex
    const sequence = /^\u001b(?:\[([0-9;?]*)([@-~])|O([@-~]))/.exec(this.#rest);
    if (sequence) {
      const [whole, numbers = "", final, plain] = sequence;
      this.#rest = this.#rest.slice(whole.length);
      keys.push({ kind: "key", name: sequenceName(numbers, final ?? plain!) });
      return true;
    }
    const next = this.#rest[1];
    // deno-lint-ignore no-control-regex
    const begun = next === undefined || /^\u001b(?:\[[0-9;?]*|O)$/.test(this.#rest);
    if (begun && !last) return false;
    if (next === undefined || begun) {
      this.#rest = this.#rest.slice(1);
      keys.push({ kind: "key", name: "escape" });
      return true;
    }
    if (next === ESC) {
      this.#rest = this.#rest.slice(1);
      keys.push({ kind: "key", name: "escape" });
      return true;
    }
    this.#rest = this.#rest.slice(2);
    keys.push({ kind: "key", name: ALT[next] ?? "unknown" });
    return true;
  }
}

function controlName(character: string): KeyName {
  const code = character.charCodeAt(0);
  return code >= 1 && code <= 26 ? `ctrl-${String.fromCharCode(code + 96)}` : "unknown";
}

function sequenceName(numbers: string, final: string): KeyName {
  const [first = "", modifier = "1", code] = numbers.split(";");
  // Alt or Ctrl with an arrow moves by words
  const moves = Number(modifier) >= 3;
  if (final === "u" && first === "13") return moves || modifier === "2" ? "newline" : "enter";
  if (final === "~") {
    if (first === "27" && code === "13") return "newline";
    return NUMBERS[first] ?? "unknown";
  }
  if (final === "D" && moves) return "word-left";
  if (final === "C" && moves) return "word-right";
  return FINALS[final] ?? "unknown";
}
