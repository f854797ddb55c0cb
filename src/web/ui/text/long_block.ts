/** A long block that still grows: plain text, as reading it anew for each change takes too long. @module */
import type { Block } from "../../view/markdown.ts";
import { h } from "../dom.ts";
import { codeElement } from "./block_element.ts";
import { LongText } from "./long_text.ts";

/** Shows a long block until it is complete. It is given the whole text, of which it is the end. */
export class LongBlock {
  readonly element: HTMLElement;
  readonly type: Block["type"];
  readonly #view: LongText;
  /** Where the block begins. */
  readonly #start: number;
  /** Where what is shown of it begins. */
  readonly #from: number;
  /** How long a list, quote or table must be before it is read once more. */
  #readAgain = 0;

  constructor(block: Block, text: string, start: number) {
    const code = block.type === "code";
    this.type = block.type;
    this.#start = start;
    this.#from = code ? codeStart(text, start) : start;
    this.#view = new LongText(h(code ? "code" : "p"));
    this.element = code ? codeElement(block.language, this.#view) : this.#view.element;
    this.wasRead(text);
  }

  /** Shows a text that was read, and in which this is still the last block. */
  wasRead(text: string): void {
    this.#readAgain = (text.length - this.#start) * 1.25;
    this.grow(text);
  }

  /** Grows by what is new. */
  grow(text: string): void {
    this.#view.set(text.slice(this.#from));
  }

  /** Shows code that is complete: what is selected in it, and how far it is scrolled, stays. */
  complete(code: string): void {
    this.#view.set(code);
  }

  /** Whether what is new may end the block. */
  mayEnd(text: string): boolean {
    const shown = this.#from + this.#view.text.length;
    // the line that was not complete counts again
    const rest = text.slice(Math.max(this.#from - 1, text.lastIndexOf("\n", shown - 1)));
    if (this.type === "code") return /^ {0,3}(?:```|~~~)/m.test(rest);
    if (!/\n[^\S\n]*\n/.test(rest)) return false;
    return this.type === "paragraph" || text.length - this.#start >= this.#readAgain;
  }
}

/** Where the first line after the fence begins. */
function codeStart(text: string, start: number): number {
  const fence = start + text.slice(start).search(/\S/);
  return (text.indexOf("\n", fence) + 1) || text.length;
}
