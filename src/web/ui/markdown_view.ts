/** A text that grows, as Markdown: settled blocks stay, only the last one is made anew. @module */
import type { Inline } from "../view/inline.ts";
import { type Block, nextBlock } from "../view/markdown.ts";
import { button, h } from "./dom.ts";
import { inPieces, LongText } from "./text/long_text.ts";

/** A last block longer than this is plain text until it is complete, in characters. */
const PLAIN_FROM = 8_000;
/** So many blocks are drawn together, or not at all where they are out of view. */
const CHUNK = 50;
/** How long blocks may be made in one go, in milliseconds. */
const SLICE = 6;

/** Shows a text that may still grow. */
export class MarkdownView {
  readonly element: HTMLElement = h("div", { class: "markdown" });
  #text = "";
  /** Where the first block begins that is not settled. */
  #settled = 0;
  #tail: HTMLElement | undefined;
  /** The last block as plain text, where it is long. */
  #plain: { view: LongText; type: Block["type"]; from: number } | undefined;
  /** How long a list, quote or table must be before it is read once more. */
  #readAgain = 0;
  #again = false;
  #blocks = 0;
  /** Where the next block goes. */
  #chunk = this.element.appendChild(h("div", {}));
  #complete = false;

  /** @param settledText Told of each block that is settled, as text. */
  constructor(readonly settledText: (text: string) => void = () => {}) {}

  /** @param complete No more text will come. */
  update(text: string, complete: boolean): void {
    if (!text.startsWith(this.#text)) this.#reset();
    if (text === this.#text && complete === this.#complete) return;
    this.#text = text;
    this.#complete = complete;
    this.#work();
  }

  #reset(): void {
    this.element.replaceChildren(this.#chunk = h("div", {}));
    this.#settled = this.#blocks = 0;
    this.element.classList.remove("long");
    this.#tail = this.#plain = undefined;
  }

  #work(): void {
    const until = performance.now() + SLICE;
    for (;;) {
      if (this.#plain && !this.#complete && !this.#mayEnd(this.#plain)) return this.#growPlain();
      const read = nextBlock(this.#text, this.#settled);
      if (!read || (read.open && !this.#complete)) return this.#showTail(read?.block);
      this.#settle(read.block, read.end);
      if (performance.now() > until && this.#settled < this.#text.length) return this.#later();
    }
  }

  #later(): void {
    if (this.#again) return;
    this.#again = true;
    requestAnimationFrame(() => {
      this.#again = false;
      this.#work();
    });
  }

  #settle(block: Block, end: number): void {
    // code stays where it is: what is selected in it, and how far it is scrolled
    if (block.type === "code" && this.#plain?.type === "code") this.#plain.view.set(block.text);
    else {
      const element = blockElement(block);
      if (this.#tail) this.#tail.replaceWith(element);
      else this.#chunk.append(element);
    }
    if (++this.#blocks % CHUNK === 0) {
      this.element.classList.add("long");
      this.element.append(this.#chunk = h("div", {}));
    }
    this.settledText(this.#text.slice(this.#settled, end));
    this.#tail = this.#plain = undefined;
    this.#settled = end;
  }

  #showTail(block: Block | undefined): void {
    if (!block) return void this.#tail?.remove();
    const length = this.#text.length - this.#settled;
    if (length <= PLAIN_FROM) return this.#putTail(blockElement(block));
    this.#readAgain = length * 1.25;
    if (this.#plain?.type === block.type) return this.#growPlain();
    const code = block.type === "code";
    const view = new LongText(h(code ? "code" : "p"));
    this.#plain = { view, type: block.type, from: code ? this.#codeStart() : this.#settled };
    this.#growPlain();
    this.#putTail(code ? codeElement(block.language, view) : view.element);
  }

  /** Where the first line after the fence begins. */
  #codeStart(): number {
    const fence = this.#settled + this.#text.slice(this.#settled).search(/\S/);
    return (this.#text.indexOf("\n", fence) + 1) || this.#text.length;
  }

  /** Whether the new text may end a long block. */
  #mayEnd({ view, type, from }: { view: LongText; type: Block["type"]; from: number }): boolean {
    const shown = from + view.text.length;
    // the line that was not complete counts again
    const rest = this.#text.slice(Math.max(from - 1, this.#text.lastIndexOf("\n", shown - 1)));
    if (type === "code") return /^ {0,3}(?:```|~~~)/m.test(rest);
    if (!/\n[^\S\n]*\n/.test(rest)) return false;
    return type === "paragraph" || this.#text.length - this.#settled >= this.#readAgain;
  }

  /** A long block grows by what is new. */
  #growPlain(): void {
    this.#plain!.view.set(this.#text.slice(this.#plain!.from));
  }

  #putTail(element: HTMLElement): void {
    if (this.#tail?.isConnected) this.#tail.replaceWith(element);
    else this.#chunk.append(element);
    this.#tail = element;
  }
}

function blockElement(block: Block): HTMLElement {
  switch (block.type) {
    case "heading":
      // the page has headings of its own above these
      return h(`h${Math.min(6, block.level + 2)}` as "h3", {}, ...inlineNodes(block.inline));
    case "paragraph":
      return h("p", {}, ...inPieces(inlineNodes(block.inline)));
    case "code":
      return codeElement(block.language, new LongText(h("code"), block.text));
    case "quote":
      return h("blockquote", {}, ...block.blocks.map(blockElement));
    case "rule":
      return h("hr");
    case "list":
      return h(
        block.ordered ? "ol" : "ul",
        block.ordered && block.start !== 1 ? { start: block.start } : {},
        ...block.items.map(({ done, blocks }) =>
          h(
            "li",
            done === undefined ? {} : { class: "task" },
            done !== undefined &&
              h("input", {
                type: "checkbox",
                disabled: true,
                checked: done,
                "aria-label": done ? "done" : "to do",
              }),
            ...(blocks.length === 1 && blocks[0]!.type === "paragraph"
              ? inlineNodes(blocks[0]!.inline)
              : blocks.map(blockElement)),
          )
        ),
      );
    case "table": {
      const cell = (tag: "th" | "td", align: (typeof block.align)[number], inline: Inline[]) =>
        h(tag, align ? { class: `align-${align}` } : {}, ...inlineNodes(inline));
      return h(
        "div",
        { class: "table", tabindex: 0, role: "group", "aria-label": "Table" },
        h(
          "table",
          {},
          h(
            "thead",
            {},
            h("tr", {}, ...block.header.map((each, i) => cell("th", block.align[i], each))),
          ),
          h(
            "tbody",
            {},
            ...block.rows.map((row) =>
              h("tr", {}, ...row.map((each, i) => cell("td", block.align[i], each)))
            ),
          ),
        ),
      );
    }
  }
}

function codeElement(language: string, code: LongText): HTMLElement {
  return h(
    "figure",
    { class: "code" },
    h(
      "figcaption",
      {},
      h("span", {}, language || "text"),
      copyButton(() => code.text, "Copy code"),
    ),
    h(
      "pre",
      { tabindex: 0, role: "group", "aria-label": `Code${language ? `, ${language}` : ""}` },
      code.element,
    ),
  );
}

/** A button that copies a text, and says so. */
export function copyButton(textOf: () => string, label = "Copy"): HTMLButtonElement {
  const element = button("Copy", async () => {
    await navigator.clipboard.writeText(textOf()).then(
      () => element.textContent = "Copied",
      () => element.textContent = "Not allowed",
    );
    setTimeout(() => element.textContent = "Copy", 1_500);
  }, { class: "copy", "aria-label": label });
  return element;
}

function inlineNodes(nodes: readonly Inline[]): Node[] {
  return nodes.map((node): Node => {
    switch (node.type) {
      case "text":
        return document.createTextNode(node.text);
      case "code":
        return h("code", {}, node.text);
      case "break":
        return h("br");
      case "link":
        return h(
          "a",
          { href: node.href, target: "_blank", rel: "noopener noreferrer" },
          ...inlineNodes(node.children),
        );
      default:
        return h(node.type, {}, ...inlineNodes(node.children));
    }
  });
}
