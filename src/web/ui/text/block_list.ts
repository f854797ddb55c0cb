/** The blocks of a text in their groups; the last block may still change. @module */
import { h } from "../dom.ts";

/** So many blocks are drawn together, or not at all where they are out of view. */
const GROUP = 50;

/** Shows blocks one below the other. */
export class BlockList {
  readonly element: HTMLElement = h("div", { class: "markdown" });
  /** Where the next block goes. */
  #group = this.element.appendChild(h("div", {}));
  #settled = 0;
  #last: HTMLElement | undefined;

  clear(): void {
    this.element.replaceChildren(this.#group = h("div", {}));
    this.element.classList.remove("long");
    this.#settled = 0;
    this.#last = undefined;
  }

  /** Shows the last block, in place of what it was so far. */
  showLast(element: HTMLElement): void {
    if (this.#last?.parentNode) this.#last.replaceWith(element);
    else this.#group.append(element);
    this.#last = element;
  }

  /** The last block stays as it is: what is shown next is a new one. */
  settle(): void {
    this.#last = undefined;
    if (++this.#settled % GROUP > 0) return;
    this.element.classList.add("long");
    this.element.append(this.#group = h("div", {}));
  }

  removeLast(): void {
    this.#last?.remove();
  }
}
