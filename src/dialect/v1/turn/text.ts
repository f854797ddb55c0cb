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
  /** Whether it says something else than the abandoned part that it begins anew. */
  diverged = false;
  #chunks: string[] = [];
  #trusted = true;
  /** What the part that this one begins anew gave out. */
  #before: string | undefined;

  constructor(
    readonly type: "text" | "reasoning",
    readonly messageId: string,
    readonly partId: string,
  ) {}

  /** The whole where it is known, else what came. */
  get text(): string {
    return this.#chunks.join("");
  }

  /** What a reader has of it, or of the part that it begins anew. */
  get shown(): string {
    return this.#before ?? this.text;
  }

  /** A further piece; gives what may be given out now. */
  delta(piece: string): string {
    if (this.closed || !this.#trusted) return "";
    this.#chunks.push(piece);
    const fresh = this.#before === undefined ? piece : this.#skip();
    this.given += fresh.length;
    return fresh;
  }

  /**
   * The provider failed in the middle of `abandoned`, and this part begins anew: what is out already
   * is not given out again, as far as it is the same.
   */
  takeOver(abandoned: TextTracker): void {
    if (this.given === 0) this.#before = abandoned.shown;
  }

  /** Its first event came: from here on no piece is missing. */
  begin(): void {
    if (this.#chunks.length === 0) this.#trusted = true;
  }

  /** What came, less what the abandoned part gave out; all of it once they differ. */
  #skip(): string {
    const before = this.#before!;
    const came = this.#chunks.join("");
    if (came.length < before.length && before.startsWith(came)) return "";
    this.#before = undefined;
    if (came.startsWith(before)) return came.slice(before.length);
    this.diverged = true;
    return came;
  }

  /** The whole, from the event that closes the part or from the store; gives what was missing. */
  close(full: string): string {
    if (this.closed) return "";
    this.closed = true;
    const known = this.#lengthIn(full);
    this.#chunks = [full];
    const fresh = this.#before !== undefined ? this.#skip() : full.slice(known);
    this.given += fresh.length;
    return fresh; // where a plugin rewrote it, what is out can't be taken back
  }

  /** How much of the whole came already; all of it where it says something else. */
  #lengthIn(full: string): number {
    let length = 0; // piece by piece: a text of 100 MB need not be made once more
    for (const chunk of this.#chunks) {
      if (!full.startsWith(chunk, length)) return full.length;
      length += chunk.length;
    }
    return length;
  }

  /** Pieces may be missing: only the closing event can be trusted now. */
  gap(): void {
    if (!this.closed) this.#trusted = false;
  }
}
