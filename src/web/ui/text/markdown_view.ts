/** A text that grows, as Markdown: settled blocks stay, only the last one is made anew. @module */
import { type Block, nextBlock } from "../../view/markdown.ts";
import { blockElement } from "./block_element.ts";
import { BlockList } from "./block_list.ts";
import { LongBlock } from "./long_block.ts";

/** A last block longer than this is plain text until it is complete, in characters. */
const PLAIN_FROM = 8_000;
/** How long blocks may be made in one go, in milliseconds. */
const SLICE = 6;

/** Shows a text that may still grow. */
export class MarkdownView {
  readonly #blocks = new BlockList();
  #text = "";
  #complete = false;
  /** Where the first block begins that is not settled. */
  #settled = 0;
  /** That block, where it is long. */
  #long: LongBlock | undefined;
  /** Whether the next frame goes on. */
  #scheduled = false;

  /** @param settledText Told of each block that is settled, as text. */
  constructor(readonly settledText: (text: string) => void = () => {}) {}

  get element(): HTMLElement {
    return this.#blocks.element;
  }

  /** @param complete No more text will come. */
  update(text: string, complete: boolean): void {
    if (!text.startsWith(this.#text)) this.#reset();
    if (text === this.#text && complete === this.#complete) return;
    this.#text = text;
    this.#complete = complete;
    this.#work();
  }

  #reset(): void {
    this.#blocks.clear();
    this.#settled = 0;
    this.#long = undefined;
  }

  #work(): void {
    const until = performance.now() + SLICE;
    for (;;) {
      if (!this.#complete && this.#long?.mayEnd(this.#text) === false) {
        return this.#long.grow(this.#text);
      }
      const read = nextBlock(this.#text, this.#settled);
      if (!read) return this.#blocks.removeLast();
      if (read.open && !this.#complete) return this.#showLast(read.block);
      this.#settle(read.block, read.end);
      if (performance.now() > until && this.#settled < this.#text.length) return this.#schedule();
    }
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    requestAnimationFrame(() => {
      this.#scheduled = false;
      this.#work();
    });
  }

  #settle(block: Block, end: number): void {
    if (block.type === "code" && this.#long?.type === "code") this.#long.complete(block.text);
    else this.#blocks.showLast(blockElement(block));
    this.#blocks.settle();
    this.settledText(this.#text.slice(this.#settled, end));
    this.#long = undefined;
    this.#settled = end;
  }

  #showLast(block: Block): void {
    if (this.#text.length - this.#settled <= PLAIN_FROM) {
      return this.#blocks.showLast(blockElement(block));
    }
    if (this.#long?.type === block.type) return this.#long.wasRead(this.#text);
    this.#long = new LongBlock(block, this.#text, this.#settled);
    this.#blocks.showLast(this.#long.element);
  }
}
