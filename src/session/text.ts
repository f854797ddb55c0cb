/**
 * The text of one part: what was given out, and what is still to come.
 *
 * Deltas add to it while it is open; the event that closes it carries the whole (server 1.18.33).
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
  #trusted = true;
  /** Set while the server fills the part anew: what is out already, and how much came again. */
  #again: { out: string; came: string } | undefined;
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
    if (this.#again) {
      // the provider failed and begins anew: skip what is already out, as far as it is the same
      const { out } = this.#again;
      const came = this.#again.came + piece;
      this.#again.came = came;
      if (came.length < out.length && out.startsWith(came)) return "";
      this.#again = undefined;
      if (came.startsWith(out)) piece = came.slice(out.length);
      else {
        this.#chunks = [];
        piece = came;
      }
    }
    if (piece !== "") this.#chunks.push(piece);
    this.given += piece.length;
    return piece;
  }

  /** The whole, from the event that closes the part or from the store; gives what was missing. */
  close(full: string): string {
    if (this.closed) return "";
    this.closed = true;
    const out = this.#chunks.join("");
    this.#chunks = [];
    this.#full = full;
    this.given = full.length;
    // where a plugin rewrote it, what is out can't be taken back
    return full.startsWith(out) ? full.slice(out.length) : "";
  }

  /** The server emptied the part, to fill it anew. */
  restart(): void {
    if (!this.closed && this.given > 0) this.#again = { out: this.#chunks.join(""), came: "" };
  }

  /** Pieces may be missing: only the closing event can be trusted now. */
  gap(): void {
    if (!this.closed) this.#trusted = false;
  }
}
