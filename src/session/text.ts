/**
 * The text of one part: what was given out, and what is still to come.
 *
 * Deltas add to it while it is open; the event that closes it carries the whole (server 1.18.33).
 * The server trims the end of the text when it closes it, so white space at the end is held back
 * until more text follows: what is given out is always a beginning of what is stored.
 *
 * @module
 */

/** Follows one text or reasoning part. */
export class TextTracker {
  /** Whether the whole is known. */
  closed = false;
  /** How many characters were given out. */
  given = 0;
  #chunks: string[] = [];
  #held = "";
  #trusted = true;
  #restarted = 0;
  #full: string | undefined;

  constructor(
    readonly type: "text" | "reasoning",
    readonly messageId: string,
    readonly partId: string,
  ) {}

  /** The whole where it is known, else what was given out. */
  get text(): string {
    return this.#full ?? this.#chunks.join("");
  }

  /** A further piece; gives what may be given out now. */
  delta(piece: string): string {
    if (this.closed || !this.#trusted) return "";
    let text = this.#held + piece;
    if (this.#restarted > 0) {
      // the provider failed and begins anew: skip what is already out, as far as it is the same
      const out = this.#chunks.join("");
      const again = out.slice(out.length - this.#restarted);
      if (text.length < again.length && again.startsWith(text)) {
        this.#held = text;
        return "";
      }
      this.#restarted = 0;
      if (text.startsWith(again)) text = text.slice(again.length);
    }
    const end = text.trimEnd().length;
    this.#held = text.slice(end);
    return this.#give(text.slice(0, end));
  }

  /** The whole, from the event that closes the part or from the store; gives what was missing. */
  close(full: string): string {
    if (this.closed) return "";
    this.closed = true;
    this.#held = "";
    const out = this.#chunks.join("");
    this.#chunks = [];
    this.#full = full;
    if (full.startsWith(out)) {
      this.given = full.length;
      return full.slice(out.length);
    }
    return ""; // a plugin rewrote it, or the provider began anew: what is out can't be taken back
  }

  /** The server emptied the part, to fill it anew. */
  restart(): void {
    if (this.closed || this.given === 0) return;
    this.#restarted = this.given;
    this.#held = "";
  }

  /** Pieces may be missing: only the closing event can be trusted now. */
  gap(): void {
    if (!this.closed) this.#trusted = false;
  }

  #give(text: string): string {
    if (text !== "") this.#chunks.push(text);
    this.given += text.length;
    return text;
  }
}
