/** A tool call: what was asked, what came of it, how long it took. @module */
import type { PartView, ToolPartView } from "../../protocol.ts";
import { duration, inputLine } from "../../view/format.ts";
import { h, setText, type View } from "../dom.ts";
import { ToolDetails } from "./details.ts";

const STATES: Record<ToolPartView["status"], [sign: string, word: string]> = {
  pending: ["…", "waiting"],
  running: ["●", "running"],
  completed: ["✓", "done"],
  error: ["✕", "failed"],
};

/** Shows a tool call; its details are made when they are opened. */
export class ToolView implements View<PartView> {
  readonly element: HTMLDetailsElement;
  readonly #summary = summaryView();
  readonly #details: ToolDetails;
  #part: ToolPartView | undefined;
  /** Whether the reader chose what is open. */
  #touched = false;

  /** @param openChild Makes the conversation of a subagent. */
  constructor(openChild: (sessionId: string) => HTMLElement) {
    this.#details = new ToolDetails(openChild);
    this.#summary.element.addEventListener("click", () => this.#touched = true);
    this.element = h("details", { class: "tool" }, this.#summary.element, this.#details.element);
    this.element.addEventListener("toggle", () => this.#fill());
  }

  update(value: PartView): void {
    if (value.type !== "tool") return;
    this.#part = value;
    this.element.dataset["status"] = value.status;
    this.#summary.update(value);
    // an edit is shown at once: it is what people look for
    if (!this.#touched && value.diff !== undefined) this.element.open = true;
    this.#fill();
  }

  #fill(): void {
    if (this.#part && this.element.open) this.#details.update(this.#part);
  }
}

/** The line that always shows. */
function summaryView(): View<ToolPartView> {
  const sign = h("span", { class: "sign", "aria-hidden": "true" });
  const state = h("span", { class: "visually-hidden" });
  const name = h("span", { class: "tool-name" });
  const input = h("span", { class: "tool-input" });
  const time = h("span", { class: "tool-time" });
  return {
    element: h("summary", {}, sign, state, name, input, time),
    update: (part) => {
      const [character, word] = STATES[part.status];
      setText(sign, character);
      setText(state, `${word}: `);
      setText(name, part.tool);
      setText(input, inputLine(part.input) || part.title || "");
      const { start, end } = part;
      setText(time, start !== undefined && end !== undefined ? duration(end - start) : "");
    },
  };
}
