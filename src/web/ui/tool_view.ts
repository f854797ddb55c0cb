/** A tool call: what was asked, what came of it, how long it took. @module */
import type { PartView, ToolPartView } from "../protocol.ts";
import { duration, inputLine } from "../view/format.ts";
import { diffElement } from "./diff_view.ts";
import { button, h, setText, type View } from "./dom.ts";
import { copyButton } from "./markdown_view.ts";
import { LongText } from "./text/long_text.ts";

/** Output beyond this is cut, in characters. */
const MAX_OUTPUT = 200_000;

const STATES: Record<ToolPartView["status"], [sign: string, word: string]> = {
  pending: ["…", "waiting"],
  running: ["●", "running"],
  completed: ["✓", "done"],
  error: ["✕", "failed"],
};

/** Shows a tool call; its details are made when they are opened. */
export class ToolView implements View<PartView> {
  readonly element: HTMLDetailsElement;
  readonly #sign = h("span", { class: "sign", "aria-hidden": "true" });
  readonly #state = h("span", { class: "visually-hidden" });
  readonly #name = h("span", { class: "tool-name" });
  readonly #input = h("span", { class: "tool-input" });
  readonly #time = h("span", { class: "tool-time" });
  readonly #body = h("div", { class: "tool-body" });
  readonly #openChild: (sessionId: string) => HTMLElement;
  #part: ToolPartView | undefined;
  #shown = "";
  #child: HTMLElement | undefined;
  #touched = false;
  readonly #output = new LongText(h("span"));
  /** How much of a long output is not shown; apart from it, so that what is shown stays. */
  readonly #rest = h("div", {});
  readonly #outputElement = preElement("Output", this.#output.element, this.#rest);

  /** @param openChild Makes the conversation of a subagent. */
  constructor(openChild: (sessionId: string) => HTMLElement) {
    this.#openChild = openChild;
    this.element = h(
      "details",
      { class: "tool" },
      h(
        "summary",
        { onclick: () => this.#touched = true },
        this.#sign,
        this.#state,
        this.#name,
        this.#input,
        this.#time,
      ),
      this.#body,
    );
    this.element.addEventListener("toggle", () => this.#fill());
  }

  update(value: PartView): void {
    if (value.type !== "tool") return;
    this.#part = value;
    const [sign, word] = STATES[value.status];
    this.element.dataset["status"] = value.status;
    setText(this.#sign, sign);
    setText(this.#state, `${word}: `);
    setText(this.#name, value.tool);
    setText(this.#input, inputLine(value.input) || value.title || "");
    const { start, end } = value;
    setText(this.#time, start !== undefined && end !== undefined ? duration(end - start) : "");
    // an edit is shown at once: it is what people look for
    if (!this.#touched && value.diff !== undefined) this.element.open = true;
    this.#fill();
  }

  #fill(): void {
    const part = this.#part;
    if (!part || !this.element.open) return;
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
    this.#output.set(output.slice(0, MAX_OUTPUT));
    const more = output.length - MAX_OUTPUT;
    setText(this.#rest, more > 0 ? `… ${more} more characters` : "");
    if (key === this.#shown) return;
    this.#shown = key;
    if (childId !== undefined) this.#child ??= this.#childElement(childId);
    this.#body.replaceChildren(
      section("Input", inputElement(part)),
      ...(diff === undefined
        ? []
        : [diffElement(diff, part.title || String(part.input["filePath"] ?? "file"))]),
      ...(this.#child ? [this.#child] : []),
      ...(output === "" || (diff !== undefined && error === undefined) ? [] : [
        section(
          "Output",
          this.#outputElement,
          copyButton(() => this.#part?.output ?? "", "Copy output"),
        ),
      ]),
      ...(error === undefined ? [] : [section("Error", pre(error, "Error"))]),
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

function inputElement({ input, tool, diff }: ToolPartView): HTMLElement {
  const { command } = input;
  if (tool === "bash" && typeof command === "string") return pre(command, "Command");
  const shown = diff === undefined ? input : { filePath: input["filePath"] };
  return pre(JSON.stringify(shown, null, 2), "Input");
}

function section(title: string, ...content: HTMLElement[]): HTMLElement {
  return h("section", { "aria-label": title }, h("p", { class: "label" }, title), ...content);
}

function pre(text: string, label: string): HTMLElement {
  return new LongText(preElement(label), text).element;
}

function preElement(label: string, ...content: HTMLElement[]): HTMLElement {
  return h("pre", { tabindex: 0, role: "group", "aria-label": label }, ...content);
}
