/** What a tool call shows when it is open: input, changes, subagent, output, error, pictures. @module */
import type { ToolPartView } from "../../protocol.ts";
import { diffElement } from "../diff_view.ts";
import { button, copyButton, h, preElement, setText, type View } from "../dom.ts";
import { LongText } from "../text/long_text.ts";

/** Output beyond this is cut, in characters. */
const MAX_OUTPUT = 200_000;

/** Shows the details of a tool call. */
export class ToolDetails implements View<ToolPartView> {
  readonly element = h("div", { class: "tool-body" });
  readonly #openChild: (sessionId: string) => HTMLElement;
  readonly #output = new OutputView();
  #child: HTMLElement | undefined;
  #shown = "";

  /** @param openChild Makes the conversation of a subagent. */
  constructor(openChild: (sessionId: string) => HTMLElement) {
    this.#openChild = openChild;
  }

  update(part: ToolPartView): void {
    const { diff, output = "", error, images = [], childId } = part;
    const key = JSON.stringify([
      part.status,
      part.input,
      diff?.length,
      output === "",
      error,
      childId,
    ]);
    // output that grows is all that changes, many times a second
    this.#output.update(output);
    if (key === this.#shown) return;
    this.#shown = key;
    if (childId !== undefined) this.#child ??= this.#childElement(childId);
    this.element.replaceChildren(
      section("Input", inputElement(part)),
      ...(diff === undefined
        ? []
        : [diffElement(diff, part.title || String(part.input["filePath"] ?? "file"))]),
      ...(this.#child ? [this.#child] : []),
      ...(output === "" || (diff !== undefined && error === undefined)
        ? []
        : [this.#output.element]),
      ...(error === undefined ? [] : [section("Error", longPre(error, "Error"))]),
      ...images.map((src) => h("img", { src, alt: `Picture from ${part.tool}` })),
    );
  }

  #childElement(sessionId: string): HTMLElement {
    const place = h("div", { class: "subagent" });
    const open = button("Show the subagent's conversation", () => {
      place.replaceChildren(this.#openChild(sessionId));
    });
    place.append(open);
    return place;
  }
}

/** What a tool wrote, which may grow. */
class OutputView implements View<string> {
  readonly element: HTMLElement;
  #output = "";
  readonly #text = new LongText(h("span"));
  /** How much of a long output is not shown; apart from it, so that what is shown stays. */
  readonly #rest = h("div", {});

  constructor() {
    this.element = section(
      "Output",
      preElement("Output", this.#text.element, this.#rest),
      copyButton(() => this.#output, "Copy output"),
    );
  }

  update(output: string): void {
    this.#output = output;
    this.#text.set(output.slice(0, MAX_OUTPUT));
    const more = output.length - MAX_OUTPUT;
    setText(this.#rest, more > 0 ? `… ${more} more characters` : "");
  }
}

function inputElement({ input, tool, diff }: ToolPartView): HTMLElement {
  const { command } = input;
  if (tool === "bash" && typeof command === "string") return longPre(command, "Command");
  const shown = diff === undefined ? input : { filePath: input["filePath"] };
  return longPre(JSON.stringify(shown, null, 2), "Input");
}

function section(title: string, ...content: HTMLElement[]): HTMLElement {
  return h("section", { "aria-label": title }, h("p", { class: "label" }, title), ...content);
}

function longPre(text: string, label: string): HTMLElement {
  return new LongText(preElement(label), text).element;
}
