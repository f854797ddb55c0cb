/** The field in which a prompt is written; it grows with its lines. @module */
import { h } from "../dom.ts";

/** Shows the field. */
export class PromptInput {
  readonly element: HTMLTextAreaElement;
  /** The prompt that was brought back, as long as nobody has changed it. */
  #broughtBack = "";

  /**
   * @param submit Called by Enter.
   * @param paste Takes files that are pasted.
   */
  constructor(submit: () => void, paste: (files: File[]) => void) {
    this.element = h("textarea", {
      rows: 3,
      placeholder: "Ask the agent. Enter sends, Shift+Enter is a new line.",
      "aria-label": "Prompt",
    });
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    });
    this.element.addEventListener("input", () => this.#grow());
    this.element.addEventListener("paste", (event) => {
      const files = [...event.clipboardData?.files ?? []];
      if (files.length === 0) return;
      event.preventDefault();
      paste(files);
    });
  }

  /** Writes a prompt that was taken back, to be changed and sent again; never over what is typed. */
  bringBack(text: string): void {
    if ([this.#broughtBack, ""].includes(this.element.value)) this.#set(text);
  }

  /** Empties the field of what was sent; what was typed meanwhile stays. */
  sent(text: string): void {
    if (this.element.value === text) this.#set("");
  }

  #set(text: string): void {
    this.element.value = this.#broughtBack = text;
    this.#grow();
  }

  #grow(): void {
    const lines = this.element.value.split("\n").length;
    this.element.rows = Math.min(12, Math.max(3, lines));
  }
}
