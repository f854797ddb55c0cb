/** Blocks of Markdown as elements. @module */
import type { Inline } from "../../view/inline.ts";
import type { Block } from "../../view/markdown.ts";
import { copyButton, h, preElement } from "../dom.ts";
import { inPieces, LongText } from "./long_text.ts";

/** The element of a block. */
export function blockElement(block: Block): HTMLElement {
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

/** Code, with its language and a button that copies it. */
export function codeElement(language: string, code: LongText): HTMLElement {
  return h(
    "figure",
    { class: "code" },
    h(
      "figcaption",
      {},
      h("span", {}, language || "text"),
      copyButton(() => code.text, "Copy code"),
    ),
    preElement(`Code${language ? `, ${language}` : ""}`, code.element),
  );
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
