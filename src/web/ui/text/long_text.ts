/** A text of any length that may grow: in pieces, of which the browser lays out those in view. @module */
import { h } from "../dom.ts";

/** The longest piece, in characters. */
const PIECE = 8_000;

/** Shows a text in an element. A piece that is full is never touched again. */
export class LongText {
  #text = "";
  /** What grows. */
  #last: Text;

  constructor(readonly element: HTMLElement, text = "") {
    this.#last = this.#begin();
    this.set(text);
  }

  /** The text that is shown. */
  get text(): string {
    return this.#text;
  }

  /** Shows a text; where it begins with the one before, the rest alone is added. */
  set(text: string): void {
    if (text === this.#text) return;
    const grows = text.startsWith(this.#text);
    if (!grows) this.#last = this.#begin();
    this.#append(grows ? text.slice(this.#text.length) : text);
    this.#text = text;
  }

  #begin(): Text {
    const last = document.createTextNode("");
    this.element.replaceChildren(last);
    return last;
  }

  #append(more: string): void {
    if (this.#last.length + more.length <= PIECE) return this.#last.appendData(more);
    if (this.#last.parentNode === this.element) {
      this.element.replaceChildren(h("span", { class: "piece" }, this.#last));
    }
    let rest = this.#last.data + more;
    while (rest.length > PIECE) {
      const end = pieceEnd(rest);
      this.#last.data = rest.slice(0, end);
      rest = rest.slice(end);
      this.#last = document.createTextNode("");
      this.element.append(h("span", { class: "piece" }, this.#last));
    }
    this.#last.data = rest;
  }
}

/** Where a piece of a text ends: after a line, else after a word, else anywhere. */
function pieceEnd(text: string): number {
  const end = (text.lastIndexOf("\n", PIECE - 1) + 1) || (text.lastIndexOf(" ", PIECE - 1) + 1);
  if (end > 0) return end;
  const high = text.charCodeAt(PIECE - 1);
  return high >= 0xd800 && high < 0xdc00 ? PIECE - 1 : PIECE;
}

/** Puts the nodes of a long paragraph in pieces; those of a short one stay as they are. */
export function inPieces(nodes: Node[]): Node[] {
  const lengths = nodes.map((node) => node.textContent?.length ?? 0);
  if (lengths.reduce((sum, length) => sum + length, 0) <= PIECE) return nodes;
  const pieces: HTMLElement[] = [];
  let room = 0;
  for (const [at, node] of nodes.entries()) {
    if (node instanceof Text && lengths[at]! > PIECE) {
      const holder = h("span", {});
      new LongText(holder, node.data);
      pieces.push(...holder.children as Iterable<HTMLElement>);
      room = 0;
      continue;
    }
    if (room <= 0) {
      pieces.push(h("span", { class: "piece" }));
      room = PIECE;
    }
    pieces.at(-1)!.append(node);
    room -= lengths[at]!;
  }
  return pieces;
}
